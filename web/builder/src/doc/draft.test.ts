import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { addNode, setParam } from './commands';
import { type Draft, draftOf, forget, restore, startKeeping } from './draft';
import { type Doc, EMPTY, type Json } from './model';
import { useDocument } from './store';

const filing = { id: 'w', project: 'p', active: false, version: null, tags: [], folder: '' };
const start = addNode(EMPTY, { type: 'data.set', name: 'A', position: [0, 0] }).doc;
const set = (key: string, value: Json) => (doc: Doc) => setParam(doc, 'a', [key], value);
const store = () => useDocument.getState();
const type = (value: Json) => store().change('type', set('x', value));
const params = () => store().doc.nodes.a?.params;

/** What another tab, closed by now, has left behind. */
async function leave(draft: Partial<Draft>): Promise<void> {
  await draftOf('w');
  const open = indexedDB.open('a8n.drafts', 1);
  await new Promise((done) => {
    open.onsuccess = done;
  });
  const transaction = open.result.transaction('drafts', 'readwrite');
  const whole = { key: `w/${draft.tab}`, workflow: 'w', base: start, doc: start, at: 1, ...draft };
  transaction.objectStore('drafts').put(whole);
  await new Promise((done) => {
    transaction.oncomplete = done;
  });
  open.result.close();
}

let stop = () => {};

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory());
  store().open(filing, start, 1, []);
  stop = startKeeping();
});
afterEach(() => {
  stop();
  vi.unstubAllGlobals();
});

describe('a draft', () => {
  test('is kept when the page goes, and found again', async () => {
    type('unsaved');
    window.dispatchEvent(new Event('pagehide'));
    await vi.waitFor(async () => expect((await draftOf('w'))?.doc.nodes.a?.params.x).toBe('unsaved'));
    expect((await draftOf('w'))?.base).toEqual(start);
    expect(await draftOf('other')).toBeUndefined();
  });

  test('is not made of what is saved', async () => {
    window.dispatchEvent(new Event('pagehide'));
    stop();
    expect(await draftOf('w')).toBeUndefined();
  });

  test('goes when everything is saved', async () => {
    type('unsaved');
    window.dispatchEvent(new Event('pagehide'));
    await vi.waitFor(async () => expect(await draftOf('w')).toBeDefined());
    useDocument.setState({ saved: store().doc, save: { kind: 'saved', at: 1 } });
    await vi.waitFor(async () => expect(await draftOf('w')).toBeUndefined());
  });

  test('of an earlier time outlives new work until it is decided', async () => {
    await leave({ tab: 'closed', doc: set('y', 'earlier')(start) });
    type('new');
    window.dispatchEvent(new Event('pagehide'));
    await vi.waitFor(async () => expect((await draftOf('w'))?.doc.nodes.a?.params.x).toBe('new'));
    useDocument.setState({ saved: store().doc, save: { kind: 'saved', at: 1 } });
    await vi.waitFor(async () => expect((await draftOf('w'))?.tab).toBe('closed'));
    await forget('w', 'w/closed');
    expect(await draftOf('w')).toBeUndefined();
  });

  test('is restored beside what was saved since, in one step', async () => {
    await leave({ tab: 'closed', doc: set('x', 'draft')(start) });
    const found = await draftOf('w');
    if (!found) throw new Error('the draft is not there');
    const newer = set('y', 'saved since')(start);
    store().open(filing, newer, 2, []);
    await restore(found);
    expect(params()).toEqual({ x: 'draft', y: 'saved since' });
    expect(store().save.kind).toBe('dirty');
    // It is this tab's own by now, so that a crash right here costs nothing either.
    expect((await draftOf('w'))?.tab).not.toBe('closed');
    store().undo();
    expect(params()).toEqual({ y: 'saved since' });
  });

  test('is offered latest first', async () => {
    await leave({ tab: 'older', at: 1 });
    await leave({ tab: 'newer', at: 2 });
    expect((await draftOf('w'))?.tab).toBe('newer');
  });

  test('is not needed where the browser refuses to keep any', async () => {
    vi.stubGlobal('indexedDB', {
      open: () => {
        throw new DOMException('no', 'SecurityError');
      },
    });
    type('x');
    window.dispatchEvent(new Event('pagehide'));
    expect(await draftOf('w')).toBeUndefined();
    await forget('w');
    expect(params()).toEqual({ x: 'x' });
  });
});
