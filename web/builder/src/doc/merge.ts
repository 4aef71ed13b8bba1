/** Three-way merging of plain JSON: how tabs and people meet, and how undo keeps what others did meanwhile. */

type Plain = { [key: string]: unknown };

export interface Conflict {
  /** Keys from the root to the value that both changed. */
  path: string[];
  base: unknown;
  mine: unknown;
  theirs: unknown;
}

function plain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Deep equality of JSON; shared parts cost nothing. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((part, i) => equal(part, b[i]));
  if (!plain(a) || !plain(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}

/**
 * What `mine` and `theirs` make of `base` together. Objects merge key by key; lists and scalars are one value each.
 * Where both changed the same value differently, `mine` stays and a conflict is reported.
 */
export function merge<T>(base: T, mine: T, theirs: T, conflicts: Conflict[] = []): T {
  return join(base, mine, theirs, [], conflicts) as T;
}

function join(base: unknown, mine: unknown, theirs: unknown, path: string[], conflicts: Conflict[]): unknown {
  if (mine === theirs || equal(base, theirs)) return mine;
  if (equal(base, mine)) return theirs;
  if (plain(base) && plain(mine) && plain(theirs)) return joinKeys(base, mine, theirs, path, conflicts);
  if (!equal(mine, theirs)) conflicts.push({ path, base, mine, theirs });
  return mine;
}

/** Keys may be called `constructor`: what every object inherits is nobody's value. */
function own(object: Plain, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function joinKeys(base: Plain, mine: Plain, theirs: Plain, path: string[], conflicts: Conflict[]): Plain {
  const result: Plain = {};
  for (const key of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
    const value = join(own(base, key), own(mine, key), own(theirs, key), [...path, key], conflicts);
    if (value !== undefined) result[key] = value;
  }
  return result;
}
