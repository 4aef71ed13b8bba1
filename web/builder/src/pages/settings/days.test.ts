import { describe, expect, it } from 'vitest';
import { endOfDay, today } from './days';

describe('days', () => {
  it('end on the day that was chosen, where the reader is', () => {
    const end = new Date(endOfDay('2026-03-09'));
    expect([end.getFullYear(), end.getMonth(), end.getDate(), end.getHours()]).toEqual([2026, 2, 9, 23]);
  });

  it('are written as date fields take them', () => {
    expect(today(new Date(2026, 2, 9, 0, 30))).toBe('2026-03-09');
  });
});
