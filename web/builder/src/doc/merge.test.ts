import { describe, expect, test } from 'vitest';
import { type Conflict, equal, merge } from './merge';

type Tree = number | string | null | Tree[] | { [key: string]: Tree };

/** Mulberry32: the same trees in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const KEYS = ['a', 'b', 'c', 'nodes', 'constructor', 'toString', ''];

class Maker {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = random(seed);
  }

  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  object(depth = 3, prefix = ''): { [key: string]: Tree } {
    const keys = KEYS.filter(() => this.#next() < 0.5);
    return Object.fromEntries(keys.map((key) => [prefix + key, this.value(depth - 1)]));
  }

  value(depth: number): Tree {
    const kind = this.below(depth > 0 ? 5 : 3);
    if (kind === 0) return this.below(5);
    if (kind === 1) return `t${this.below(3)}`;
    if (kind === 2) return null;
    if (kind === 3) return Array.from({ length: this.below(3) }, () => this.value(depth - 1));
    return this.object(depth);
  }

  /** Some keys deleted, some changed, some new. */
  edited(tree: { [key: string]: Tree }): { [key: string]: Tree } {
    const kept = Object.entries(tree).filter(() => this.#next() < 0.8);
    const changed = kept.map(([key, value]): [string, Tree] => {
      if (this.#next() < 0.5) return [key, value];
      const inner = typeof value === 'object' && value !== null && !Array.isArray(value);
      return [key, inner ? this.edited(value) : this.value(1)];
    });
    return { ...Object.fromEntries(changed), ...(this.#next() < 0.5 ? this.object(1) : {}) };
  }
}

const cases = Array.from({ length: 200 }, (_, seed) => {
  const maker = new Maker(seed);
  const base = maker.object();
  return { seed, base, mine: maker.edited(base), theirs: maker.edited(base), maker };
});

describe('any two sides of a document', () => {
  test('where one side changed nothing, the other is the result', () => {
    for (const { base, mine } of cases) {
      const conflicts: Conflict[] = [];
      expect(merge(base, mine, base, conflicts)).toEqual(mine);
      expect(merge(base, base, mine, conflicts)).toEqual(mine);
      expect(merge(base, mine, structuredClone(mine), conflicts)).toEqual(mine);
      expect(conflicts).toEqual([]);
    }
  });

  test('are the same document, whichever side is mine, where they have no conflict', () => {
    const free = cases.filter(({ base, mine, theirs }) => {
      const conflicts: Conflict[] = [];
      const one = merge(base, mine, theirs, conflicts);
      if (conflicts.length === 0) expect(equal(one, merge(base, theirs, mine))).toBe(true);
      return conflicts.length === 0;
    });
    expect(free.length).toBeGreaterThan(10);
    expect(free.length).toBeLessThan(cases.length);
  });

  test('have the same conflicts from both sides, with the paths at which they differ', () => {
    for (const { base, mine, theirs } of cases) {
      const [ours, others]: [Conflict[], Conflict[]] = [[], []];
      const result = merge(base, mine, theirs, ours);
      merge(base, theirs, mine, others);
      const paths = (list: Conflict[]) => list.map(({ path }) => path.join('/')).sort();
      expect(paths(ours)).toEqual(paths(others));
      for (const { path, base: was, mine: left, theirs: right } of ours) {
        expect(at(base, path)).toEqual(was);
        expect(at(mine, path)).toEqual(left);
        expect(at(theirs, path)).toEqual(right);
        expect(at(result, path)).toEqual(left);
        expect(equal(left, right)).toBe(false);
      }
    }
  });

  test('changes at different keys all stay', () => {
    for (const { base, maker } of cases) {
      const [left, right] = [maker.object(2, 'left.'), maker.object(2, 'right.')];
      expect(merge(base, { ...base, ...left }, { ...base, ...right })).toEqual({ ...base, ...left, ...right });
    }
  });

  test('are not touched', () => {
    for (const { base, mine, theirs } of cases) {
      const before = structuredClone([base, mine, theirs]);
      merge(base, mine, theirs);
      expect([base, mine, theirs]).toEqual(before);
    }
  });
});

function at(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (part, key) =>
      typeof part === 'object' && part !== null && Object.hasOwn(part, key) ? Reflect.get(part, key) : undefined,
    tree,
  );
}

describe('merging', () => {
  test('takes deletions of either side', () => {
    const base = { a: 1, b: 2, c: 3 };
    expect(merge<object>(base, { b: 2, c: 3 }, { a: 1, b: 2 })).toEqual({ b: 2 });
  });

  test('asks where one side deleted what the other changed', () => {
    const conflicts: Conflict[] = [];
    const base = { nodes: { a: { x: 1 }, b: { x: 1 } } };
    const result = merge<object>(base, { nodes: { b: { x: 2 } } }, { nodes: { a: { x: 3 } } }, conflicts);
    expect(conflicts).toEqual([
      { path: ['nodes', 'b'], base: { x: 1 }, mine: { x: 2 }, theirs: undefined },
      { path: ['nodes', 'a'], base: { x: 1 }, mine: undefined, theirs: { x: 3 } },
    ]);
    expect(result).toEqual({ nodes: { b: { x: 2 } } });
  });

  test('takes lists and null as one value each', () => {
    const conflicts: Conflict[] = [];
    expect(merge<object>({ l: [1, 2], n: 1 }, { l: [1, 2, 3], n: null }, { l: [0, 1, 2], n: 1 }, conflicts)).toEqual({
      l: [1, 2, 3],
      n: null,
    });
    expect(conflicts.map(({ path }) => path)).toEqual([['l']]);
  });

  test('keeps the objects of parts that nobody changed, so that they are not drawn again', () => {
    const base = { a: { deep: [1] }, b: { x: 1 }, c: { x: 1 } };
    const merged = merge(base, { ...base, b: { x: 2 } }, { ...base, c: { x: 3 } });
    expect(merged.a).toBe(base.a);
  });

  test('deletes a node that is called like something every object has', () => {
    const base = { constructor: { x: 1 }, a: 1 };
    expect(Object.keys(merge<object>(base, { a: 1 }, { ...base, a: 2 }))).toEqual(['a']);
  });
});
