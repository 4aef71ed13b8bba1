/** n8n's expressions in the language of a8n, as far as they have the same sense there. */
import type { Json } from '../model';

export interface Translated {
  source: string;
  /** It holds JavaScript that has no counterpart: somebody has to look at it. */
  doubtful: boolean;
}

const ROOTS: [RegExp, string][] = [
  [/\$input\.(item|first\(\)|last\(\))\.json\b/g, 'json'],
  [/\$input\.all\(\)/g, 'items'],
  [/\$json\b/g, 'json'],
  [/\$now\b/g, 'now'],
  [/\$today\b/g, 'today'],
  [/\$execution\b/g, 'execution'],
  [/\$workflow\b/g, 'workflow'],
  [/\$vars\b/g, 'vars'],
  [/\$itemIndex\b/g, 'item.index'],
  [/===/g, '=='],
  [/!==/g, '!='],
  [/&&/g, 'and'],
  [/\|\|/g, 'or'],
  [/!(?=[\w($])/g, 'not '],
  [/\b(undefined)\b/g, 'null'],
];
const NAMED: [RegExp, string][] = [
  [/\$\(\s*("[^"]*"|'[^']*')\s*\)\.(?:item|itemMatching\([^)]*\))(?=\.json)/g, 'node($1)'],
  [/\$\(\s*("[^"]*"|'[^']*')\s*\)\.(first|last)\(\)/g, 'node($1).$2'],
  [/\$\(\s*("[^"]*"|'[^']*')\s*\)\.all\(\)/g, 'node($1).items'],
  [/\$node\[\s*("[^"]*"|'[^']*')\s*\](?=\.json)/g, 'node($1)'],
  [/\$node\.(\w+)(?=\.json)/g, 'node("$1")'],
];
const TEXTS = /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/s;
const JAVASCRIPT = /\$|=>|\?|`|;|\bnew\b|\bawait\b|\.[A-Za-z]\w*\(|\btypeof\b/;

export function expression(source: string): Translated {
  let result = source.trim();
  for (const [pattern, replacement] of NAMED) result = result.replace(pattern, replacement);
  // Every other piece is a text in quotes, which stays as it is.
  const pieces = result.split(TEXTS).map((piece, i) => {
    if (i % 2) return piece;
    return ROOTS.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), piece);
  });
  const doubtful = pieces.some((piece, i) => i % 2 === 0 && JAVASCRIPT.test(piece));
  return { source: pieces.join(''), doubtful };
}

/** A parameter: `=` before a text of n8n says that it has expressions in it. Gives the paths of doubtful ones. */
export function converted(value: Json | undefined, path: string, doubts: string[]): Json {
  if (value === undefined) return null;
  if (Array.isArray(value)) return value.map((each, i) => converted(each, `${path}.${i}`, doubts));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, converted(each, path ? `${path}.${key}` : key, doubts)]),
    );
  if (typeof value !== 'string' || !value.startsWith('=')) return value;
  const source = value.slice(1);
  const holes = source.match(/\{\{.*?\}\}/gs) ?? [];
  if (holes.length === 0) return source;
  const translated = holes.map((hole) => expression(hole.slice(2, -2)));
  if (translated.some((each) => each.doubtful)) doubts.push(path);
  if (holes.length === 1 && holes[0] === source.trim()) return { $: translated[0]?.source ?? '' };
  let i = 0;
  return { $t: source.replace(/\{\{.*?\}\}/gs, () => `{{ ${translated[i++]?.source ?? ''} }}`) };
}
