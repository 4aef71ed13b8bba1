/** Renaming a node and every expression that names it; the same rules as the server's `rename_node`. */
import { editNode, freeName } from './commands';
import type { Doc, Json } from './model';

// Texts come first, so that a node("…") inside of one stays; names next, so that my_node( is not taken for node(.
const TOKEN =
  /(?<![\w.])(node\s*\(\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')(?=\s*\))|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\.\s*\w+|\w+/gs;
const HOLE = /\{\{((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?!\}\}).)*)\}\}/gs;

/** Give a node another name (made free where it is taken); expressions everywhere follow. */
export function renameNode(doc: Doc, id: string, wanted: string): Doc {
  const node = doc.nodes[id];
  const trimmed = wanted.trim().slice(0, 200);
  if (!node || !trimmed || trimmed === node.name) return doc;
  const name = freeName(doc, trimmed);
  const named = editNode(doc, id, { name });
  const nodes = Object.fromEntries(
    Object.entries(named.nodes).map(([key, one]) => {
      const params = renamedIn(one.params, node.name, name);
      return [key, params === one.params ? one : { ...one, params }];
    }),
  );
  return { ...named, nodes };
}

/** A value with its expressions renamed; the same value where none names the node. */
export function renamedIn<T extends Json>(value: T, before: string, after: string): T {
  return walk(value, before, after) as T;
}

function walk(value: Json, before: string, after: string): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return sameOr(
      value,
      value.map((part) => walk(part, before, after)),
    );
  const source = tagged(value);
  if (source) {
    const text =
      source.tag === '$t' ? renamedText(source.text, before, after) : renamedExpression(source.text, before, after);
    return text === source.text ? value : { [source.tag]: text };
  }
  const entries = Object.entries(value);
  const walked = entries.map(([key, part]) => [key, walk(part, before, after)] as const);
  return walked.every(([, part], i) => part === entries[i]?.[1]) ? value : Object.fromEntries(walked);
}

function sameOr(list: Json[], walked: Json[]): Json[] {
  return walked.every((part, i) => part === list[i]) ? list : walked;
}

function tagged(value: { [key: string]: Json }): { tag: '$' | '$t'; text: string } | null {
  const [tag, ...more] = Object.keys(value);
  if (more.length > 0 || (tag !== '$' && tag !== '$t')) return null;
  const text = value[tag];
  return typeof text === 'string' ? { tag, text } : null;
}

/** An expression with each `node("before")` naming `after`; every other character stays. */
export function renamedExpression(source: string, before: string, after: string): string {
  return source.replace(TOKEN, (all, call: string | undefined, quoted: string | undefined) => {
    if (!call || !quoted || unquoted(quoted) !== before) return all;
    const quote = quoted.charAt(0);
    const escaped = after
      .replace(/\\/g, '\\\\')
      .replaceAll(quote, `\\${quote}`)
      .replace(/\n/g, '\\n')
      .replace(/\r/g, '\\r');
    return `${call}${quote}${escaped}${quote}`;
  });
}

/** A text with holes, renamed inside the holes alone. */
export function renamedText(source: string, before: string, after: string): string {
  return source.replace(HOLE, (_, hole: string) => `{{${renamedExpression(hole, before, after)}}}`);
}

function unquoted(text: string): string {
  const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t' };
  return text
    .slice(1, -1)
    .replace(/\\u([0-9a-fA-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/\\(.)/gs, (_, sign: string) => escapes[sign] ?? sign);
}
