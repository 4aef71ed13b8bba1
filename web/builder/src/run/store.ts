/** The execution that the editor shows: live over server-sent events, or recorded. Node cards read their own part. */
import { create } from 'zustand';
import type { Doc } from '@/doc/model';

export type StepStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'waiting' | 'skipped' | 'canceled';
export type ExecutionStatus = 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'canceled' | 'crashed';

/** What went wrong, in plain words. */
export interface RunError {
  message: string;
  /** Dotted path of the field at fault: `params.url`. */
  field?: string;
  /** Index of the input item at fault. */
  item?: number;
  hint?: string;
  docs?: string;
  /** The class of the error. */
  kind?: string;
}

export interface Wait {
  /** `time`, `call`, `form`, `reply`, `children`, `retry` or `decision`; empty where it is not known yet. */
  kind: string;
  until: string | null;
}

/** How a node fared in the execution that is shown. */
export interface NodeRun {
  status: StepStatus;
  /** Items per output port, of the latest time it ran. */
  items: Record<string, number>;
  /** How often it ran: more than once in loops. */
  times: number;
  /** Of all the times together. */
  ms: number;
  attempt: number;
  error: RunError | null;
  wait: Wait | null;
}

/** One run of one node: a line of the waterfall. */
export interface StepRow {
  /** `node` or `node/0.3`, with the iterations of the loops around it. */
  key: string;
  node: string;
  path: readonly number[];
  status: StepStatus;
  attempt: number;
  /** Ms since 1970. */
  started: number;
  finished: number | null;
  items: Record<string, number>;
  error: RunError | null;
  wait: Wait | null;
  /** What it printed; known when the execution has ended or waits. */
  logs: readonly string[];
}

interface RunState {
  execution: string | null;
  workflow: string | null;
  status: ExecutionStatus | null;
  nodes: Record<string, NodeRun>;
  /** In the order in which they began. */
  steps: readonly StepRow[];
  /** Id of the trigger that it began at. */
  trigger: string | null;
  /** Ms since 1970. */
  startedAt: number | null;
  finishedAt: number | null;
  /** Why it failed, and at which node. */
  error: (RunError & { node?: string }) | null;
  /** The document that it runs, or null where that is no longer known. */
  ran: Doc | null;
  /** Between the click and the server's answer. */
  starting: boolean;
  /** Nodes whose parameters or predecessors changed since. */
  stale: ReadonlySet<string>;
  /** `replay`: a past execution on the version that it ran, read-only. */
  mode: 'edit' | 'replay';
  /** A draft's webhooks answer until this moment (ms since 1970), or null. */
  listeningUntil: number | null;
  clear: () => void;
}

const NOTHING = {
  execution: null,
  workflow: null,
  status: null,
  nodes: {},
  steps: [],
  trigger: null,
  startedAt: null,
  finishedAt: null,
  error: null,
  ran: null,
  stale: new Set<string>(),
  mode: 'edit' as const,
};

export const useRun = create<RunState>((set) => ({
  ...NOTHING,
  starting: false,
  listeningUntil: null,
  clear: () => set(NOTHING),
}));

const ENDED: ReadonlySet<ExecutionStatus | null> = new Set(['succeeded', 'failed', 'canceled', 'crashed'] as const);

/** Whether an execution is over, for good. */
export function ended(status: ExecutionStatus | null): boolean {
  return ENDED.has(status);
}
