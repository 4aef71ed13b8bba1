import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { usePreferences } from '@/lib/preferences';
import { addNode, setParam } from './commands';
import { type Doc, EMPTY, fromWire, type Json, toWire, type WireDoc } from './model';
import { decide, flush, mergeNewest, onSaved, save, startSaving, useRival } from './save';
import { useDocument } from './store';
import { keyOfConflict } from './together';

const filing = { id: 'w', project: 'p', active: false, version: null, tags: [], folder: '' };
const add = (doc: Doc, name: string) => addNode(doc, { type: 'data.set', name, position: [0, 0] }).doc;
const start = add(add(EMPTY, 'A'), 'B');

/** A server with one workflow, at the boundary: what `fetch` meets. */
class Server {
  draft: WireDoc = toWire(start);
  revision = 1;
  saves: Record<string, unknown>[] = [];
  /** Answers with this status instead, as long as there are any. */
  refusals: { status: number; errors?: object[]; offline?: boolean }[] = [];
  /** Called while a save is on its way. */
  meanwhile: () => void = () => undefined;

  async fetch(request: Request): Promise<Response> {
    await Promise.resolve();
    if (new URL(request.url).pathname.endsWith('/refresh')) return new Response('{}', { status: 401 });
    const refusal = this.refusals.shift();
    if (refusal?.offline) throw new TypeError('Failed to fetch');
    if (refusal)
      return Response.json({ title: 'No', detail: 'no', errors: refusal.errors }, { status: refusal.status });
    if (request.method === 'PATCH') {
      const body: Record<string, unknown> = await request.json();
      if (request.headers.get('If-Match') !== `"${this.revision}"`) return Response.json({}, { status: 412 });
      this.saves.push(body);
      this.draft = { ...this.draft, ...body };
      this.revision++;
      this.meanwhile();
    }
    return Response.json({ ...filing, ...this.draft, revision: this.revision, issues: [] });
  }

  /** Somebody else saves. */
  change(edit: (doc: Doc) => Doc): void {
    this.draft = toWire(edit(fromWire(this.draft)));
    this.revision++;
  }
}

let server: Server;
let stop: () => void;
const store = () => useDocument.getState();
const kind = () => store().save.kind;
const set = (id: string, value: Json) => (doc: Doc) => setParam(doc, id, ['x'], value);
const type = (id: string, value: Json) => store().change('type', set(id, value));
const at = (id: string) => fromWire(server.draft).nodes[id]?.params.x;

beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  vi.stubGlobal('fetch', (request: Request) => server.fetch(request));
  usePreferences.setState({ manualSave: false });
  store().open(filing, start, 1, []);
  stop = startSaving();
});
afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('saving', () => {
  test('comes a second after the last change, with the parts that changed', async () => {
    type('a', 1);
    expect(kind()).toBe('dirty');
    await vi.advanceTimersByTimeAsync(900);
    type('a', 2);
    await vi.advanceTimersByTimeAsync(900);
    expect(server.saves).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(200);
    expect(server.saves.map(Object.keys)).toEqual([['nodes']]);
    expect(at('a')).toBe(2);
    expect(kind()).toBe('saved');
    expect(store().revision).toBe(2);
  });

  test('waits five seconds at most, however long somebody types', async () => {
    for (let i = 0; i < 11; i++) {
      type('a', i);
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(server.saves).toHaveLength(1);
  });

  test('goes on with what was changed while a save was on its way', async () => {
    type('a', 1);
    server.meanwhile = () => {
      server.meanwhile = () => undefined;
      type('b', 2);
    };
    await save();
    expect([at('a'), at('b')]).toEqual([1, undefined]);
    expect(kind()).toBe('dirty');
    await vi.advanceTimersByTimeAsync(1_100);
    expect([at('a'), at('b')]).toEqual([1, 2]);
    expect(kind()).toBe('saved');
  });

  test('sends nothing where everything is undone again', async () => {
    type('a', 1);
    store().undo();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(server.saves).toHaveLength(0);
    expect(kind()).toBe('saved');
  });

  test('waits to be asked where that is preferred', async () => {
    usePreferences.setState({ manualSave: true });
    type('a', 1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.saves).toHaveLength(0);
    await save();
    expect(kind()).toBe('saved');
    expect(at('a')).toBe(1);
  });

  test('tells who listens, so that other tabs know', async () => {
    const told: number[] = [];
    const off = onSaved((revision) => told.push(revision));
    type('a', 1);
    await save();
    off();
    type('a', 2);
    await save();
    expect(told).toEqual([2]);
  });

  test('takes in what the server wrote differently', async () => {
    server.meanwhile = () => {
      server.draft = { ...server.draft, description: 'filled in' };
    };
    type('a', 1);
    await save();
    expect(store().doc.description).toBe('filled in');
    expect(kind()).toBe('saved');
  });
});

describe('saving beside other people', () => {
  test('merges what they changed elsewhere, and saves both', async () => {
    server.change(set('b', 'theirs'));
    type('a', 'mine');
    await save();
    await vi.advanceTimersByTimeAsync(100);
    expect([at('a'), at('b')]).toEqual(['mine', 'theirs']);
    expect(store().doc.nodes.b?.params.x).toBe('theirs');
    expect(kind()).toBe('saved');
  });

  test('stops at a conflict, and goes on typing does not overwrite theirs', async () => {
    server.change(set('a', 'theirs'));
    type('a', 'mine');
    await save();
    expect(kind()).toBe('conflict');
    type('b', 'more');
    await vi.advanceTimersByTimeAsync(60_000);
    await save();
    expect(kind()).toBe('conflict');
    expect([at('a'), at('b')]).toEqual(['theirs', undefined]);
    await expect(flush()).rejects.toMatchObject({ status: 409 });
  });

  test.each([
    [true, 'theirs', 'mine'],
    [false, 'mine', 'theirs'],
  ])('goes on as it is decided (theirs: %s), and undo brings the other side back', async (theirs, value, other) => {
    server.change((doc) => set('b', 'too')(set('a', 'theirs')(doc)));
    type('a', 'mine');
    await save();
    const keys = useRival.getState().conflicts.map(keyOfConflict);
    decide(new Set(theirs ? keys : []));
    await vi.advanceTimersByTimeAsync(100);
    expect([at('a'), at('b')]).toEqual([value, 'too']);
    expect(kind()).toBe('saved');
    store().undo();
    expect(store().doc.nodes.a?.params.x).toBe(other);
    expect(store().doc.nodes.b?.params.x).toBe('too');
  });

  test('looks at the newest of theirs while a conflict stands', async () => {
    server.change(set('a', 'theirs'));
    type('a', 'mine');
    await save();
    server.change(set('a', 'newer'));
    await mergeNewest();
    expect(useRival.getState().conflicts.map((one) => one.theirs)).toEqual(['newer']);
    server.change(set('a', 'mine'));
    await mergeNewest();
    expect(kind()).toBe('saved');
    expect(store().doc.nodes.a?.params.x).toBe('mine');
  });

  test('takes in what is newer where nothing is unsaved', async () => {
    server.change((doc) => add(doc, 'C'));
    expect(await mergeNewest()).toBe(true);
    expect('c' in store().doc.nodes).toBe(true);
    expect(kind()).toBe('saved');
    expect(store().past).toHaveLength(0);
  });
});

describe('where saving fails', () => {
  test('offline, it tries again by itself and loses nothing', async () => {
    server.refusals = [{ status: 0, offline: true }, { status: 503 }, { status: 429 }];
    type('a', 1);
    await save();
    expect(kind()).toBe('offline');
    await expect(flush()).rejects.toMatchObject({ status: 0 });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(kind()).toBe('saved');
    expect(at('a')).toBe(1);
  });

  test('offline, it tries at once when the network is back', async () => {
    server.refusals = [{ status: 0, offline: true }];
    type('a', 1);
    await save();
    window.dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(0);
    expect(kind()).toBe('saved');
  });

  test('signed out, it waits for the sign-in, whatever is typed meanwhile', async () => {
    server.refusals = [{ status: 401 }];
    type('a', 1);
    await save();
    expect(kind()).toBe('signed_out');
    type('a', 2);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.saves).toHaveLength(0);
    await save();
    expect(kind()).toBe('saved');
    expect(at('a')).toBe(2);
  });

  test('refused, it says the place and tries with the next change', async () => {
    server.refusals = [{ status: 422, errors: [{ path: 'nodes.a.name', message: 'too long', code: 'x' }] }];
    type('a', 1);
    await save();
    expect(store().save).toEqual({ kind: 'refused', message: 'nodes.a.name: too long' });
    expect(store().doc.nodes.a?.params.x).toBe(1);
    type('a', 2);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(kind()).toBe('saved');
  });

  test('for a credential of elsewhere, the reference goes and the rest is saved', async () => {
    const message = 'there is no such credential';
    server.refusals = [{ status: 422, errors: [{ path: 'nodes.a.params', message, code: 'credential' }] }];
    type('b', 'kept');
    type('a', { auth: { $credential: 'foreign' }, url: 'u' });
    await save();
    await vi.advanceTimersByTimeAsync(100);
    expect(at('a')).toEqual({ url: 'u' });
    expect(at('b')).toBe('kept');
    expect(kind()).toBe('saved');
  });

  test('a page of something in between, instead of an answer, is tried again like a dead line', async () => {
    const page = new Response('<h1>Sign in to this network</h1>', { headers: { 'Content-Type': 'text/html' } });
    vi.stubGlobal('fetch', vi.fn((request: Request) => server.fetch(request)).mockResolvedValueOnce(page));
    type('a', 1);
    await save();
    expect(kind()).toBe('offline');
    await vi.advanceTimersByTimeAsync(1_100);
    expect(kind()).toBe('saved');
    expect(at('a')).toBe(1);
  });

  test('a server that came back from a backup, with an older revision, gets what is unsaved', async () => {
    store().open(filing, start, 9, []);
    server.change(set('b', 'from the backup'));
    type('a', 1);
    await save();
    await vi.advanceTimersByTimeAsync(100);
    expect([at('a'), at('b')]).toEqual([1, 'from the backup']);
    expect(store().revision).toBe(server.revision);
    expect(kind()).toBe('saved');
  });

  test('a server that refuses the revision that it names itself is not asked without a pause', async () => {
    let saves = 0;
    vi.stubGlobal('fetch', (request: Request) => {
      if (request.method !== 'PATCH') return server.fetch(request);
      saves++;
      return Promise.resolve(Response.json({}, { status: 412 }));
    });
    type('a', 1);
    await save();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(kind()).toBe('offline');
    expect(saves).toBeLessThan(6);
  });

  test('an answer for a workflow that was left changes nothing of the one that is open', async () => {
    type('a', 1);
    server.meanwhile = () => store().open({ ...filing, id: 'other' }, EMPTY, 7, []);
    await save();
    expect(at('a')).toBe(1);
    expect(store().revision).toBe(7);
    expect(store().doc).toBe(EMPTY);
  });
});

describe('flushing', () => {
  test('resolves at once where nothing is unsaved, else when it is saved', async () => {
    await flush();
    expect(server.saves).toHaveLength(0);
    type('a', 1);
    await flush();
    expect(at('a')).toBe(1);
  });

  test('saves also what came meanwhile and what had to be merged', async () => {
    server.change(set('b', 'theirs'));
    type('a', 1);
    await flush();
    expect([at('a'), at('b')]).toEqual([1, 'theirs']);
  });
});
