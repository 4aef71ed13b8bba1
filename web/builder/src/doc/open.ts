/** Opening a workflow for editing: loaded, kept saved, merged with others, and left without a loss. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { client, take } from '@/lib/api';
import { useRun } from '@/run/store';
import { type Draft, draftOf, forget, startKeeping } from './draft';
import { equal } from './merge';
import { fromWire } from './model';
import { answered, dirty, save, startSaving, takeIn } from './save';
import { useDocument } from './store';
import { startListening } from './tabs';

interface Opened {
  ready: boolean;
  error: Error | null;
  retry: () => void;
  /** Unsaved work of an earlier time, to be restored or dropped. */
  draft: Draft | null;
  dropDraft: () => void;
}

/** Open a workflow while a component is there. */
export function useOpenWorkflow(id: string): Opened {
  const [draft, setDraft] = useState<Draft | null>(null);
  const loaded = useQuery({
    queryKey: ['workflow', id],
    queryFn: async () => {
      // Who comes back at once must not get the draft from before what is still being saved.
      await answered();
      return take(client.GET('/api/workflows/{id}', { params: { path: { id } } }));
    },
    // The document store holds it from here on; asking again must not replace what is being edited.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const open = useDocument((state) => state.filing?.id === id && !state.readOnly);

  useEffect(() => {
    if (!loaded.data) return;
    show(loaded.data);
    const { mode, workflow, clear } = useRun.getState();
    if (mode === 'replay' || workflow !== id) clear();
    let here = true;
    void draftOf(id).then((found) => {
      if (!found || !here) return;
      const { base, doc, key } = found;
      const now = useDocument.getState();
      if (equal(doc, base) || equal(doc, now.saved)) void forget(id, key);
      else if (!equal(doc, now.doc)) setDraft(found);
    });
    const stops = [startSaving(), startKeeping(), startListening(id)];
    window.addEventListener('beforeunload', warn);
    return () => {
      here = false;
      window.removeEventListener('beforeunload', warn);
      void save();
      for (const stop of stops) stop();
      setDraft(null);
    };
  }, [loaded.data, id]);

  return {
    ready: open,
    error: loaded.error,
    retry: () => void loaded.refetch(),
    draft,
    dropDraft: () => setDraft(null),
  };
}

type Loaded = Parameters<typeof takeIn>[0] & { project: string };

/** Put an answer of the server on the screen. What is unsaved of that workflow, and its undo steps, stay. */
function show(answer: Loaded): void {
  const { filing, readOnly, open } = useDocument.getState();
  if (filing?.id === answer.id && !readOnly) takeIn(answer);
  else open(answer, fromWire(answer), answer.revision, answer.issues);
}

/** The browser asks before leaving only where something would be left to restore. */
function warn(event: BeforeUnloadEvent): void {
  if (!dirty()) return;
  void save();
  event.preventDefault();
}
