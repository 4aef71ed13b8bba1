/** How a language writes numbers and times. Making a format costs the browser more than a hundred uses of it. */
class Formats {
  readonly plurals: Intl.PluralRules;
  readonly numbers: Intl.NumberFormat;
  readonly ago: Intl.RelativeTimeFormat;
  readonly moment: Intl.DateTimeFormat;
  readonly clock: Intl.DateTimeFormat;

  constructor(language: string) {
    this.plurals = new Intl.PluralRules(language);
    this.numbers = new Intl.NumberFormat(language);
    this.ago = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
    this.moment = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' });
    this.clock = new Intl.DateTimeFormat(language, { timeStyle: 'short' });
  }
}

const made = new Map<string, Formats>();

/** The formats of a language, made once. */
export function formats(language: string): Formats {
  const found = made.get(language) ?? new Formats(language);
  made.set(language, found);
  return found;
}
