/** Which executions a list shows, kept in the page's address. */
import { executionStatus } from './events';
import type { ExecutionStatus } from './store';

export const STATUSES = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'canceled', 'crashed'] as const;
/** Hours back, by name. */
export const RANGES = { hour: 1, day: 24, week: 168, month: 720 } as const;
export type Range = keyof typeof RANGES;

export interface Filters {
  statuses: readonly ExecutionStatus[];
  workflow: string | null;
  trigger: string | null;
  mode: string | null;
  range: Range | null;
  /** Days as `2026-01-31`, for a range of one's own. */
  from: string | null;
  to: string | null;
  q: string;
}

export const NO_FILTERS: Filters = {
  statuses: [],
  workflow: null,
  trigger: null,
  mode: null,
  range: null,
  from: null,
  to: null,
  q: '',
};

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** From an address; what makes no sense in it is left out. */
export function readFilters(search: URLSearchParams): Filters {
  const day = (key: string) => {
    const text = search.get(key);
    return text && DAY.test(text) && !Number.isNaN(Date.parse(text)) ? text : null;
  };
  const range = search.get('range');
  return {
    statuses: STATUSES.filter((status) => search.getAll('status').includes(status)),
    workflow: search.get('workflow'),
    trigger: search.get('trigger'),
    mode: search.get('mode'),
    range: isRange(range) ? range : null,
    from: day('from'),
    to: day('to'),
    q: search.get('q') ?? '',
  };
}

function isRange(text: string | null): text is Range {
  return text !== null && text in RANGES;
}

/** Into an address: only what is chosen. */
export function writeFilters(filters: Filters): URLSearchParams {
  const search = new URLSearchParams();
  for (const status of filters.statuses) search.append('status', status);
  for (const key of ['workflow', 'trigger', 'mode', 'range', 'from', 'to', 'q'] as const) {
    const value = filters[key];
    if (value) search.set(key, value);
  }
  return search;
}

/** How many filters are chosen. */
export function chosen(filters: Filters): number {
  return writeFilters(filters).size;
}

/** What the server is asked for. Days are whole days of the reader's place. */
export function queryOf(filters: Filters, now: number) {
  const { statuses, workflow, trigger, mode, range, from, to, q } = filters;
  const since = range ? new Date(now - RANGES[range] * 3_600_000) : from ? midnight(from, 0) : null;
  return {
    status: statuses.length ? statuses.map(executionStatus) : undefined,
    workflow: workflow ?? undefined,
    trigger: trigger ?? undefined,
    mode: mode ?? undefined,
    from: since?.toISOString(),
    to: to && !range ? midnight(to, 1).toISOString() : undefined,
    q: q || undefined,
  };
}

function midnight(day: string, later: number): Date {
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + later);
  return date;
}
