import { describe, expect, it } from 'vitest';
import { comparisons } from './queries';
import { meant, shown } from './values';

describe('cells', () => {
  it.each([
    ['text', ' a ', ' a '],
    ['text', '  ', null],
    ['number', ' 4.5 ', '4.5'],
    ['time', '2026-05-01', '2026-05-01'],
    ['json', '{"a":[1]}', { a: [1] }],
    ['json', '', null],
  ] as const)('%s %s', (kind, text, value) => {
    expect(meant(text, kind)).toEqual(value);
  });
  it('refuses what is no JSON', () => {
    expect(() => meant('{a', 'json')).toThrow();
  });
  it('shows nothing for null', () => {
    expect(shown(null, 'text')).toBe('');
    expect(shown(false, 'boolean')).toBe('false');
    expect(shown({ a: 1 }, 'json')).toBe('{"a":1}');
  });
});

describe('filters', () => {
  const columns = [
    { id: 'c1', name: 'age', kind: 'number' },
    { id: 'c2', name: 'email', kind: 'text' },
  ] as const;
  const view = { order: '', descending: false, limit: 100 };
  it('looks into texts and compares the rest', () => {
    expect(comparisons({ ...view, column: '', text: 'ada' }, columns)).toEqual([
      { column: 'email', op: 'contains', value: 'ada' },
    ]);
    expect(comparisons({ ...view, column: 'age', text: ' 4 ' }, columns)).toEqual([
      { column: 'age', op: 'eq', value: '4' },
    ]);
    expect(comparisons({ ...view, column: 'age', text: ' ' }, columns)).toEqual([]);
  });
});
