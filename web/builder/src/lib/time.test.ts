import { afterEach, describe, expect, test } from 'vitest';
import { useLanguage } from './i18n';
import { ago, clock, duration, moment } from './time';

afterEach(() => useLanguage.setState({ language: 'en' }));

describe('lengths of time', () => {
  test.each([
    [0, '<1 ms'],
    [1, '1 ms'],
    [340.4, '340 ms'],
    [999.4, '999 ms'],
    [999.9, '1.0 s'],
    [1_240, '1.2 s'],
    [9_949, '9.9 s'],
    [9_990, '10 s'],
    [59_400, '59 s'],
    [59_900, '1 min 0 s'],
    [119_900, '2 min 0 s'],
    [185_000, '3 min 5 s'],
    [3_599_900, '1 h 0 min'],
    [7_500_000, '2 h 5 min'],
    [100 * 3_600_000, '100 h 0 min'],
  ])('%d ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});

describe('moments', () => {
  const now = Date.parse('2026-03-10T12:00:00Z');

  test.each([
    ['2026-03-10T12:00:00Z', 'now'],
    ['2026-03-10T11:59:30Z', '30 sec. ago'],
    ['2026-03-10T11:55:00Z', '5 min. ago'],
    ['2026-03-10T10:00:30Z', '1 hr. ago'],
    ['2026-03-09T12:00:00Z', 'yesterday'],
    ['2026-02-24T12:00:00Z', '2 wk. ago'],
    ['2024-03-10T12:00:00Z', '2 yr. ago'],
    ['2026-03-10T12:05:00.500Z', 'in 5 min.'],
    ['2026-03-10T13:00:00+01:00', 'now'],
  ])('%s is %s', (time, text) => {
    expect(ago(time, now)).toBe(text);
  });

  test('are told in the reader’s language', () => {
    useLanguage.setState({ language: 'de' });
    expect(ago('2026-03-10T11:55:00Z', now)).toBe('vor 5 Min.');
    expect(ago('2026-03-09T12:00:00Z', now)).toBe('gestern');
    expect(moment('2026-03-10T12:00:00')).toBe('10.03.2026, 12:00:00');
    expect(clock('2026-03-10T15:30:00')).toBe('15:30');
  });

  test('are told in English as well', () => {
    expect(moment('2026-03-10T12:00:00').replace(/\s/g, ' ')).toBe('Mar 10, 2026, 12:00:00 PM');
    expect(clock(new Date(2026, 2, 10, 15, 30).getTime()).replace(/\s/g, ' ')).toBe('3:30 PM');
  });
});
