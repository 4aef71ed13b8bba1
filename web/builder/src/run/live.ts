/** Follows an execution into the run store: by its event stream, or by asking where streams do not get through. */
import { type Doc, fromWire } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { client, type Schemas, take, url } from '@/lib/api';
import { t } from '@/lib/i18n';
import { announce } from '@/ui/Toast';
import { errorOf, eventOf, KINDS, parseEvent, type RunEvent } from './events';
import { staleNodes } from './stale';
import { ended, useRun } from './store';
import { keyOf, Tally } from './tally';

/** Broken connections in a row after which we ask every `POLL_MS` instead. */
const FAILURES = 3;
const POLL_MS = 2000;
/** An execution of more steps is not fetched once more at its end: what was told live has to do. */
const REFETCHED = 5000;

/** How long events wait for a frame. */
const LATE_MS = 200;

/** Events that a frame takes at least: of some 50 steps, whose cards and wires are drawn anew. */
const PORTION = 100;

/** How many of the events that wait a frame takes: a backlog is worked off within half a second, however long it is. */
function portion(waiting: number): number {
  return Math.max(PORTION, Math.ceil(waiting / 30));
}

type Execution = Schemas['Execution'] & { document?: Record<string, unknown> | null };

let current: Follow | null = null;

/** What the editor knows of an execution that it has just started. */
export interface Started {
  workflow: string;
  trigger: string | null;
  ran: Doc;
}

/** Show an execution that has just been started, from its first event on. */
export function follow(id: string, started: Started): void {
  leave();
  useRun.setState({ ...useRun.getInitialState(), ...kept(), execution: id, status: 'queued', ...started });
  current = new Follow(id, started.ran);
  current.listen();
}

/** Show an execution by its id: as recorded, and live where it goes on. Gives what the server said of it. */
export async function show(id: string, signal?: AbortSignal): Promise<Execution> {
  const params = { path: { id } };
  const [execution, steps] = await Promise.all([
    take(client.GET('/api/executions/{id}', { params, signal })),
    take(client.GET('/api/executions/{id}/steps', { params: { ...params, query: { limit: 0 } }, signal })),
  ]);
  leave();
  const ran = documentOf(execution);
  const { workflow, trigger } = execution;
  useRun.setState({ ...useRun.getInitialState(), ...kept(), execution: id, workflow, trigger, ran });
  current = new Follow(id, ran);
  current.take(execution, steps.data);
  if (!ended(execution.status)) current.listen();
  return execution;
}

/** Stop following; what is shown stays. */
export function leave(): void {
  current?.close();
  current = null;
}

/** Ask what became of the execution that is shown, after something was done to it. */
export async function look(): Promise<void> {
  await current?.look();
}

/** The document that an execution ran, where it is still known. */
export function documentOf(execution: Execution): Doc | null {
  const { document } = execution;
  if (!document || !Array.isArray(document.nodes)) return null;
  const { name, description, nodes, connections, notes, pins, settings } = document;
  return fromWire({ name, description, nodes, connections, notes: notes ?? [], pins: pins ?? {}, settings });
}

/** What another execution does not change. */
function kept() {
  const { mode, listeningUntil } = useRun.getState();
  return { mode, listeningUntil, starting: false };
}

class Follow {
  readonly #id: string;
  readonly #ran: Doc | null;
  readonly #tally = new Tally();
  #source: EventSource | null = null;
  #queue: RunEvent[] = [];
  #frame = 0;
  #late: ReturnType<typeof setTimeout> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #last = '';
  #closed = false;
  #told = false;

  constructor(id: string, ran: Doc | null) {
    this.#id = id;
    this.#ran = ran;
  }

