import { describe, expect, test } from 'vitest';
import { addNode, connect, editNode, move, pin, remove, setParam } from './commands';
import { equal } from './merge';
import { type Doc, EMPTY } from './model';
import { renameNode } from './rename';
import { keyOfConflict, sound, together } from './together';

function add(doc: Doc, name: string, params = {}): Doc {
  return addNode(doc, { type: 'data.set', name, params, position: [0, 0] }).doc;
}
const wire = (from: string, to: string) => ({ from, output: 'main', to, input: 'main' });
const base = connect(add(add(EMPTY, 'A', { x: 1, y: 1 }), 'B'), wire('a', 'b'));
const names = (doc: Doc) => Object.values(doc.nodes).map((node) => node.name);

describe('two people at one document', () => {
  test('keep both where they changed different things', () => {
    const mine = setParam(base, 'a', ['x'], 2);
    const theirs = add(setParam(base, 'a', ['y'], 3), 'C');
    const { doc, conflicts } = together(base, mine, theirs);
    expect(conflicts).toEqual([]);
    expect(doc.nodes.a?.params).toEqual({ x: 2, y: 3 });
    expect(names(doc).sort()).toEqual(['A', 'B', 'C']);
    expect(doc.nodes.b).toBe(base.nodes.b);
  });

  test('keep both nodes that they added under one id and name', () => {
    const mine = connect(add(base, 'C', { side: 'mine' }), wire('b', 'c'));
    const theirs = add(base, 'C', { side: 'theirs' });
    const { doc, conflicts, moved } = together(base, pin(mine, 'c', { main: [1] }), theirs);
    expect(conflicts).toEqual([]);
    expect([...moved]).toEqual([['c', 'c_2']]);
    expect(doc.nodes.c?.params).toEqual({ side: 'theirs' });
    expect(doc.nodes.c_2).toMatchObject({ id: 'c_2', name: 'C 2', params: { side: 'mine' } });
    expect(Object.keys(doc.connections)).toEqual(['a.main.b.main', 'b.main.c_2.main']);
    expect(doc.pins).toEqual({ c_2: { main: [1] } });
  });

  test('have names that differ, and expressions of mine follow mine', () => {
    const mine = renameNode(add(base, 'C', { v: { $: 'node("A").json' } }), 'a', 'Same');
    const theirs = renameNode(base, 'b', 'Same');
    const { doc } = together(base, mine, theirs);
    expect(names(doc).sort()).toEqual(['C', 'Same', 'Same 2']);
    expect(doc.nodes.b?.name).toBe('Same');
    expect(doc.nodes.c?.params).toEqual({ v: { $: 'node("Same 2").json' } });
  });

  test('decide where both changed one value; whichever is picked, the rest stays', () => {
    const mine = setParam(setParam(base, 'a', ['x'], 'mine'), 'b', ['z'], 1);
    const theirs = setParam(setParam(base, 'a', ['x'], 'theirs'), 'a', ['y'], 2);
    const { doc, conflicts } = together(base, mine, theirs);
    expect(conflicts).toEqual([{ path: ['nodes', 'a', 'params', 'x'], base: 1, mine: 'mine', theirs: 'theirs' }]);
    expect(doc.nodes.a?.params).toEqual({ x: 'mine', y: 2 });
    const picked = together(base, mine, theirs, new Set(conflicts.map(keyOfConflict))).doc;
    expect(picked.nodes.a?.params).toEqual({ x: 'theirs', y: 2 });
    expect(picked.nodes.b?.params).toEqual({ z: 1 });
  });

  test.each([
    ['I delete', remove(base, ['a']), setParam(base, 'a', ['x'], 2), false],
    ['they delete', setParam(base, 'a', ['x'], 2), remove(base, ['a']), true],
  ])('do not lose an edit to a deletion: %s', (_, mine, theirs, there) => {
    const first = together(base, mine, theirs);
    expect(first.conflicts.map(({ path }) => path)).toEqual([['nodes', 'a']]);
    expect('a' in first.doc.nodes).toBe(there);
    const other = together(base, mine, theirs, new Set(first.conflicts.map(keyOfConflict))).doc;
    expect('a' in other.nodes).toBe(!there);
    for (const doc of [first.doc, other]) {
      expect('a.main.b.main' in doc.connections).toBe('a' in doc.nodes);
      if ('a' in doc.nodes) expect(doc.nodes.a?.params.x).toBe(2);
    }
  });

  test('drag the same card without being asked', () => {
    const { doc, conflicts } = together(base, move(base, { a: [8, 8] }), move(base, { a: [16, 16] }));
    expect(conflicts).toEqual([]);
    expect(doc.nodes.a?.position).toEqual([8, 8]);
  });

  test('leave no wire that ends at nothing', () => {
    const mine = connect(add(base, 'C'), wire('b', 'c'));
    const theirs = remove(base, ['b'], false);
    const { doc } = together(base, mine, theirs);
    expect(doc.connections).toEqual({});
    expect(names(doc).sort()).toEqual(['A', 'C']);
  });
});

// Every pair of these changes, from both sides: what comes out can be saved, and nobody's node is gone unasked.
const CHANGES: Record<string, (doc: Doc) => Doc> = {
  nothing: (doc) => doc,
  'a parameter': (doc) => setParam(doc, 'a', ['x'], 5),
  'a name': (doc) => renameNode(doc, 'a', 'Z'),
  'a clashing name': (doc) => renameNode(doc, 'b', 'Z'),
  'a new node': (doc) => add(doc, 'Z'),
  'a deletion': (doc) => remove(doc, ['a']),
  'a wire': (doc) => connect(add(doc, 'Y'), wire('a', 'y')),
  'a pin': (doc) => pin(doc, 'a', { main: [{}] }),
  'a disabled node': (doc) => editNode(doc, 'b', { version: 2 }),
};

describe('any two changes', () => {
  const pairs = Object.keys(CHANGES).flatMap((mine) => Object.keys(CHANGES).map((theirs) => [mine, theirs] as const));
  test.each(pairs)('%s and %s', (first, second) => {
    const mine = CHANGES[first]?.(base) ?? base;
    const theirs = CHANGES[second]?.(base) ?? base;
    const { doc, conflicts } = together(base, mine, theirs);
    expect(sound(doc)).toBe(doc);
    expect(new Set(names(doc)).size).toBe(names(doc).length);
    const asked = new Set(conflicts.map(({ path }) => path[1]));
    for (const side of [mine, theirs])
      for (const id of Object.keys(side.nodes))
        if (!(id in base.nodes)) expect(names(doc).length).toBeGreaterThanOrEqual(names(side).length - 1);
        else if (!(id in doc.nodes)) expect(asked.has(id) || !(id in mine.nodes) || !(id in theirs.nodes)).toBe(true);
    // Meeting again what has been taken in changes nothing.
    expect(equal(together(theirs, doc, theirs).doc, doc)).toBe(true);
  });
});
