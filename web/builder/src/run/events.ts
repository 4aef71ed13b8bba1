/** What the server tells of an execution, as plain values: parsed from its event stream or from recorded steps. */
import type { Schemas } from '@/lib/api';
import type { ExecutionStatus, RunError, StepStatus, Wait } from './store';

export interface RunEvent {
  kind: 'execution.started' | 'execution.waiting' | 'execution.finished' | 'step.started' | 'step.finished';
  /** Ms since 1970. */
  at: number;
  node: string;
  path: readonly number[];
  status: string;
  items: Record<string, number>;
  ms: number | null;
  error: RunError | null;
  wait?: Wait | null;
  attempt?: number;
  logs?: readonly string[];
}

export const KINDS = [
  'execution.started',
  'execution.waiting',
  'execution.finished',
  'step.started',
  'step.finished',
] as const satisfies readonly RunEvent['kind'][];

type Plain = Record<string, unknown>;

function plain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An event of the stream, or null where it is none that we know. */
export function parseEvent(kind: RunEvent['kind'], text: string): RunEvent | null {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return null;
  }
  if (!plain(data)) return null;
  const { at, node, path, status, items, ms, error } = data;
  return {
    kind,
    at: typeof at === 'string' ? Date.parse(at) : 0,
    node: typeof node === 'string' ? node : '',
    path: Array.isArray(path) ? path.map(Number) : [],
    status: typeof status === 'string' ? status : '',
    items: plain(items) ? counts(items) : {},
    ms: typeof ms === 'number' ? ms : null,
    error: errorOf(error),
  };
}

function counts(items: Plain): Record<string, number> {
  return Object.fromEntries(Object.entries(items).map(([port, count]) => [port, Number(count)]));
}

/** The error of a step or an execution, its field as the path that the panel focuses. */
export function errorOf(value: unknown): (RunError & { node?: string }) | null {
  if (!plain(value)) return null;
  const text = (key: string) => {
    const found = value[key];
    return typeof found === 'string' && found ? found : undefined;
  };
  const field = text('field');
  return {
    message: text('message') ?? text('kind') ?? '',
    field: field && !/^(params|settings)\./.test(field) ? `params.${field}` : field,
    item: typeof value.item === 'number' ? value.item : undefined,
    hint: text('hint'),
    docs: text('docs'),
    kind: text('kind'),
    node: text('node'),
  };
}

/** A recorded step as the event that told, or would have told, of it. */
export function eventOf(step: Schemas['Step']): RunEvent {
  const [started, finished] = [Date.parse(step.started_at), Date.parse(step.finished_at)];
  const totals = Object.entries(step.output).map(([port, items]): [string, number] => [port, items.total]);
  return {
    kind: step.status === 'started' ? 'step.started' : 'step.finished',
    at: step.status === 'started' ? started : finished,
    node: step.node,
    path: step.path,
    status: step.status,
    items: Object.fromEntries(totals.filter(([, total]) => total > 0)),
    ms: finished - started,
    error: errorOf(step.error),
    wait: step.wait,
    attempt: step.attempt,
    logs: step.logs,
  };
}

const STEPS: Record<string, StepStatus> = {
  started: 'running',
  succeeded: 'succeeded',
  // Its output was given beforehand: for those who look, it is there as any other.
  pinned: 'succeeded',
  failed: 'failed',
  waiting: 'waiting',
  canceled: 'canceled',
};

export function stepStatus(status: string): StepStatus {
  return STEPS[status] ?? 'running';
}

const EXECUTIONS: readonly string[] = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'canceled', 'crashed'];

export function executionStatus(status: string): ExecutionStatus {
  return known(status) ? status : 'running';
}

function known(status: string): status is ExecutionStatus {
  return EXECUTIONS.includes(status);
}
