import { describe, expect, test } from 'vitest';
import {
  addNode,
  connect,
  disconnect,
  editDoc,
  editNode,
  editNote,
  editSettings,
  move,
  pin,
  remove,
  setParam,
  splice,
} from './commands';
import { type Doc, EMPTY, fromWire, type Note, toWire } from './model';

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
      ['unicode', 'Ünïcödé!'],
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
    expect(splice(wired, 'a.main.b.main', 'gone')).toBe(wired);
    expect(setParam(wired, 'a', ['no', 'such', 0], undefined)).toBe(wired);
    expect(move(wired, { a: [0, 0], x: [1, 1] })).toBe(wired);
    expect(editNode(wired, 'a', { name: 'a' })).toBe(wired);
    expect(editDoc(wired, { name: wired.name })).toBe(wired);
    const note: Note = { id: 'n', text: 'Hi', color: 'mint', position: [0, 0], size: [1, 1] };
    const noted = editNote(wired, note);
    expect(editNote(noted, { ...note })).toBe(noted);
  });

  test('number long names within the length that the server takes, and leave every sign whole', () => {
    const long = '😀'.repeat(200);
    const doc = [long, long, `${long}😀`].reduce(add, EMPTY);
    const names = Object.values(doc.nodes).map((node) => node.name);
    expect(new Set(names).size).toBe(3);
    expect(names.map((name) => [...name].length)).toEqual([200, 200, 200]);
    expect(names[1]).toBe(`${'😀'.repeat(198)} 2`);
    expect(Object.keys(doc.nodes)).toEqual(['node', 'node_2', 'node_3']);
  });

  test('name what is written from right to left as well', () => {
    const doc = ['طلب', 'طلب'].reduce(add, EMPTY);
    expect(Object.values(doc.nodes).map(({ id, name }) => [id, name])).toEqual([
      ['node', 'طلب'],
      ['node_2', 'طلب 2'],
    ]);
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
    // No holes in lists: JSON would make null of them.
    expect(setParam(made, 'a', ['fields', 7, 'name'], 'y').nodes.a?.params).toEqual({
      fields: [{ name: 'x' }, { name: 'y' }],
    });
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
