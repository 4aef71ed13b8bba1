/** JSON as lines that can be folded, so that however much there is, only the lines that are seen are drawn. */
import type { Json } from '@/doc/model';
import { isBag } from '../form/schema';

export type Path = readonly (string | number)[];

export interface Line {
  id: string;
  path: Path;
  depth: number;
  /** The key or index, or null for a whole item. */
  name: string | null;
  value: Json;
  /** How many there are inside, or null for what has no inside. */
  size: number | null;
}

function sizeOf(value: Json): number | null {
  if (Array.isArray(value)) return value.length;
  return isBag(value) ? Object.keys(value).length : null;
}

/** Lines of a value; `open` says which of those that have an inside show it. */
export function lines(
  value: Json,
  open: (id: string, path: Path) => boolean,
  path: Path,
  name: string | null,
  depth = 0,
): Line[] {
  const id = JSON.stringify(path);
  const size = sizeOf(value);
  const line: Line = { id, path, depth, name, value, size };
  if (!size || !open(id, path)) return [line];
  const parts: [string | number, Json][] = Array.isArray(value)
    ? value.map((part, index) => [index, part])
    : Object.entries(isBag(value) ? value : {});
  return [line, ...parts.flatMap(([key, part]) => lines(part, open, [...path, key], String(key), depth + 1))];
}

/** A value in a few characters. */
export function brief(value: Json, most = 200): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** The expression that gives what is at a path inside of an item's JSON: `json.user["first name"]`. */
export function expressionAt(path: Path, root = 'json'): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `${text}.${key}` : `${text}[${JSON.stringify(key)}]`;
  }, root);
}
