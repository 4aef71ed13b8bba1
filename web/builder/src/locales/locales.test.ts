import { describe, expect, it } from 'vitest';

type Area = Record<string, string | Record<string, string>>;

const areas = import.meta.glob<Area>('./*/*.json', { eager: true, import: 'default' });
const sources = import.meta.glob<string>(['../**/*.{ts,tsx}', '!../**/*.test.{ts,tsx}'], {
  eager: true,
  query: '?raw',
  import: 'default',
});

/** `common.save` and the like, with all forms of each text. */
function texts(language: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [path, area] of Object.entries(areas)) {
    const [, folder, file] = path.split('/');
    if (folder !== language || !file) continue;
    for (const [name, text] of Object.entries(area)) {
      found.set(`${file.replace('.json', '')}.${name}`, typeof text === 'string' ? [text] : Object.values(text));
    }
  }
  return found;
}

const holes = (forms: string[]) => [...new Set(forms.join(' ').match(/\{\w+\}/g))].sort();

describe('texts', () => {
  const english = texts('en');
  const german = texts('de');

  it('are there in both languages', () => {
    expect([...german.keys()].sort()).toEqual([...english.keys()].sort());
    expect(english.size).toBeGreaterThan(10);
  });

  it('have the same holes in both languages', () => {
    const wrong = [...english].filter(([key, forms]) => `${holes(forms)}` !== `${holes(german.get(key) ?? [])}`);
    expect(wrong.map(([key]) => key)).toEqual([]);
  });

  it('are never empty', () => {
    const empty = [...english, ...german].filter(([, forms]) => forms.some((form) => form.trim() === ''));
    expect(empty.map(([key]) => key)).toEqual([]);
  });

  it('are there for every key that the sources name', () => {
    const missing = Object.entries(sources).flatMap(([path, source]) =>
      [...source.matchAll(/(?<![`\w.])t\(\s*['"]([a-z]\w*\.[\w.]+)['"]/g)]
        .map((match) => match[1] ?? '')
        .filter((key) => !english.has(key))
        .map((key) => `${path}: ${key}`),
    );
    expect(missing).toEqual([]);
  });

  it('are all shown somewhere', () => {
    // Keys that are put together: `run.status_${status}` uses all that begin with run.status_.
    const all = Object.values(sources).join('\n');
    const begun = [...all.matchAll(/`([a-z]\w*\.\w*)\$\{/g)].map((match) => match[1] ?? '');
    const named = new Set([...all.matchAll(/['"`]([a-z]\w*\.\w+)['"`]/g)].map((match) => match[1]));
    const unused = [...english.keys()].filter(
      (key) => !named.has(key) && !begun.some((start) => key.startsWith(start)),
    );
    expect(unused).toEqual([]);
  });
});
