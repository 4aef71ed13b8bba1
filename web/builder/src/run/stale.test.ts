import { describe, expect, it } from 'vitest';
import { addNode, connect, disconnect, editNode, editSettings, move, pin, setParam } from '@/doc/commands';
import { type Doc, EMPTY } from '@/doc/model';
import { staleNodes } from './stale';

/** a → b → c, and d alone. */
function line(): Doc {
  let doc = EMPTY;
  for (const name of ['a', 'b', 'c', 'd']) doc = addNode(doc, { type: 't', name, position: [0, 0] }).doc;
  doc = connect(doc, { from: 'a', output: 'main', to: 'b', input: 'main' });
  return connect(doc, { from: 'b', output: 'main', to: 'c', input: 'main' });
}

describe('staleNodes', () => {
  const ran = line();
  const afterwards = (now: Doc) => [...staleNodes(ran, now)].sort();

  it('is a changed node and all that it leads to', () => {
    expect(afterwards(setParam(ran, 'b', ['url'], 'x'))).toEqual(['b', 'c']);
    expect(afterwards(editSettings(ran, ['a'], { disabled: true }))).toEqual(['a', 'b', 'c']);
    expect(afterwards(pin(ran, 'c', { main: [{ n: 1 }] }))).toEqual(['c']);
  });

  it('is what wires lead to that came or went', () => {
    expect(afterwards(disconnect(ran, ['b.main.c.main']))).toEqual(['c']);
    expect(afterwards(connect(ran, { from: 'd', output: 'main', to: 'b', input: 'main' }))).toEqual(['b', 'c']);
  });

  it('is no node that was only moved, renamed or remarked upon', () => {
    expect(afterwards(move(ran, { a: [9, 9] }))).toEqual([]);
    expect(afterwards(editNode(ran, 'a', { name: 'other' }))).toEqual([]);
    expect(afterwards(editSettings(ran, ['a'], { notes: 'why' }))).toEqual([]);
  });

  it('is nothing once the change is taken back', () => {
    const changed = setParam(ran, 'b', ['url'], 'x');
    expect(afterwards(setParam(changed, 'b', ['url'], undefined))).toEqual([]);
  });

  it('ends in a loop', () => {
    const loop = connect(ran, { from: 'c', output: 'main', to: 'a', input: 'main' });
    expect([...staleNodes(loop, setParam(loop, 'c', ['x'], 1))].sort()).toEqual(['a', 'b', 'c']);
  });
});
