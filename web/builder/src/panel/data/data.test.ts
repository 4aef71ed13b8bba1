import { describe, expect, it } from 'vitest';
import { holeAt, points, units } from '../expression/holes';
import { fieldOf } from '../expression/usePreview';
import { secondsOf } from '../form/TextControl';
import { parsed } from './PinDialog';
import { plainItems } from './pinning';
import { brief, expressionAt, lines } from './tree';
import { ancestors } from './upstream';

describe('JSON as lines', () => {
  const value = { a: { b: [1, 2] }, c: null, d: {} };

  it('shows what is open, each with its path', () => {
    const all = lines(value, () => true, [0], null);
    expect(all.map((line) => `${line.depth} ${line.name} ${line.size}`)).toEqual([
      '0 null 3',
      '1 a 1',
      '2 b 2',
      '3 0 null',
      '3 1 null',
      '1 c null',
      '1 d 0',
    ]);
    expect(lines(value, (_, path) => path.length < 2, [0], null)).toHaveLength(4);
  });

  it('names a place as an expression', () => {
    expect(expressionAt(['user', 'first name', 0])).toBe('json.user["first name"][0]');
    expect(expressionAt(['n'], 'node("A").json')).toBe('node("A").json.n');
  });

  it('stays short', () => {
    expect(brief('x'.repeat(500), 10)).toBe('xxxxxxxxxx…');
    expect(brief({ a: 1 })).toBe('{"a":1}');
  });
});

describe('holes', () => {
  it('are found around the caret', () => {
    const text = 'a {{ b }} c {{ d';
    expect(holeAt(text, 1)).toBeNull();
    expect(holeAt(text, 5)).toEqual({ from: 4, to: 7 });
    expect(holeAt(text, 10)).toBeNull();
    expect(holeAt(text, text.length)).toEqual({ from: 14, to: 16 });
  });

  it('count characters as the server does', () => {
    expect(points('😀ab', 3)).toBe(2);
    expect(units('😀ab', 2)).toBe(3);
  });

  it('name their field as the server does', () => {
    expect(fieldOf('params.rules.0.value')).toEqual(['rules', 0, 'value']);
  });
});

describe('what comes before a node', () => {
  it('is found through all wires, also around a loop', () => {
    const wire = (from: string, to: string) => ({ from, output: 'main', to, input: 'main' });
    const wires = { 1: wire('a', 'b'), 2: wire('b', 'c'), 3: wire('c', 'b'), 4: wire('x', 'y') };
    expect(ancestors(wires, 'c')).toEqual(['b', 'a']);
  });
});

describe('a pin that is written by hand', () => {
  it('is a list of objects for each port', () => {
    expect(parsed('[{"a": 1}]', 'main')).toEqual({ main: [{ a: 1 }] });
    expect(parsed('{"a": 1}', 'main')).toEqual({ main: [{ a: 1 }] });
    expect(parsed('{"true": [{}], "false": []}', null)).toEqual({ true: [{}], false: [] });
    expect(typeof parsed('[1]', 'main')).toBe('string');
    expect(typeof parsed('[', 'main')).toBe('string');
  });
});

describe('items that are taken from the API', () => {
  it('lose what stands beside their JSON', () => {
    expect(plainItems([{ json: { a: 1 }, files: {} }, { files: {} }])).toEqual([{ a: 1 }, {}]);
  });
});

describe('a length of time', () => {
  it('is read from seconds and from ISO 8601', () => {
    expect(secondsOf(90)).toBe(90);
    expect(secondsOf('PT5M')).toBe(300);
    expect(secondsOf('P1DT2H')).toBe(93_600);
    expect(secondsOf('soon')).toBeNull();
  });
});
