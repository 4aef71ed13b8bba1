import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { addNode, connect, editNode, remove, setParam } from './commands';
import { type Doc, EMPTY } from './model';
import { useDocument } from './store';
import { sound, together } from './together';

const store = () => useDocument.getState();
const filing = { id: 'w', project: 'p', active: false, version: null, tags: [], folder: '' };
const add = (doc: Doc, name: string) => addNode(doc, { type: 'data.set', name, position: [0, 0] }).doc;
const start = add(add(EMPTY, 'A'), 'B');
const setX = (value: number) => (doc: Doc) => setParam(doc, 'a', ['x'], value);

/** Somebody else saves: their change on top of what the server has. */
function others(change: (doc: Doc) => Doc): void {
  const theirs = change(store().saved);
  const met = together(store().saved, store().doc, theirs);
  store().receive(met.doc, theirs, met.moved);
}

beforeEach(() => {
  vi.useFakeTimers();
  store().open(filing, start, 1, []);
});
afterEach(() => {
  vi.useRealTimers();
});

describe('undoing', () => {
  test('goes back step by step and forward again', () => {
    store().change('one', setX(1));
    store().change('two', setX(2));
    expect(store().undo()?.label).toBe('two');
    expect(store().doc.nodes.a?.params).toEqual({ x: 1 });
    expect(store().undo()?.label).toBe('one');
    expect(store().doc).toEqual(start);
    expect(store().undo()).toBeNull();
    store().redo();
    store().redo();
    expect(store().doc.nodes.a?.params).toEqual({ x: 2 });
    expect(store().redo()).toBeNull();
  });

  test('takes a burst of typing as one step, and a pause as its end', () => {
    for (const value of [1, 2, 3]) store().change('type', setX(value), 'a.x');
    vi.advanceTimersByTime(1_000);
    store().change('type', setX(4), 'a.x');
    expect(store().past).toHaveLength(2);
    store().undo();
    expect(store().doc.nodes.a?.params).toEqual({ x: 3 });
    store().undo();
    expect(store().doc.nodes.a?.params).toEqual({});
  });

  test('forgets what was undone when something else is done, and keeps 200 steps', () => {
    store().change('one', setX(1));
    store().undo();
    store().change('two', setX(2));
    expect(store().redo()).toBeNull();
    for (let i = 0; i < 300; i++) store().change('more', setX(i + 10));
    expect(store().past).toHaveLength(200);
  });

  test('does nothing where nothing is changed, or may be', () => {
    store().change('none', (doc) => doc);
    expect(store().past).toHaveLength(0);
    useDocument.setState({ readOnly: true });
    store().change('x', setX(1));
    expect(store().doc).toBe(start);
  });
});

describe('undoing beside other people', () => {
  test('keeps what they changed', () => {
    store().change('mine', setX(1));
    others((doc) => setParam(doc, 'b', ['y'], 'theirs'));
    store().undo();
    expect(store().doc.nodes.a?.params).toEqual({});
    expect(store().doc.nodes.b?.params).toEqual({ y: 'theirs' });
  });

  test('keeps it also in the middle of a burst of typing', () => {
    store().change('type', setX(1), 'a.x');
    others((doc) => setParam(doc, 'b', ['y'], 'theirs'));
    store().change('type', setX(2), 'a.x');
    store().undo();
    store().undo();
    expect(store().doc.nodes.a?.params).toEqual({});
    expect(store().doc.nodes.b?.params).toEqual({ y: 'theirs' });
  });

  test('leaves no loose wire where they wired a node that is taken back', () => {
    store().change('add', (doc) => add(doc, 'C'));
    useDocument.setState({ saved: store().doc });
    others((doc) => connect(doc, { from: 'b', output: 'main', to: 'c', input: 'main' }));
    store().undo();
    expect('c' in store().doc.nodes).toBe(false);
    expect(sound(store().doc)).toBe(store().doc);
  });

  test('takes back my node, not theirs, where both came under one id', () => {
    store().change('add', (doc) => add(doc, 'C'));
    others((doc) => editNode(add(doc, 'C'), 'c', { params: { side: 'theirs' } }));
    expect(Object.keys(store().doc.nodes).sort()).toEqual(['a', 'b', 'c', 'c_2']);
    expect([...store().moved]).toEqual([['c', 'c_2']]);
    store().undo();
    expect(Object.keys(store().doc.nodes).sort()).toEqual(['a', 'b', 'c']);
    expect(store().doc.nodes.c?.params).toEqual({ side: 'theirs' });
  });

  test('does not bring back what they deleted', () => {
    store().change('mine', setX(1));
    useDocument.setState({ saved: store().doc });
    others((doc) => remove(doc, ['a']));
    store().undo();
    expect('a' in store().doc.nodes).toBe(false);
  });
});
