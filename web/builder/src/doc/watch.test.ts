import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TAB } from '@/lib/api';
import { type Saved, Watch } from './watch';

/** The browser's end of a stream, moved by hand. */
class Source extends EventTarget {
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  static made: Source[] = [];
  readyState = Source.OPEN;
  onerror: (() => void) | null = null;
  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
    Source.made.push(this);
  }

  close(): void {
    this.readyState = Source.CLOSED;
  }

  tell(kind: string, data: unknown): void {
    this.dispatchEvent(new MessageEvent(kind, { data: typeof data === 'string' ? data : JSON.stringify(data) }));
  }

  refuse(): void {
    this.readyState = Source.CLOSED;
    this.onerror?.();
  }
}

let saves: Saved[];
let switches: (number | null)[];
let asked: number;
let watch: Watch;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('EventSource', Source);
  Source.made = [];
  [saves, switches, asked] = [[], [], 0];
  watch = new Watch('w', {
    saved: (saved) => saves.push(saved),
    switched: (version) => switches.push(version),
    ask: async () => void asked++,
  });
  watch.start();
});

afterEach(() => {
  watch.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const newest = () => {
  const source = Source.made.at(-1);
  if (!source) throw new Error('nothing listens');
  return source;
};

describe('what the server tells', () => {
  test('saves of others come with who they are, those of this tab do not come', () => {
    newest().tell('workflow.current', { revision: 3 });
    newest().tell('workflow.saved', { revision: 4, by: { id: 'u', name: 'Ana' }, client: 'elsewhere' });
    newest().tell('workflow.saved', { revision: 5, by: { id: 'me', name: 'Bo' }, client: TAB });
    newest().tell('workflow.saved', { revision: 6, by: { id: 'u', name: 'Ana' }, client: null });
    expect(saves.map(({ revision, by }) => [revision, by?.name])).toEqual([
      [3, undefined],
      [4, 'Ana'],
      [6, 'Ana'],
    ]);
  });

  test('switching on tells the version', () => {
    newest().tell('workflow.activated', { version: 7 });
    newest().tell('workflow.deactivated', {});
    expect(switches).toEqual([7, null]);
  });

  test('what is no event is passed over', () => {
    for (const text of ['', 'no', '[]', '7', 'null', '{"revision": "8"}']) newest().tell('workflow.saved', text);
    expect(saves).toEqual([]);
  });
});

describe('the stream', () => {
  test('a browser that connects again by itself is let do so', () => {
    newest().readyState = 0;
    newest().onerror?.();
    vi.advanceTimersByTime(60_000);
    expect([Source.made.length, asked, watch.open]).toEqual([1, 0, false]);
  });

  test('who is refused asks first, ever later, and is soon again after it went well', async () => {
    newest().refuse();
    await vi.advanceTimersByTimeAsync(1_000);
    newest().refuse();
    await vi.advanceTimersByTimeAsync(4_999);
    expect([Source.made.length, asked]).toEqual([2, 1]);
    await vi.advanceTimersByTimeAsync(1);
    expect([Source.made.length, asked]).toEqual([3, 2]);
    newest().tell('workflow.current', { revision: 1 });
    newest().refuse();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([Source.made.length, watch.open]).toEqual([4, true]);
  });

  test('nothing is begun again after the end', async () => {
    const source = newest();
    source.refuse();
    watch.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([Source.made.length, source.readyState, asked]).toEqual([1, 2, 0]);
  });
});
