/** References to credentials in parameters: `{"$credential": "<id>"}`. */
import { editNode } from './commands';
import type { Doc, Json, Params } from './model';

const REFERENCE = '$credential';

function referred(value: Json): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const id = value[REFERENCE];
  return Object.keys(value).length === 1 && typeof id === 'string' ? id : null;
}

/** The ids of all credentials that a document names. */
export function credentialsOf(doc: Doc): Set<string> {
  const found = new Set<string>();
  const walk = (value: Json): void => {
    const id = referred(value);
    if (id !== null) found.add(id);
    else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) walk(part);
  };
  for (const node of Object.values(doc.nodes)) walk(node.params);
  return found;
}

/** The document without the references of these nodes to credentials that are not `known`. */
export function withoutForeign(doc: Doc, nodes: Iterable<string>, known: ReadonlySet<string>): Doc {
  let next = doc;
  for (const id of nodes) {
    const node = next.nodes[id];
    const params = node && stripped(node.params, known);
    if (node && params !== node.params) next = editNode(next, id, { params });
  }
  return next;
}

function stripped(params: Params, known: ReadonlySet<string>): Params {
  const entries = Object.entries(params).flatMap(([key, value]) => {
    const left = without(value, known);
    return left === undefined ? [] : [[key, left] as const];
  });
  const same = entries.length === Object.keys(params).length && entries.every(([key, value]) => value === params[key]);
  return same ? params : Object.fromEntries(entries);
}

function without(value: Json, known: ReadonlySet<string>): Json | undefined {
  if (typeof value !== 'object' || value === null) return value;
  const id = referred(value);
  if (id !== null) return known.has(id) ? value : undefined;
  if (!Array.isArray(value)) return stripped(value, known);
  const list = value.map((part) => without(part, known) ?? null);
  return list.every((part, i) => part === value[i]) ? value : list;
}
