/** JSON as people edit it, with expressions inside of texts: `"{{ json.name }}"` is saved as `{"$t": …}`. */
import type { Json } from '@/doc/model';
import { isBag } from './schema';
import { expressionOf } from './tags';

/** The value as text. Expressions show as texts with holes; braces that are plain text are escaped. */
export function toText(value: Json | undefined, holes: boolean): string {
  if (value === undefined) return '';
  return JSON.stringify(holes ? opened(value) : value, null, 2);
}

function opened(value: Json): Json {
  if (typeof value === 'string') return value.replaceAll('{{', '{{ "{{" }}');
  const expression = expressionOf(value);
  if (expression) return expression.tag === '$t' ? expression.source : `{{ ${expression.source} }}`;
  if (Array.isArray(value)) return value.map(opened);
  if (isBag(value)) return mapped(value, opened);
  return value;
}

function closed(value: Json): Json {
  if (typeof value === 'string') return value.includes('{{') ? { $t: value } : value;
  if (expressionOf(value)) return value;
  if (Array.isArray(value)) return value.map(closed);
  if (isBag(value)) return mapped(value, closed);
  return value;
}

function mapped(bag: { [key: string]: Json }, change: (value: Json) => Json): Json {
  return Object.fromEntries(Object.entries(bag).map(([key, part]) => [key, change(part)]));
}

/** The value that a text stands for; throws where it is not JSON. An empty text is no value. */
export function fromText(text: string, holes: boolean): Json | undefined {
  if (text.trim() === '') return undefined;
  const value: Json = JSON.parse(text);
  return holes ? closed(value) : value;
}
