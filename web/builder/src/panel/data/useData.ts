/** Pages of what flows into a node or out of it. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useDocument } from '@/doc/store';
import { useRun } from '@/run/store';
import { fetchOutline, fetchPage, type Place } from './server';

export type Side = 'input' | 'output';

/** What makes data other data: another execution, a pin, another wire. */
function useMoment(node: string): readonly unknown[] {
  const execution = useRun((run) => run.execution);
  const status = useRun((run) => run.nodes[node]?.status);
  const ended = useRun((run) => run.status);
  const pins = useDocument((state) => state.doc.pins);
  const connections = useDocument((state) => state.doc.connections);
  return [execution, status, ended, pins, connections];
}

export function usePages(node: string, side: Side, place: Place, q: string) {
  const moment = useMoment(node);
  return useInfiniteQuery({
    queryKey: ['data', node, side, place, q, ...moment],
    queryFn: ({ pageParam, signal }) => fetchPage(node, side, place, pageParam, q, signal),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next_offset,
    placeholderData: (before, query) =>
      query?.queryKey[1] === node && query.queryKey[2] === side ? before : undefined,
  });
}

export function useOutline(node: string, side: Side, place: Place, enabled: boolean) {
  const moment = useMoment(node);
  return useQuery({
    queryKey: ['outline', node, side, place, ...moment],
    queryFn: ({ signal }) => fetchOutline(node, side, place, signal),
    enabled,
  });
}
