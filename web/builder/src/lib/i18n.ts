/** Texts in the reader's language. `t('canvas.add')` looks in `locales/<language>/canvas.json`; plurals are objects. */
import { create } from 'zustand';

type Text = string | { one: string; other: string };
type Area = Record<string, Text>;
type Values = Record<string, string | number>;

const english = import.meta.glob<Area>('../locales/en/*.json', { eager: true, import: 'default' });
const others = import.meta.glob<Area>('../locales/de/*.json', { import: 'default' });

export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;

const areaOf = (path: string) => path.slice(path.lastIndexOf('/') + 1, -'.json'.length);
const texts: Record<Language, Record<string, Area>> = { en: {}, de: {} };
for (const [path, area] of Object.entries(english)) texts.en[areaOf(path)] = area;

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

/** Fetch the texts of a language; English is always there. */
export async function load(language: Language): Promise<void> {
  if (language === 'en') return;
  await Promise.all(
    Object.entries(others).map(async ([path, fetch]) => {
      texts[language][areaOf(path)] = await fetch();
    }),
  );
}

/** The text for a key such as `canvas.add`, its `{holes}` filled; `count` chooses the plural. A missing key is shown. */
export function t(key: string, values: Values = {}): string {
  const dot = key.indexOf('.');
  const [area, name] = [key.slice(0, dot), key.slice(dot + 1)];
  const { language } = useLanguage.getState();
  const text = texts[language][area]?.[name] ?? texts.en[area]?.[name];
  if (text === undefined) return key;
  const chosen = typeof text === 'string' ? text : plural(text, Number(values.count ?? 0), language);
  return chosen.replace(/\{(\w+)\}/g, (hole, field: string) => {
    const value = values[field];
    return typeof value === 'number' ? number(value) : (value ?? hole);
  });
}

function plural(text: { one: string; other: string }, count: number, language: Language): string {
  return new Intl.PluralRules(language).select(count) === 'one' ? text.one : text.other;
}

/** A number as the reader writes it. */
export function number(value: number): string {
  return new Intl.NumberFormat(useLanguage.getState().language).format(value);
}
