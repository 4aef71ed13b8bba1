/** Lists of executions from the server. */
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { client, type Schemas, take } from '@/lib/api';
import { type Filters, queryOf } from './filters';

export type Execution = Schemas['Execution'];

const PAGE = 50;
const REFRESH_MS = 4000;
/** Who has scrolled down further does not want the list to move. */
const REFRESHED_PAGES = 3;

/** The executions that filters let through, the newest first, page after page; renewed while `live`. */
export function useExecutions(filters: Filters, live: boolean) {
  const query = useInfiniteQuery({
    queryKey: ['executions', 'list', filters],
    queryFn: ({ pageParam, signal }) =>
      take(
        client.GET('/api/executions', {
          params: { query: { ...queryOf(filters, Date.now()), cursor: pageParam, limit: PAGE } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    refetchInterval: (state) => live && (state.state.data?.pages.length ?? 0) <= REFRESHED_PAGES && REFRESH_MS,
  });
  const { data } = query;
  const rows = useMemo(() => {
    // A row that moved from one page to the next between two requests is there once.
    const found = new Map<string, Execution>();
    for (const page of data?.pages ?? []) for (const row of page.data) found.set(row.id, row);
    return [...found.values()];
  }, [data]);
  return { ...query, rows };
}

/** Names of workflows, for lists that have only their ids. */
export function useWorkflows(enabled = true) {
  return useQuery({
    queryKey: ['workflows', 'names'],
    queryFn: async () =>
      (await take(client.GET('/api/workflows', { params: { query: { limit: 200 } } }))).data.map(({ id, name }) => ({
        id,
        name,
      })),
    enabled,
    staleTime: 60_000,
  });
}

/** The executions before and after one of a workflow, in time. */
export function useNeighbours(execution: Execution | undefined) {
  return useQuery({
    queryKey: ['executions', 'neighbours', execution?.id],
    queryFn: async () => {
      if (!execution) return { older: null, newer: null };
      const { id, workflow, created_at } = execution;
      const [before, after] = await Promise.all([
        take(client.GET('/api/executions', { params: { query: { workflow, to: created_at, limit: 2 } } })),
        newest(workflow, created_at),
      ]);
      const older = before.data.find((row) => row.id !== id && row.created_at <= created_at);
      const newer = after.findLast((row) => row.id !== id && row.created_at >= created_at);
      return { older: older?.id ?? null, newer: newer?.id ?? null };
    },
    enabled: execution !== undefined,
    staleTime: 10_000,
  });
}

const PAGES = 5;

/** Executions since a moment, the newest first: the API goes back in time only. */
async function newest(workflow: string, from: string): Promise<Execution[]> {
  const rows: Execution[] = [];
  let cursor: string | null = null;
  for (let i = 0; i < PAGES; i++) {
    const query: { workflow: string; from: string; cursor: string | null; limit: number } = {
      workflow,
      from,
      cursor,
      limit: 200,
    };
    const page = await take(client.GET('/api/executions', { params: { query } }));
    rows.push(...page.data);
    cursor = page.next_cursor;
    if (!cursor) return rows;
  }
  return [];
}

/** How long it took, or takes by now; null where it has not begun. */
export function lengthOf(execution: Execution, now: number): number | null {
  if (!execution.started_at) return null;
  const end = execution.finished_at ? Date.parse(execution.finished_at) : now;
  return Math.max(0, end - Date.parse(execution.started_at));
}
