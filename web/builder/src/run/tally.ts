/** Adds up the events of one execution. Telling an event twice changes nothing, so that streams may be resumed. */
import { equal } from '@/doc/merge';
import type { Doc } from '@/doc/model';
import { executionStatus, type RunEvent, stepStatus } from './events';
import type { ExecutionStatus, NodeRun, StepRow } from './store';

export class Tally {
  status: ExecutionStatus = 'queued';
  startedAt: number | null = null;
  finishedAt: number | null = null;
  /** Nodes that no event was about keep their identity. */
  nodes: Record<string, NodeRun> = {};
  readonly #rows = new Map<string, StepRow>();
  /** Ms of each row that ended, by its key: what is counted in its node. */
  readonly #counted = new Map<string, number>();
  /** Ports that ever gave items, by node. */
  readonly #gave = new Map<string, Set<string>>();

  get size(): number {
    return this.#rows.size;
  }

  get steps(): StepRow[] {
    return [...this.#rows.values()].sort((a, b) => a.started - b.started);
  }

  apply(events: readonly RunEvent[]): void {
    const nodes = { ...this.nodes };
    for (const event of events) {
      if (event.kind === 'step.started') this.#began(nodes, event);
      else if (event.kind === 'step.finished') this.#ended(nodes, event);
      else this.#execution(event);
    }
    // What is told again is drawn again otherwise.
    for (const { node } of events) {
      const [before, after] = [this.nodes[node], nodes[node]];
      if (before && after && before !== after && equal(before, after)) nodes[node] = before;
    }
    this.nodes = nodes;
  }

  #execution(event: RunEvent): void {
    if (event.kind === 'execution.started') {
      this.startedAt ??= event.at;
      if (this.status === 'queued') this.status = 'running';
      return;
    }
    this.status = event.kind === 'execution.waiting' ? 'waiting' : executionStatus(event.status);
    if (event.kind === 'execution.finished') this.finishedAt = event.at;
  }

  #began(nodes: Record<string, NodeRun>, event: RunEvent): void {
    const key = keyOf(event);
    const before = this.#rows.get(key);
    // Told again after a reconnect: what is known of its end holds.
    if (before && (before.finished === null || before.finished >= event.at)) return;
    this.#rows.set(key, {
      key,
      node: event.node,
      path: event.path,
      status: 'running',
      attempt: event.attempt ?? (before ? before.attempt + 1 : 1),
      started: before?.started ?? event.at,
      finished: null,
      items: {},
      error: null,
      wait: null,
      logs: before?.logs ?? [],
    });
    this.startedAt ??= event.at;
    if (this.finishedAt === null) this.status = 'running';
    nodes[event.node] = { ...(nodes[event.node] ?? IDLE), status: 'running', error: null, wait: null };
  }

  #ended(nodes: Record<string, NodeRun>, event: RunEvent): void {
    const key = keyOf(event);
    const before = this.#rows.get(key);
    if (before?.finished && before.finished > event.at) return;
    const status = stepStatus(event.status);
    const wait = event.wait ?? (status === 'waiting' ? (before?.wait ?? { kind: '', until: null }) : null);
    const row: StepRow = {
      key,
      node: event.node,
      path: event.path,
      status,
      attempt: event.attempt ?? before?.attempt ?? 1,
      started: startOf(event, before),
      finished: event.at,
      items: event.items,
      error: event.error,
      wait,
      logs: event.logs ?? before?.logs ?? [],
    };
    this.#rows.set(key, row);
    this.#carried(event);
    const node = nodes[event.node] ?? IDLE;
    const known = this.#counted.get(key);
    // What is recorded comes in whole milliseconds, what was told live is finer.
    const told = known !== undefined && before?.finished === event.at ? known : event.ms;
    const ms = Math.max(0, told ?? event.at - row.started);
    const counts = status !== 'waiting';
    if (counts) this.#counted.set(key, ms);
    nodes[event.node] = {
      status,
      items: event.items,
      times: node.times + (counts && known === undefined ? 1 : 0),
      ms: counts ? Math.max(0, node.ms + ms - (known ?? 0)) : node.ms,
      attempt: row.attempt,
      error: event.error,
      wait,
    };
  }

  #carried(event: RunEvent): void {
    const gave = this.#gave.get(event.node) ?? new Set();
    for (const [port, count] of Object.entries(event.items)) if (count > 0) gave.add(port);
    this.#gave.set(event.node, gave);
  }

  /** Put rows into the order in which the server has them: many begin within one millisecond. */
  arrange(keys: readonly string[]): void {
    for (const key of keys) {
      const row = this.#rows.get(key);
      if (!row) continue;
      this.#rows.delete(key);
      this.#rows.set(key, row);
    }
  }

  /** The execution is over: nothing runs any more, and what no items led to was skipped. */
  close(status: ExecutionStatus, doc: Doc | null): void {
    this.status = status;
    const nodes = { ...this.nodes };
    for (const [id, node] of Object.entries(nodes))
      if (node.status === 'running') nodes[id] = { ...node, status: 'canceled' };
    for (const [key, row] of this.#rows)
      if (row.status === 'running') this.#rows.set(key, { ...row, status: 'canceled', finished: this.finishedAt });
    if (doc) for (const id of skipped(doc, nodes, this.#gave)) nodes[id] = { ...IDLE, status: 'skipped' };
    this.nodes = nodes;
  }
}

const IDLE: NodeRun = { status: 'queued', items: {}, times: 0, ms: 0, attempt: 1, error: null, wait: null };

/** Of a recorded step what is recorded, to the whole millisecond that its neighbours have as well; else as told. */
function startOf(event: RunEvent, before: StepRow | undefined): number {
  const started = Math.floor(event.at - (event.ms ?? 0));
  if (!before) return started;
  // Going on after a wait is recorded as a beginning of its own; the wait belongs to the step.
  return event.attempt === undefined || before.started < started - 1 ? before.started : started;
}

export function keyOf({ node, path }: { node: string; path: readonly number[] }): string {
  return path.length ? `${node}/${path.join('.')}` : node;
}

/** Nodes that did not run because each way to them carried no items; those behind a failure are not among them. */
export function skipped(
  doc: Doc,
  nodes: Record<string, NodeRun>,
  gave: ReadonlyMap<string, ReadonlySet<string>>,
): Set<string> {
  const into = new Map<string, { from: string; output: string }[]>();
  for (const wire of Object.values(doc.connections)) into.set(wire.to, [...(into.get(wire.to) ?? []), wire]);
  const dead = new Set<string>();
  const carriesNothing = (wire: { from: string; output: string }) =>
    dead.has(wire.from) || (nodes[wire.from]?.status === 'succeeded' && !gave.get(wire.from)?.has(wire.output));
  for (let grown = true; grown; ) {
    grown = false;
    for (const [id, wires] of into) {
      if (dead.has(id) || nodes[id] || !wires.every(carriesNothing)) continue;
      dead.add(id);
      grown = true;
    }
  }
  return new Set([...dead].filter((id) => doc.nodes[id] && !doc.nodes[id].settings.disabled));
}
