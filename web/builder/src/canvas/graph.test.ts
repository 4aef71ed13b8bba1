import { describe, expect, it } from 'vitest';
import { connect } from '@/doc/commands';
import { type Doc, EMPTY, type Node, type Point, SETTINGS } from '@/doc/model';
import { reach, stepNumbers, walk } from './graph';
import { insertNode } from './insertion';
import { outline, swappable, swapWithBefore } from './outline';
import { firstInput, firstOutput, type Ports, portsOf } from './ports';
import { replaced } from './replacing';
import { parts } from './tidy';
import { type } from './types.fixture';

function node(id: string, position: Point, more: Partial<Node> = {}): Node {
  return { id, name: id.toUpperCase(), type: 'a.step', version: 1, params: {}, settings: SETTINGS, position, ...more };
}

/** `a>b`, `a.true>c`: wires by ids, from the output named. */
function graph(nodes: Node[], wires: string): Doc {
  let doc: Doc = { ...EMPTY, nodes: Object.fromEntries(nodes.map((one) => [one.id, one])) };
  for (const wire of wires.split(' ').filter(Boolean)) {
    const [start = '', to = ''] = wire.split('>');
    const [from = '', output = 'main'] = start.split('.');
    doc = connect(doc, { from, output, to, input: 'main' });
  }
  return doc;
}

const branched = graph(
  [node('a', [0, 0]), node('b', [336, 0]), node('c', [672, -96]), node('d', [672, 96]), node('e', [1008, 0])],
  'a>b b.true>c b.false>d c>e d>e',
);
const two = (outputs: string[]): Ports => ({
  inputs: [{ name: 'main', kind: 'plain', open: false }],
  outputs: outputs.map((name) => ({ name, kind: 'plain', open: false })),
});
const ports = new Map([['b', two(['true', 'false'])]]);

describe('walking', () => {
  it('follows the wires to the sides and the nearest up and down', () => {
    expect(walk(branched, 'a', 'right')).toBe('b');
    expect(walk(branched, 'e', 'left')).toBe('c');
    expect(walk(branched, 'c', 'down')).toBe('d');
    expect(walk(branched, 'd', 'up')).toBe('c');
    expect(walk(branched, 'a', 'left')).toBeNull();
  });

  it('reaches all before and after, loops too', () => {
    expect([...reach(branched, ['c'], 'into')].sort()).toEqual(['a', 'b', 'c']);
    expect([...reach(branched, ['b'], 'out')].sort()).toEqual(['b', 'c', 'd', 'e']);
    const loop = graph([node('a', [0, 0]), node('b', [1, 0])], 'a>b b>a');
    expect(reach(loop, ['a'], 'out').size).toBe(2);
  });

  it('numbers steps so that nobody comes before those that lead to it', () => {
    const steps = stepNumbers(branched);
    expect([...steps].map(([id, step]) => `${id}${step}`)).toEqual(['a1', 'b2', 'c3', 'd4', 'e5']);
    const loop = graph([node('t', [0, 0]), node('a', [1, 0]), node('b', [2, 0])], 't>a a>b b>a');
    expect([...stepNumbers(loop).keys()].sort()).toEqual(['a', 'b', 't']);
  });

  it('tells apart what is not connected', () => {
    const doc = graph([node('x', [0, 500]), node('a', [0, 0]), node('b', [9, 0])], 'a>b');
    expect(parts(doc, new Set(['x', 'a', 'b']))).toEqual([['a', 'b'], ['x']]);
  });
});

describe('the list of steps', () => {
  it('holds every node once, branches one level in', () => {
    const rows = outline(branched, ports).map(({ id, level, via, also }) => [id, level, via, also.join()]);
    expect(rows).toEqual([
      ['a', 1, null, ''],
      ['b', 1, null, ''],
      ['c', 2, 'true', ''],
      ['e', 2, null, 'D'],
      ['d', 2, 'false', ''],
    ]);
  });

  it('holds loops that nothing leads into', () => {
    const loop = graph([node('a', [0, 0]), node('b', [1, 0])], 'a>b b>a');
    expect(outline(loop, new Map()).map((row) => row.id)).toEqual(['a', 'b']);
  });

  it('lets two neighbours in a line change places', () => {
    const line = graph([node('t', [0, 0]), node('a', [1, 0]), node('b', [2, 0]), node('c', [3, 0])], 't>a a>b b>c');
    const swapped = swapWithBefore(line, 'b');
    expect(outline(swapped, new Map()).map((row) => row.id)).toEqual(['t', 'b', 'a', 'c']);
    expect(swapped.nodes.b?.position).toEqual([1, 0]);
    expect(swapWithBefore(swapped, 'a')).toEqual(line);
    expect(swappable(line, 'a')).toBeNull();
    expect(swappable(branched, 'e')).toBeNull();
  });
});

