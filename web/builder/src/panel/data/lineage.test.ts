import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hops, kin, type Lineage, numbered, type Shelf, shelfOf, trace, useTrace } from './lineage';
import type { Page } from './server';

const PAGE: Page = {
  source: 'execution',
  execution: 'e',
  path: [],
  runs: [[]],
  ports: [{ name: 'main', total: 2 }],
  port: 'main',
  total: 2,
  matches: 2,
  offset: 0,
  items: [],
  next_offset: null,
};
const shelf = (node: string, side: Shelf['side'], more: Partial<Shelf> = {}): Shelf => ({
  execution: 'e',
  node,
  side,
  path: '',
  port: 'main',
  ...more,
});
const ancestor = (node: string, item: number, distance: number, more: Partial<Lineage['ancestors'][number]> = {}) => ({
  node,
  name: node.toUpperCase(),
  path: [],
  port: 'main',
  item,
  distance,
  child: null,
  ...more,
});
const LINEAGE: Lineage = {
  ancestors: [ancestor('get', 2, 1), ancestor('get', 0, 1), ancestor('start', 0, 2)],
  across: [
    { port: 'main', item: 4 },
    { port: 'main', item: 1 },
    { port: 'other', item: 9 },
  ],
  whole: true,
};

describe('a shelf', () => {
  it('is where items were recorded', () => {
    expect(shelfOf('n', 'output', { ...PAGE, path: [0, 2] })).toEqual(shelf('n', 'output', { path: '0.2' }));
  });

  it('is none for what is pinned, or not there', () => {
    expect(shelfOf('n', 'output', { ...PAGE, source: 'pin' })).toBeNull();
    expect(shelfOf('n', 'output', { ...PAGE, source: 'none', execution: null })).toBeNull();
    expect(shelfOf('n', 'output', { ...PAGE, port: null })).toBeNull();
    expect(shelfOf('n', 'output', undefined)).toBeNull();
  });
});

describe('kin', () => {
  const at = { ...shelf('n', 'output'), item: 0 };

  it('are across the same step, at the port that is shown', () => {
    expect(kin(at, LINEAGE, shelf('n', 'input'))).toEqual([1, 4]);
    expect(kin(at, LINEAGE, shelf('n', 'input', { port: 'other' }))).toEqual([9]);
  });

  it('are what earlier steps gave', () => {
    expect(kin(at, LINEAGE, shelf('get', 'output'))).toEqual([0, 2]);
    expect(kin(at, LINEAGE, shelf('get', 'output', { port: 'rest' }))).toEqual([]);
  });

  it('are neither beside the item, nor in another execution or iteration', () => {
    expect(kin(at, LINEAGE, shelf('n', 'output'))).toEqual([]);
    expect(kin(at, LINEAGE, shelf('n', 'input', { execution: 'older' }))).toEqual([]);
    expect(kin(at, LINEAGE, shelf('n', 'input', { path: '1' }))).toEqual([]);
    expect(kin(at, LINEAGE, shelf('get', 'output', { path: '1' }))).toEqual([]);
  });
});

describe('the way back', () => {
  it('takes the items of a step together', () => {
    expect(hops(LINEAGE, '').map(({ distance, name, items }) => [distance, name, items])).toEqual([
      [1, 'GET', [2, 0]],
      [2, 'START', [0]],
    ]);
  });

  it('keeps ports and iterations apart, and names other iterations', () => {
    const ancestors = [
      ancestor('a', 0, 1, { path: [1] }),
      ancestor('a', 0, 1, { path: [2] }),
      ancestor('a', 0, 1, { port: 'false', path: [1] }),
    ];
    expect(hops({ ...LINEAGE, ancestors }, '1').map(({ port, iteration }) => [port, iteration])).toEqual([
      ['main', ''],
      ['main', '3'],
      ['false', ''],
    ]);
  });

  it('counts items as people do', () => {
    expect(numbered([2])).toBe('3');
    expect(numbered([5, 0])).toBe('1, 6');
    expect(numbered([2, 4, 3, 3])).toBe('3–5');
    expect(numbered([0, 2, 4, 6])).toBeNull();
    expect(numbered([])).toBeNull();
  });
});

describe('looking at items', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => {
    trace(null);
    vi.useRealTimers();
  });

  it('waits until one is rested on, and ends at once', () => {
    const first = { ...shelf('n', 'output'), item: 0 };
    trace(first);
    vi.advanceTimersByTime(50);
    trace({ ...first, item: 1 });
    expect(useTrace.getState().at).toBeNull();
    vi.runAllTimers();
    expect(useTrace.getState().at?.item).toBe(1);
    trace(first);
    trace(null);
    vi.runAllTimers();
    expect(useTrace.getState().at).toBeNull();
  });
});
