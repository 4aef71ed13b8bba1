import { describe, expect, test } from 'vitest';
import { byDay, ordered, previous, type Version } from './days';

const version = (number: number, created_at: string): Version => ({
  version: number,
  live: false,
  hash: '',
  name: '',
  note: '',
  created_by: null,
  created_at,
});
const versions = [
  version(4, '2026-05-02T18:00:00'),
  version(3, '2026-05-02T08:00:00'),
  version(2, '2026-05-01T23:59:59'),
  version(1, '2026-04-30T12:00:00'),
];

describe('the history', () => {
  test('has versions under their days, the latest first', () => {
    const days = byDay(versions, 'en');
    expect(days.map(({ versions: list }) => list.map((one) => one.version))).toEqual([[4, 3], [2], [1]]);
    expect(days[0]?.day).toBe('Saturday, May 2, 2026');
    expect(byDay(versions, 'de')[0]?.day).toBe('Samstag, 2. Mai 2026');
    expect(byDay([], 'en')).toEqual([]);
  });

  test('compares with the version before', () => {
    expect(previous('draft', versions)).toBe('4');
    expect(previous('3', versions)).toBe('2');
    expect(previous('1', versions)).toBeNull();
    expect(previous('draft', [])).toBeNull();
  });

  test('tells what changed from the older to the newer', () => {
    expect(ordered('draft', '2')).toEqual({ from: '2', to: 'draft' });
    expect(ordered('2', '10')).toEqual({ from: '2', to: '10' });
    expect(ordered('10', '2')).toEqual({ from: '2', to: '10' });
  });
});
