/** The list of workflows: what of it is shown, in which order. What is asked for stands in the address. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { client, type Schemas, take } from '@/lib/api';
import { folded } from '@/shell/matching';

/** A row: the workflow, what starts it, and how it fared lately. */
export type Summary = Schemas['WorkflowOverview'];

export const STATES = ['all', 'favourite', 'active', 'inactive', 'archived'] as const;
export const SORTS = ['updated', 'name', 'created', 'last_run'] as const;
export type State = (typeof STATES)[number];
export type Sort = (typeof SORTS)[number];

export interface Wanted {
  project: string;
  folder: string;
  tag: string;
  q: string;
  state: State;
  sort: Sort;
}

export function readWanted(query: URLSearchParams): Wanted {
  const active = query.get('active');
  return {
    project: query.get('project') ?? '',
    folder: query.get('folder') ?? '',
    tag: query.get('tag') ?? '',
    q: query.get('q') ?? '',
    state: query.has('archived')
      ? 'archived'
      : query.has('favourite')
        ? 'favourite'
        : active === 'true'
          ? 'active'
          : active === 'false'
            ? 'inactive'
            : 'all',
    sort: SORTS.find((sort) => sort === query.get('sort')) ?? 'updated',
  };
}

export function writeWanted({ project, folder, tag, q, state, sort }: Wanted): URLSearchParams {
  const query = new URLSearchParams();
  const values = { project, folder, tag, q, sort: sort === 'updated' ? '' : sort };
  for (const [key, value] of Object.entries(values)) if (value) query.set(key, value);
  if (state === 'archived' || state === 'favourite') query.set(state, 'true');
  else if (state !== 'all') query.set('active', String(state === 'active'));
  return query;
}

const PAGE = 250;
/** Lists up to this are asked for again in the background. */
const SMALL = 1000;
const REFRESH_MS = 15_000;

async function fetchAll(project: string, archived: boolean, signal: AbortSignal): Promise<Summary[]> {
  const rows: Summary[] = [];
  let cursor: string | null = null;
  do {
    const query: { project?: string; archived: boolean; limit: number; cursor: string | null } = {
      project: project || undefined,
      archived,
      limit: PAGE,
      cursor,
    };
    const page: { data: Summary[]; next_cursor: string | null } = await take(
      client.GET('/api/workflows', { params: { query }, signal }),
    );
    rows.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return rows;
}

/** All workflows, so that folders, tags, search and order answer at once, however one turns them. */
export function useSummaries(project: string, archived: boolean) {
  return useQuery({
    queryKey: ['workflows', 'list', project, archived],
    queryFn: ({ signal }) => fetchAll(project, archived, signal),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.length ?? 0) <= SMALL && REFRESH_MS,
  });
}

export interface Folder {
  name: string;
  path: string;
  count: number;
}

/** The folders right below the one that is open, and the workflows in it. A search looks into all that are below. */
export function arranged(all: readonly Summary[], wanted: Wanted): { folders: Folder[]; rows: Summary[] } {
  const { folder, tag, state, sort } = wanted;
  const words = folded(wanted.q).split(/\s+/).filter(Boolean);
  const within = folder ? `${folder}/` : '';
  const found = all.filter((row) => {
    if (row.folder !== folder && !row.folder.startsWith(within)) return false;
    if (tag && !row.tags.includes(tag)) return false;
    if (state === 'favourite' && !row.favourite) return false;
    if (state === 'active' || state === 'inactive') if (row.active !== (state === 'active')) return false;
    const text = words.length > 0 ? folded(`${row.name} ${row.folder} ${row.tags.join(' ')} ${row.description}`) : '';
    return words.every((word) => text.includes(word));
  });
  const deep = words.length > 0 || tag !== '' || (state !== 'all' && state !== 'archived');
  const counts = new Map<string, number>();
  for (const row of deep ? [] : found) {
    if (row.folder === folder) continue;
    const name = row.folder.slice(within.length).split('/')[0] ?? '';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const folders = [...counts].map(([name, count]) => ({ name, path: within + name, count }));
  const rows = deep ? found : found.filter((row) => row.folder === folder);
  return { folders: folders.sort((a, b) => COLLATOR.compare(a.name, b.name)), rows: rows.toSorted(ORDERS[sort]) };
}

const COLLATOR = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
const ORDERS: Record<Sort, (a: Summary, b: Summary) => number> = {
  name: (a, b) => COLLATOR.compare(a.name, b.name),
  created: (a, b) => b.created_at.localeCompare(a.created_at),
  updated: (a, b) => b.updated_at.localeCompare(a.updated_at),
  // Those that never ran come last.
  last_run: (a, b) => (b.last_execution?.at ?? '').localeCompare(a.last_execution?.at ?? ''),
};
