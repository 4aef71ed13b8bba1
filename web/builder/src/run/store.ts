/** The execution that the editor shows: live over server-sent events, or recorded. Node cards read their own part. */
import { create } from 'zustand';

export type StepStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'waiting' | 'skipped' | 'canceled';
export type ExecutionStatus = 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'canceled' | 'crashed';

/** How a node fared in the execution that is shown. */
export interface NodeRun {
  status: StepStatus;
  /** Items per output port, of the latest time it ran. */
  items: Record<string, number>;
  /** How often it ran: more than once in loops. */
  times: number;
  ms: number;
  attempt: number;
  error: { message: string; field?: string; item?: number; hint?: string; docs?: string } | null;
  wait: { kind: string; until: string | null } | null;
}

interface RunState {
  execution: string | null;
  workflow: string | null;
  status: ExecutionStatus | null;
  nodes: Record<string, NodeRun>;
  /** Nodes whose parameters or predecessors changed since. */
  stale: ReadonlySet<string>;
  /** `replay`: a past execution on the version that it ran, read-only. */
  mode: 'edit' | 'replay';
  /** A draft's webhooks answer until this moment (ms since 1970), or null. */
  listeningUntil: number | null;
  clear: () => void;
}

export const useRun = create<RunState>((set) => ({
  execution: null,
  workflow: null,
  status: null,
  nodes: {},
  stale: new Set(),
  mode: 'edit',
  listeningUntil: null,
  clear: () => set({ execution: null, workflow: null, status: null, nodes: {}, stale: new Set(), mode: 'edit' }),
}));
