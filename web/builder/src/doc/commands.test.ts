import { describe, expect, test } from 'vitest';
import { addNode, connect, disconnect, editSettings, move, pin, remove, setParam, splice } from './commands';
import { type Doc, EMPTY, fromWire, toWire } from './model';

const add = (doc: Doc, name: string) => addNode(doc, { type: 'data.set', name, position: [0, 0] }).doc;
const wire = (from: string, to: string) => ({ from, output: 'main', to, input: 'main' });
const line = ['a', 'b', 'c'].reduce(add, EMPTY);
const wired = connect(connect(line, wire('a', 'b')), wire('b', 'c'));

describe('commands', () => {
  test('find free ids and names, whatever the name', () => {
    const doc = ['HTTP Request', 'HTTP Request', 'Ünïcödé!', '***', 'constructor'].reduce(add, EMPTY);
    expect(Object.values(doc.nodes).map(({ id, name }) => [id, name])).toEqual([
      ['http_request', 'HTTP Request'],
      ['http_request_2', 'HTTP Request 2'],
      ['u_ni_co_de', 'Ünïcödé!'],
      ['node', '***'],
      ['constructor', 'constructor'],
    ]);
  });

  test('give the same document where they change nothing', () => {
    expect(connect(wired, wire('a', 'b'))).toBe(wired);
    expect(connect(wired, wire('a', 'toString'))).toBe(wired);
    expect(disconnect(wired, ['x'])).toBe(wired);
    expect(remove(wired, ['x'])).toBe(wired);
    expect(splice(wired, 'x', 'a')).toBe(wired);
    expect(setParam(wired, 'x', ['y'], 1)).toBe(wired);
    expect(editSettings(wired, ['x'], { once: true })).toBe(wired);
    expect(pin(wired, 'a', null)).toBe(wired);
  });

  test('join the neighbours of what is taken out of a line, unless told not to', () => {
    expect(Object.keys(remove(wired, ['b']).connections)).toEqual(['a.main.c.main']);
    expect(remove(wired, ['b'], false).connections).toEqual({});
    expect(remove(wired, ['b', 'c']).connections).toEqual({});
  });

  test('take pins along when a node goes', () => {
    const pinned = pin(wired, 'b', { main: [{ x: 1 }] });
    expect(remove(pinned, ['b']).pins).toEqual({});
  });

  test('put a node into a wire', () => {
    const doc = splice(add(wired, 'd'), 'a.main.b.main', 'd');
    expect(Object.keys(doc.connections).sort()).toEqual(['a.main.d.main', 'b.main.c.main', 'd.main.b.main']);
  });

  test('set parameters inside of objects and lists', () => {
    const made = setParam(line, 'a', ['fields', 0, 'name'], 'x');
    expect(made.nodes.a?.params).toEqual({ fields: [{ name: 'x' }] });
    expect(setParam(made, 'a', ['fields', 0], undefined).nodes.a?.params).toEqual({ fields: [] });
    expect(setParam(made, 'a', ['fields'], undefined).nodes.a?.params).toEqual({});
    expect(made.nodes.b).toBe(line.nodes.b);
  });

  test('move nodes, and leave the others the objects that they were', () => {
    const moved = move(wired, { a: [8, 16] });
    expect(moved.nodes.a?.position).toEqual([8, 16]);
    expect(moved.nodes.b).toBe(wired.nodes.b);
  });

  test('survive the way to the API and back', () => {
    expect(fromWire(toWire(wired))).toEqual(wired);
  });
});
