/** Values of cells as text, and back. */
import type { Kind } from './queries';

/** How a value reads in its cell. */
export function shown(value: unknown, kind: Kind): string {
  if (value === null || value === undefined) return '';
  return kind === 'json' ? JSON.stringify(value) : String(value);
}

/** The value that a cell's text means; nothing is null. Throws where it is no JSON. */
export function meant(text: string, kind: Kind): unknown {
  if (text.trim() === '') return null;
  if (kind === 'json') return JSON.parse(text) as unknown;
  return kind === 'text' ? text : text.trim();
}
