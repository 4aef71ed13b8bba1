/** Points in the life of a workflow: its published versions, and the checkpoints of its draft. */
import type { Schemas } from '@/lib/api';
import { t } from '@/lib/i18n';
import { clock } from '@/lib/time';

export interface Point {
  /** The number of a version, the id of a checkpoint, or `draft`; so the API and the address know it. */
  key: string;
  kind: 'version' | 'checkpoint';
  /** What somebody called it. */
  name: string;
  note: string;
  live: boolean;
  created_by: string | null;
  created_at: string;
}

export interface Day {
  day: string;
  points: Point[];
}

export const DRAFT = 'draft';

/** Both lists as one, the latest first. */
export function points(versions: readonly Schemas['Version'][], checkpoints: readonly Schemas['Checkpoint'][]) {
  const published = versions.map(
    ({ version, hash: _, ...rest }): Point => ({ ...rest, key: String(version), kind: 'version' }),
  );
  const marked = checkpoints.map(
    ({ id, created_by, created_at }): Point => ({
      key: id,
      kind: 'checkpoint',
      name: '',
      note: '',
      live: false,
      created_by,
      created_at,
    }),
  );
  return [...published, ...marked].sort((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at));
}

/** In the order in which they come; days are those of the reader's clock. */
export function byDay(list: readonly Point[], language: string): Day[] {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'full' });
  const days: Day[] = [];
  for (const point of list) {
    const day = format.format(new Date(point.created_at));
    const last = days.at(-1);
    if (last?.day === day) last.points.push(point);
    else days.push({ day, points: [point] });
  }
  return days;
}

/**
 * What a point, or the draft, is compared with unless one says otherwise: a checkpoint with whatever was before it,
 * a version and the draft with the version before, or with a checkpoint where none is published.
 */
export function previous(chosen: string, list: readonly Point[]): string | null {
  const at = list.findIndex((one) => one.key === chosen);
  const older = list.slice(at + 1);
  const version = older.find((one) => one.kind === 'version');
  if (at >= 0 && list[at]?.kind === 'version') return version?.key ?? null;
  return (at < 0 ? version : undefined)?.key ?? older[0]?.key ?? null;
}

/** The two ends of a comparison from the older to the newer one; the draft is the newest. */
export function ordered(one: string, other: string, list: readonly Point[]): { from: string; to: string } {
  const place = (key: string) => list.findIndex((point) => point.key === key);
  return place(one) > place(other) ? { from: one, to: other } : { from: other, to: one };
}

/** What a point is, whatever it was called. */
export function kindOf(point: Point): string {
  return point.kind === 'version' ? t('editor.version', { version: point.key }) : t('editor.checkpoint');
}

/** A point's own name with its number, or when it was marked; the draft's. */
export function titleOf(key: string, list: readonly Point[]): string {
  const point = list.find((one) => one.key === key);
  if (!point) return key === DRAFT ? t('editor.draft') : t('editor.version', { version: key });
  if (point.kind === 'checkpoint') return t('editor.checkpoint_of', { time: clock(point.created_at) });
  return point.name ? `${point.name} (${kindOf(point)})` : kindOf(point);
}
