import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, cleanup, render, screen, waitFor } from '@testing-library/react';
import { IDBFactory } from 'fake-indexeddb';
import { StrictMode } from 'react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { addNode, setParam } from './commands';
import { draftOf, forget } from './draft';
import { type Doc, EMPTY, fromWire, type Json, toWire } from './model';
import { useOpenWorkflow } from './open';
import { answered, save } from './save';
import { useDocument } from './store';

const filing = { project: 'p', active: false, version: null, tags: [], folder: '' };
const start = addNode(EMPTY, { type: 'data.set', name: 'A', position: [0, 0] }).doc;

/** A stream on which nothing is told; the tests ask. */
class QuietStream extends EventTarget {
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  readonly readyState = 0;
  close(): void {}
}

/** A server with workflows, at the boundary. */
class Server {
  readonly docs = new Map<string, { doc: Doc; revision: number }>();
  down = false;
  /** Saves wait for this, as on a slow line. */
  line: Promise<void> = Promise.resolve();

  async fetch(request: Request): Promise<Response> {
    if (this.down) throw new TypeError('Failed to fetch');
    const id = new URL(request.url).pathname.split('/').at(-1) ?? '';
    const held = this.docs.get(id);
    if (!held) return Response.json({ title: 'Not found' }, { status: 404 });
    if (request.method === 'PATCH') {
      const body: Record<string, unknown> = await request.json();
      await this.line;
      if (request.headers.get('If-Match') !== `"${held.revision}"`) return Response.json({}, { status: 412 });
      this.docs.set(id, { doc: fromWire({ ...toWire(held.doc), ...body }), revision: held.revision + 1 });
    }
    const { doc, revision } = this.docs.get(id) ?? held;
    return Response.json({ id, ...filing, ...toWire(doc), revision, issues: [] });
  }

  x(id: string): Json | undefined {
    return this.docs.get(id)?.doc.nodes.a?.params.x;
  }

  /** Somebody else saves. */
  change(id: string, edit: (doc: Doc) => Doc): void {
    const held = this.docs.get(id);
    if (held) this.docs.set(id, { doc: edit(held.doc), revision: held.revision + 1 });
  }
}

let server: Server;
let queries: QueryClient;
const store = () => useDocument.getState();
const set = (key: string, value: Json) => (doc: Doc) => setParam(doc, 'a', [key], value);
const type = (value: Json) => act(() => store().change('type', set('x', value)));
const shownX = () => store().doc.nodes.a?.params.x;

function Opened({ id }: { id: string }) {
  const { ready, draft } = useOpenWorkflow(id);
  return (
    <p>
      {ready ? `open ${id}` : 'loading'}
      {draft && ' with a draft'}
    </p>
  );
}

function page(id: string | null) {
  return (
    <StrictMode>
      <QueryClientProvider client={queries}>{id && <Opened id={id} />}</QueryClientProvider>
    </StrictMode>
  );
}

beforeEach(() => {
  server = new Server();
  for (const id of ['one', 'two']) server.docs.set(id, { doc: start, revision: 1 });
  queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  vi.stubGlobal('fetch', (request: Request) => server.fetch(request));
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.stubGlobal('EventSource', QuietStream);
  useDocument.setState({ filing: null, doc: EMPTY, saved: EMPTY, past: [], readOnly: false });
});
afterEach(async () => {
  cleanup();
  await save();
  vi.unstubAllGlobals();
});

describe('an open workflow', () => {
  test('is saved when one leaves it, whatever comes next', async () => {
    const { rerender } = render(page('one'));
    await screen.findByText('open one');
    type('left');
    rerender(page('two'));
    await screen.findByText('open two');
    expect(server.x('one')).toBe('left');
    expect(shownX()).toBeUndefined();
    expect(store().save.kind).toBe('saved');
  });

  test('is saved whole when one leaves it while a save is on its way', async () => {
    const { rerender } = render(page('one'));
    await screen.findByText('open one');
    let arrive = () => {};
    server.line = new Promise((resolve) => {
      arrive = resolve;
    });
    type('first');
    void save();
    type('second');
    rerender(page('two'));
    arrive();
    await screen.findByText('open two');
    expect(server.x('one')).toBe('second');
    expect(server.x('two')).toBeUndefined();
  });

  test('comes back as it was left, with its undo steps, and with what others saved meanwhile', async () => {
    const { rerender } = render(page('one'));
    await screen.findByText('open one');
    type('mine');
    rerender(page(null));
    await waitFor(() => expect(server.x('one')).toBe('mine'));
    await act(answered);
    server.change('one', set('y', 'theirs'));
    rerender(page('one'));
    await waitFor(() => expect(store().doc.nodes.a?.params).toEqual({ x: 'mine', y: 'theirs' }));
    act(() => void store().undo());
    expect(store().doc.nodes.a?.params).toEqual({ y: 'theirs' });
  });

  test('keeps what is typed while everything is asked for again, as after signing in', async () => {
    render(page('one'));
    await screen.findByText('open one');
    type('typed');
    server.change('one', set('y', 'theirs'));
    await act(() => queries.invalidateQueries());
    await waitFor(() => expect(store().doc.nodes.a?.params).toEqual({ x: 'typed', y: 'theirs' }));
    expect(store().past).toHaveLength(1);
    await act(save);
    expect(server.docs.get('one')?.doc.nodes.a?.params).toEqual({ x: 'typed', y: 'theirs' });
  });

  test('leaves no draft behind that was saved after all', async () => {
    const { rerender } = render(page('one'));
    await screen.findByText('open one');
    type('mine');
    rerender(page(null));
    await act(answered);
    expect(server.x('one')).toBe('mine');
    await waitFor(async () => expect(await draftOf('one')).toBeUndefined());
  });

  test('left without a connection, is a draft that is offered when it is opened anew', async () => {
    const { rerender } = render(page('one'));
    await screen.findByText('open one');
    server.down = true;
    type('kept');
    rerender(page(null));
    await waitFor(async () => expect((await draftOf('one'))?.doc.nodes.a?.params.x).toBe('kept'));
    await act(answered);
    useDocument.setState({ filing: null, doc: EMPTY, saved: EMPTY });
    server.down = false;
    rerender(page('one'));
    expect(await screen.findByText('open one with a draft')).toBeTruthy();
    expect(shownX()).toBeUndefined();
    await forget('one');
  });

  test('asks before the window closes only where something is unsaved', async () => {
    render(page('one'));
    await screen.findByText('open one');
    const asks = () => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
    expect(asks()).toBe(false);
    type('x');
    act(() => void store().undo());
    expect(asks()).toBe(false);
    type('y');
    expect(asks()).toBe(true);
    await act(save);
    expect(server.x('one')).toBe('y');
  });
});
