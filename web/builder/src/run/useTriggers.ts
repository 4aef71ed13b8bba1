import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useCatalogue } from '@/catalogue/types';
import { fromWire } from '@/doc/model';
import { client, take } from '@/lib/api';
import { triggersOf } from './graph';

/** The triggers of a workflow's draft, to choose among; undefined without a workflow. */
export function useTriggers(id: string | undefined) {
  const types = useCatalogue();
  const { data } = useQuery({
    queryKey: ['workflow', id, 'draft'],
    queryFn: () => take(client.GET('/api/workflows/{id}', { params: { path: { id: id ?? '' } } })),
    enabled: id !== undefined,
  });
  return useMemo(() => (data ? triggersOf(fromWire(data), types) : undefined), [data, types]);
}
