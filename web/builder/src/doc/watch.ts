/** The live events of the workflow that is open: who saved it, and whether it is live. */
import { TAB, url } from '@/lib/api';

export interface Saved {
  revision: number;
  /** Who saved; empty where the server tells only how things are. */
  by: { id: string; name: string } | null;
}

export interface Listener {
  saved: (saved: Saved) => void;
  /** It was switched on (as which version) or off. */
  switched: (version: number | null) => void;
  /** Ask for what may have been missed; this also renews a session that has run out. */
  ask: () => Promise<void>;
}

const BACK_OFF_MS = [1_000, 5_000, 20_000];

type Plain = Record<string, unknown>;

/** Listens while the page can be seen: a browser has few connections, and tabs at the back need none of them. */
export class Watch {
  readonly #id: string;
  readonly #listener: Listener;
  #source: EventSource | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #wanted = false;

  constructor(id: string, listener: Listener) {
    this.#id = id;
    this.#listener = listener;
  }

  /** Whether the server tells at once what happens. */
  get open(): boolean {
    return this.#source?.readyState === EventSource.OPEN;
  }

  start(): void {
    this.#wanted = true;
    if (this.#source) return;
    clearTimeout(this.#timer);
    const source = new EventSource(url(`api/workflows/${this.#id}/events`));
    this.#source = source;
    const on = (kind: string, take: (data: Plain) => void) =>
      source.addEventListener(kind, (message: MessageEvent<string>) => {
        this.#failures = 0;
        const data = parsed(message.data);
        if (data) take(data);
      });
    on('workflow.current', (data) => this.#saved(data));
    on('workflow.saved', (data) => data.client !== TAB && this.#saved(data));
    on('workflow.activated', ({ version }) => this.#listener.switched(typeof version === 'number' ? version : null));
    on('workflow.deactivated', () => this.#listener.switched(null));
    source.onerror = () => this.#broke(source);
  }

  stop(): void {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #saved({ revision, by }: Plain): void {
    if (typeof revision !== 'number') return;
    this.#listener.saved({ revision, by: isPlain(by) ? { id: String(by.id), name: String(by.name) } : null });
  }

  /** The browser connects again by itself, unless the server refused; then it is asked why, at growing distances. */
  #broke(source: EventSource): void {
    if (source !== this.#source || source.readyState !== EventSource.CLOSED) return;
    this.#source = null;
    const pause = BACK_OFF_MS[Math.min(this.#failures, BACK_OFF_MS.length - 1)];
    this.#failures += 1;
    this.#timer = setTimeout(() => void this.#again(), pause);
  }

  async #again(): Promise<void> {
    await this.#listener.ask();
    if (this.#wanted) this.start();
  }
}

function parsed(text: string): Plain | null {
  try {
    const data: unknown = JSON.parse(text);
    return isPlain(data) ? data : null;
  } catch {
    return null;
  }
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
