import { afterEach, describe, expect, test } from 'vitest';
import german from '../locales/de/doc.json';
import english from '../locales/en/doc.json';
import { number, t, useLanguage } from './i18n';

afterEach(() => useLanguage.getState().choose('en'));

describe('texts', () => {
  test('are found by area and name, with their holes filled', () => {
    expect(t('doc.saved', { time: '12:30' })).toBe(english.saved.replace('{time}', '12:30'));
  });

  test('take what fills a hole as it is', () => {
    expect(t('doc.saved', { time: '$& {time} $1' })).toBe(english.saved.replace('{time}', () => '$& {time} $1'));
  });

  test('show a hole that nothing fills, rather than "undefined"', () => {
    expect(t('doc.saved')).toBe(english.saved);
    expect(t('doc.saved', { toString: 'x' })).toBe(english.saved);
  });

  test('choose the plural by the count, and write numbers as people do', () => {
    expect(t('doc.conflict_title', { count: 1 })).toBe(english.conflict_title.one);
    expect(t('doc.conflict_title', { count: 0 })).toContain('0');
    expect(t('doc.conflict_title', { count: 1234 })).toBe(english.conflict_title.other.replace('{count}', '1,234'));
  });

  test.each(['doc.no_such', 'nowhere.name', 'nodot', '', 'doc.', '.saved'])('show a key that is missing: %j', (key) => {
    expect(t(key)).toBe(key);
  });

  test.each(['doc.constructor', 'doc.toString', 'constructor.name'])('know nothing that objects inherit: %s', (key) => {
    expect(t(key)).toBe(key);
  });
});

describe('the language', () => {
  test('changes texts, plurals, numbers and the page, and is remembered', async () => {
    const { loaded } = useLanguage.getState();
    await useLanguage.getState().choose('de');
    expect(t('doc.saved', { time: '12:30' })).toBe(german.saved.replace('{time}', '12:30'));
    expect(t('doc.conflict_title', { count: 1 })).toBe(german.conflict_title.one);
    expect(number(1234.5)).toBe('1.234,5');
    expect(document.documentElement.lang).toBe('de');
    expect(localStorage.getItem('a8n.language')).toBe('de');
    expect(useLanguage.getState().loaded).toBeGreaterThan(loaded);
    await useLanguage.getState().choose('en');
    expect(t('doc.saved', { time: '12:30' })).toBe(english.saved.replace('{time}', '12:30'));
  });
});
