/** Texts in the reader's language. `t('canvas.add')` looks in `locales/<language>/canvas.json`; plurals are objects. */
import { create } from 'zustand';
import { formats } from './formats';

type Text = string | { one: string; other: string };
type Area = Record<string, Text>;
type Values = Record<string, string | number>;

// What is on every page comes with the first script; the rest with the pages that show it.
const first = import.meta.glob<Area>('../locales/en/{common,shell,keys}.json', { eager: true, import: 'default' });
const sources = import.meta.glob<Area>('../locales/*/*.json', { import: 'default' });

export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;

const texts: Record<Language, Record<string, Area>> = { en: {}, de: {} };
for (const [path, area] of Object.entries(first)) texts.en[areaOf(path)] = area;
const needed = new Set(Object.keys(texts.en));

function areaOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1, -'.json'.length);
}

function initial(): Language {
  return document.documentElement.lang === 'de' ? 'de' : 'en';
}

interface LanguageState {
  language: Language;
  /** Counts up when texts have arrived, so that who shows them renders again. */
  loaded: number;
  choose: (language: Language) => Promise<void>;
}

export const useLanguage = create<LanguageState>((set) => ({
  language: initial(),
  loaded: 0,
  choose: async (language) => {
    await load(language);
    localStorage.setItem('a8n.language', language);
    document.documentElement.lang = language;
    set((state) => ({ language, loaded: state.loaded + 1 }));
  },
}));

/** Fetch what is needed so far of a language. */
async function load(language: Language): Promise<void> {
  const missing = [...needed].filter((area) => !(area in texts[language]));
  await Promise.all(
    missing.map(async (area) => {
      const found = await sources[`../locales/${language}/${area}.json`]?.();
      if (found) texts[language][area] = found;
    }),
  );
}

/** Have the texts of these areas, in English and in the reader's language, before a page shows them. */
export async function need(...areas: string[]): Promise<void> {
  for (const area of areas) needed.add(area);
  const { language } = useLanguage.getState();
  await Promise.all([load('en'), language === 'en' ? null : load(language)]);
}

/** The text for a key such as `canvas.add`, its `{holes}` filled; `count` chooses the plural. A missing key is shown. */
export function t(key: string, values: Values = {}): string {
  const dot = key.indexOf('.');
  const [area, name] = [key.slice(0, dot), key.slice(dot + 1)];
  const { language } = useLanguage.getState();
  const text = found(language, area, name) ?? found('en', area, name);
  if (text === undefined) return key;
  const chosen = typeof text === 'string' ? text : plural(text, Number(values.count ?? 0), language);
  return chosen.replace(/\{(\w+)\}/g, (hole, field: string) => {
    const value = Object.hasOwn(values, field) ? values[field] : undefined;
    return typeof value === 'number' ? number(value) : (value ?? hole);
  });
}

/** Keys are put together from what servers and plugins say, `constructor` for one: what objects inherit is no text. */
function found(language: Language, area: string, name: string): Text | undefined {
  const all = Object.hasOwn(texts[language], area) ? texts[language][area] : undefined;
  return all && Object.hasOwn(all, name) ? all[name] : undefined;
}

function plural(text: { one: string; other: string }, count: number, language: Language): string {
  return formats(language).plurals.select(count) === 'one' ? text.one : text.other;
}

/** A number as the reader writes it. */
export function number(value: number): string {
  return formats(useLanguage.getState().language).numbers.format(value);
}
