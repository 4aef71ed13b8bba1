/** Renaming a node: the expressions that name it follow, and nothing else in them changes. */
import { freeName } from './commands';
import type { Doc, Json, Node, Params } from './model';

// The rules are those of kernel/a8n/expressions/rename.py, and both read the same test vectors. Texts are matched
// first, so that a node("…") inside of one stays as it is; names next, so that my_node( is not taken for the function.
const TOKEN =
  /((?<![\p{L}\p{N}_.])node\s*\(\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')(?=\s*\))|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\.\s*[\p{L}\p{N}_]+|[\p{L}\p{N}_]+/gsu;
const INSIDE = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[{}]/gsu;
const MAX_HOLE = 8_192;
const MAX_HOLES = 256;

type Names = ReadonlyMap<string, string>;

/** The document with another name for a node. A name that is taken gets a number; an empty one changes nothing. */
export function renameNode(doc: Doc, id: string, name: string): Doc {
  const node = doc.nodes[id];
  const wanted = name.trim();
  if (!node || !wanted || wanted === node.name) return doc;
  const { [id]: _, ...others } = doc.nodes;
  const free = freeName({ ...doc, nodes: others }, wanted);
  const names = new Map([[node.name, free]]);
  const nodes = Object.fromEntries(Object.entries(doc.nodes).map(([key, each]) => [key, renameIn(each, names)]));
  return { ...doc, nodes: { ...nodes, [id]: { ...renameIn(node, names), name: free } } };
}

/** A node whose expressions name others by their new names, all at once: A to B and B to A is no trouble. */
export function renameIn(node: Node, names: Names): Node {
  const params = inParams(node.params, names);
  return params === node.params ? node : { ...node, params };
}

function inParams(params: Params, names: Names): Params {
  const entries = Object.entries(params).map(([key, value]) => [key, inValue(value, names)] as const);
  return entries.every(([key, value]) => value === params[key]) ? params : Object.fromEntries(entries);
}

function inValue(value: Json, names: Names): Json {
  if (Array.isArray(value)) {
    const list = value.map((part) => inValue(part, names));
    return list.every((part, i) => part === value[i]) ? value : list;
  }
  if (typeof value !== 'object' || value === null) return value;
  const [only, ...more] = Object.entries(value);
  if (only && more.length === 0 && typeof only[1] === 'string') {
    const [tag, source] = only;
    if (tag === '$' || tag === '$t') {
      const renamed = tag === '$' ? renameInExpression(source, names) : renameInText(source, names);
      return renamed === source ? value : { [tag]: renamed };
    }
  }
  return inParams(value, names);
}

/** `source` with each `node("old")` naming the new one, in quotes of the same kind. */
export function renameInExpression(source: string, names: Names): string {
  return source.replace(TOKEN, (all: string, call?: string, quoted?: string) => {
    const old = quoted && unquoted(quoted);
    const name = typeof old === 'string' ? names.get(old) : undefined;
    if (!quoted || name === undefined) return all;
    const quote = quoted.charAt(0);
    const escaped = name
      .replaceAll('\\', '\\\\')
      .replaceAll(quote, `\\${quote}`)
      .replaceAll('\n', '\\n')
      .replaceAll('\r', '\\r');
    return `${call}${quote}${escaped}${quote}`;
  });
}

/** The same in the holes of a text; a text with a hole that has no end stays as it is. */
export function renameInText(source: string, names: Names): string {
  let result = '';
  let end = 0;
  for (let holes = 1; ; holes++) {
    const begin = source.indexOf('{{', end);
    if (begin < 0) return result + source.slice(end);
    const close = closing(source, begin + 2);
    if (close === null || holes > MAX_HOLES) return source;
    result += `${source.slice(end, begin)}{{${renameInExpression(source.slice(begin + 2, close), names)}}}`;
    end = close + 2;
  }
}

/** Where the `}}` is that ends a hole; braces of objects and texts do not count. */
export function closing(source: string, start: number): number | null {
  const inside = source.slice(start, start + MAX_HOLE + 2);
  let depth = 0;
  let past = 0;
  for (const match of inside.matchAll(INSIDE)) {
    if (match.index < past) continue;
    if (match[0] === '{') depth++;
    else if (match[0] === '}' && depth > 0) depth--;
    else if (match[0] === '}') {
      if (source.startsWith('}}', start + match.index)) return start + match.index;
      past = match.index + 1;
    }
  }
  return null;
}

const ESCAPES: Record<string, string> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
};

/** What a text in quotes means, as the expression engine reads it; null where it is malformed. */
function unquoted(text: string): string | null {
  let malformed = false;
  const meant = text
    .slice(1, -1)
    .replace(
      /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))/gsu,
      (all, x?: string, u?: string, long?: string, octal?: string, sign?: string) => {
        const hex = x ?? u ?? long;
        if (hex) {
          const point = Number.parseInt(hex, 16);
          if (point <= 0x10ffff) return String.fromCodePoint(point);
          malformed = true;
        } else if (octal) return String.fromCodePoint(Number.parseInt(octal, 8));
        else if (sign && /[xuUN]/.test(sign)) malformed = true;
        else if (sign) return ESCAPES[sign] ?? all;
        return all;
      },
    );
  return malformed ? null : meant;
}