describe('ports', () => {
  it('come from the type, the error setting and wires to ports that do not exist', () => {
    const failing = node('b', [0, 0], { settings: { ...SETTINGS, on_error: 'output' } });
    const wires = [
      { from: 'b', output: 'true', to: 'c', input: 'main' },
      { from: 'b', output: 'gone', to: 'c', input: 'main' },
    ];
    const own = portsOf(failing, type({ outputs: ['true', 'false'] }), undefined, [], wires);
    expect(own.outputs).toEqual([
      { name: 'true', kind: 'plain', open: false },
      { name: 'false', kind: 'plain', open: true },
      { name: 'error', kind: 'error', open: true },
      { name: 'gone', kind: 'unknown', open: false },
    ]);
    expect(firstOutput(own)).toBe('false');
    expect(firstInput(own)).toBe('main');
  });

  it('of an unknown type are those that its wires name', () => {
    const own = portsOf(
      node('x', [0, 0]),
      undefined,
      undefined,
      [{ from: 'a', output: 'main', to: 'x', input: 'in' }],
      [],
    );
    expect(own).toEqual({ inputs: [{ name: 'in', kind: 'plain', open: false }], outputs: [] });
  });

  it('of a type that makes them from parameters are what the server said', () => {
    const own = portsOf(node('x', [0, 0]), type({ outputs: ['fallback'] }), ['paid', 'open'], [], []);
    expect(own.outputs.map((port) => port.name)).toEqual(['paid', 'open']);
  });
});

describe('adding', () => {
  const centre = [0, 0] as const;

  it('puts what follows a node beside it, wired, and below what is there already', () => {
    const doc = graph([node('a', [0, 0])], '');
    const once = insertNode(doc, { type: type({}), context: { from: { node: 'a', output: 'main' } }, ports, centre });
    expect(once.node.position).toEqual([336, 0]);
    expect(Object.keys(once.doc.connections)).toEqual([`a.main.${once.node.id}.main`]);
    const again = insertNode(once.doc, {
      type: type({}),
      context: { from: { node: 'a', output: 'main' } },
      ports,
      centre,
    });
    expect(again.node.position[0]).toBe(336);
    expect(again.node.position[1]).toBeGreaterThanOrEqual(64);
    expect(again.node.name).toBe('Step 2');
  });

  it('makes room in a wire, and joins both ends', () => {
    const doc = graph([node('a', [0, 0]), node('b', [336, 0]), node('c', [672, 0])], 'a>b b>c');
    const { doc: after, node: made } = insertNode(doc, {
      type: type({}),
      context: { edge: 'a.main.b.main' },
      ports,
      centre,
    });
    expect(made.position).toEqual([336, 0]);
    expect([after.nodes.b?.position[0], after.nodes.c?.position[0]]).toEqual([672, 1008]);
    expect(Object.keys(after.connections).sort()).toEqual(
      [`a.main.${made.id}.main`, 'b.main.c.main', `${made.id}.main.b.main`].sort(),
    );
  });

  it('writes no parameters', () => {
    expect(insertNode(EMPTY, { type: type({}), context: {}, ports, centre }).node.params).toEqual({});
  });
});

describe('replacing the type of a node', () => {
  const start = type({ key: 'a.if', title: 'If', outputs: ['true', 'false'] });
  const other = type({ key: 'a.other', version: 3, title: 'Other', params: { properties: { url: {} } } });
  const doc: Doc = {
    ...graph([node('a', [0, 0]), node('b', [336, 0], { type: 'a.if', name: 'If 2', params: { url: 'u', x: 1 } })], ''),
    pins: { b: { true: [{}] } },
  };
  const wired = (more: string) => graph(Object.values(branched.nodes), more);

  it('keeps what both types know, and gives up the pin', () => {
    const next = replaced(doc, 'b', other, start);
    expect(next.nodes.b).toMatchObject({ type: 'a.other', version: 3, params: { url: 'u' }, position: [336, 0] });
    expect(next.pins).toEqual({});
  });

  it('renames a node that was called like its type, and no other', () => {
    expect(replaced(doc, 'b', other, start).nodes.b?.name).toBe('Other');
    expect(replaced(doc, 'a', other, start).nodes.a?.name).toBe('A');
    expect(replaced(doc, 'b', other, undefined).nodes.b?.name).toBe('If 2');
  });

  it('keeps wires, at the first port where the type has not the same', () => {
    const next = replaced(wired('a>b b.true>c b.false>d'), 'b', other, undefined);
    expect(Object.keys(next.connections)).toEqual(['a.main.b.main', 'b.main.c.main', 'b.main.d.main']);
    const same = replaced(wired('a>b b.true>c b.false>d'), 'b', start, undefined);
    expect(Object.keys(same.connections)).toEqual(['a.main.b.main', 'b.true.c.main', 'b.false.d.main']);
  });
});
