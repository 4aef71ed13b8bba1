/** Versions under the days on which they were published. */
import type { Schemas } from '@/lib/api';

export type Version = Schemas['Version'];

export interface Day {
  day: string;
  versions: Version[];
}

/** In the order in which they come, the latest first; days are those of the reader's clock. */
export function byDay(versions: readonly Version[], language: string): Day[] {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'full' });
  const days: Day[] = [];
  for (const version of versions) {
    const day = format.format(new Date(version.created_at));
    const last = days.at(-1);
    if (last?.day === day) last.versions.push(version);
    else days.push({ day, versions: [version] });
  }
  return days;
}

export const DRAFT = 'draft';

/** What a version, or the draft, is compared with unless one says otherwise: the version before it. */
export function previous(chosen: string, versions: readonly Version[]): string | null {
  const at = chosen === DRAFT ? -1 : versions.findIndex((one) => String(one.version) === chosen);
  const found = versions[at + 1];
  return found ? String(found.version) : null;
}

/** The two ends of a comparison from the older to the newer one; the draft is the newest. */
export function ordered(one: string, other: string): { from: string; to: string } {
  const age = (name: string) => (name === DRAFT ? Number.POSITIVE_INFINITY : Number(name));
  return age(one) < age(other) ? { from: one, to: other } : { from: other, to: one };
}
