import { describe, expect, test } from 'vitest';
import type { Schemas } from '@/lib/api';
import { byDay, ordered, points, previous, titleOf } from './points';

const version = (number: number, created_at: string): Schemas['Version'] => ({
  version: number,
  live: false,
  hash: '',
  name: '',
  note: '',
  created_by: null,
  created_at,
});
const checkpoint = (id: string, created_at: string): Schemas['Checkpoint'] => ({
  id,
  revision: 1,
  created_by: null,
  created_at,
});
const versions = [
  version(10, '2026-05-02T18:00:00'),
  version(9, '2026-05-02T08:00:00'),
  version(2, '2026-05-01T23:59:59'),
  version(1, '2026-04-30T12:00:00'),
];
const list = points(versions, [checkpoint('late', '2026-05-02T19:00:00'), checkpoint('early', '2026-05-02T07:00:00')]);

describe('the history', () => {
  test('has versions and checkpoints under their days, the latest first', () => {
    const days = byDay(list, 'en');
    expect(days.map((day) => day.points.map((one) => one.key))).toEqual([['late', '10', '9', 'early'], ['2'], ['1']]);
    expect(days[0]?.day).toBe('Saturday, May 2, 2026');
    expect(byDay(list, 'de')[0]?.day).toBe('Samstag, 2. Mai 2026');
    expect(byDay([], 'en')).toEqual([]);
  });

  test('compares versions with versions, and checkpoints with what was before', () => {
    expect(previous('draft', list)).toBe('10');
    expect(previous('9', list)).toBe('2');
    expect(previous('1', list)).toBeNull();
    expect(previous('late', list)).toBe('10');
    expect(previous('early', list)).toBe('2');
    expect(previous('draft', [])).toBeNull();
    expect(previous('draft', points([], [checkpoint('only', '2026-05-02T19:00:00')]))).toBe('only');
  });

  test('tells what changed from the older to the newer', () => {
    expect(ordered('draft', '2', list)).toEqual({ from: '2', to: 'draft' });
    expect(ordered('2', '10', list)).toEqual({ from: '2', to: '10' });
    expect(ordered('10', '2', list)).toEqual({ from: '2', to: '10' });
    expect(ordered('late', '10', list)).toEqual({ from: '10', to: 'late' });
  });

  test('names its points', () => {
    expect(titleOf('9', list)).toBe('Version 9');
    expect(titleOf('late', list)).toMatch(/^Checkpoint of .*7:00/);
    expect(titleOf('draft', list)).toBe('Draft');
  });
});