  close(): void {
    this.#closed = true;
    this.#source?.close();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#late);
    clearTimeout(this.#timer);
  }

  listen(): void {
    const source = new EventSource(url(`api/executions/${this.#id}/events${this.#last && `?after=${this.#last}`}`));
    this.#source = source;
    for (const kind of KINDS) {
      source.addEventListener(kind, (message: MessageEvent<string>) => {
        this.#failures = 0;
        if (message.lastEventId) this.#last = message.lastEventId;
        const event = parseEvent(kind, message.data);
        if (event) this.#take(event);
      });
    }
    source.onerror = () => this.#broke(source);
  }

  /** Apply what the server has recorded. */
  take(execution: Execution, steps: readonly Schemas['Step'][]): void {
    if (execution.started_at) this.#tally.startedAt = Date.parse(execution.started_at);
    if (execution.finished_at) this.#tally.finishedAt = Date.parse(execution.finished_at);
    this.#tally.apply(steps.map(eventOf));
    this.#tally.arrange(steps.map(keyOf));
    this.#tally.status = execution.status;
    if (ended(execution.status)) this.#tally.close(execution.status, this.#ran);
    this.#publish();
    if (!this.#closed) useRun.setState({ error: errorOf(execution.error) });
  }

  #take(event: RunEvent): void {
    this.#queue.push(event);
    if (event.kind === 'execution.finished') this.#source?.close();
    if (this.#queue.length === 1) this.#schedule();
  }

  #schedule(): void {
    this.#frame = requestAnimationFrame(() => this.#flush(portion(this.#queue.length)));
    // No frame comes in a tab at the back, or once it has gone there; what happens is applied all the same.
    this.#late = setTimeout(() => this.#flush(this.#queue.length), LATE_MS);
  }

  /** Once per frame; of a storm of events only so many that the frame can draw them, the rest in the next ones. */
  #flush(count: number): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#late);
    const events = this.#queue.splice(0, count);
    this.#tally.apply(events);
    this.#publish();
    if (this.#queue.length > 0) this.#schedule();
    const last = events.findLast((event) => event.kind.startsWith('execution.'));
    if (last?.kind === 'execution.finished') void this.#complete();
    else if (last?.kind === 'execution.waiting') void this.#refetch();
  }

  #publish(): void {
    // Whoever opened another workflow has cleared the store.
    if (useRun.getState().execution !== this.#id) {
      this.close();
      return;
    }
    const { status, nodes, steps, startedAt, finishedAt } = this.#tally;
    useRun.setState({ status, nodes, steps, startedAt, finishedAt });
    mark();
  }

  async #complete(): Promise<void> {
    this.#tally.close(this.#tally.status, this.#ran);
    this.#publish();
    await this.#refetch();
    this.#tell();
  }

  /** Ask what became of it, without waiting for the stream. */
  async look(): Promise<void> {
    await this.#refetch();
    this.#tell();
  }

  #tell(): void {
    if (this.#closed || this.#told || !ended(this.#tally.status)) return;
    this.#told = true;
    this.#source?.close();
    tell(this.#ran);
  }

  /** Logs, waits and errors are not in the stream. */
  async #refetch(): Promise<void> {
    const params = { path: { id: this.#id } };
    try {
      const execution = await take(client.GET('/api/executions/{id}', { params }));
      const wanted = this.#tally.size <= REFETCHED;
      const query = { limit: 0 };
      const steps = wanted
        ? (await take(client.GET('/api/executions/{id}/steps', { params: { ...params, query } }))).data
        : [];
      if (this.#closed) return;
      this.take(execution, steps);
    } catch {
      // What the stream told stays; the server is asked again when somebody looks.
    }
  }

  #broke(source: EventSource): void {
    if (this.#closed) return;
    this.#failures += 1;
    const gaveUp = source.readyState === EventSource.CLOSED;
    if (!gaveUp && this.#failures < FAILURES) return;
    source.close();
    this.#timer = setTimeout(() => void this.#ask(), gaveUp && this.#failures < FAILURES ? 0 : POLL_MS);
  }

  /** Ask once: it renews a session that has run out, and says whether it is worth listening again. */
  async #ask(): Promise<void> {
    await this.#refetch();
    if (this.#closed) return;
    if (ended(this.#tally.status)) return this.#tell();
    if (this.#failures < FAILURES) this.listen();
    else this.#timer = setTimeout(() => void this.#ask(), POLL_MS);
  }
}

/** Say how it ended, for those who do not see the canvas. */
function tell(ran: Doc | null): void {
  const { status, error, nodes } = useRun.getState();
  if (status === 'succeeded') announce(t('run.said_succeeded'));
  else if (status === 'canceled') announce(t('run.said_canceled'));
  else if (ended(status)) {
    const node = error?.node ?? Object.keys(nodes).find((id) => nodes[id]?.status === 'failed') ?? '';
    const name = ran?.nodes[node]?.name ?? node;
    const message = error?.message ?? '';
    announce(name ? t('run.said_failed_at', { name, message }) : t('run.said_failed', { message }));
  }
}

/** Work out anew which nodes changed since the run. */
function mark(): void {
  const { ran, mode, stale } = useRun.getState();
  const now = ran && mode === 'edit' ? staleNodes(ran, useDocument.getState().doc) : new Set<string>();
  if (now.size === stale.size && [...now].every((id) => stale.has(id))) return;
  useRun.setState({ stale: now });
}

let marking: ReturnType<typeof setTimeout> | undefined;
useDocument.subscribe((now, before) => {
  if (now.doc === before.doc || !useRun.getState().ran) return;
  clearTimeout(marking);
  marking = setTimeout(mark, 120);
});
