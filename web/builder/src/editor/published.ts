import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { alike } from '@/doc/alike';
import { equal } from '@/doc/merge';
import { useDocument } from '@/doc/store';
import { pointDocument } from './workflow';

/** How the draft stands to what is live: nothing is live, it is what is live, or it was changed since. */
export type Published = 'no' | 'yes' | 'changed';

/** How the open draft stands to what is live. */
export function usePublished(): Published {
  const filing = useDocument((state) => state.filing);
  const doc = useDocument((state) => state.doc);
  const { id = '', active = false, version = null } = filing ?? {};
  const live = useQuery({
    queryKey: ['version-document', id, version],
    enabled: active && version !== null,
    queryFn: () => pointDocument(id, String(version)),
    staleTime: Number.POSITIVE_INFINITY, // a version never changes
  }).data;
  return useMemo(() => {
    if (!active) return 'no';
    return !live || (alike(doc, live) && equal(doc.settings, live.settings)) ? 'yes' : 'changed';
  }, [active, doc, live]);
}
