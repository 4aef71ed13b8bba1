/** Expressions as they are saved: `{"$": …}` alone, `{"$t": …}` as text with holes. */
import { isExpression, type Json } from '@/doc/model';
import type { Spec } from './spec';

export type Tag = '$' | '$t';

export interface Expression {
  tag: Tag;
  source: string;
}

/** The expression that a value holds, or null for a plain value. */
export function expressionOf(value: Json | undefined): Expression | null {
  if (!isExpression(value)) return null;
  if (typeof value.$ === 'string') return { tag: '$', source: value.$ };
  if (typeof value.$t === 'string') return { tag: '$t', source: value.$t };
  return null;
}

export function tagged({ tag, source }: Expression): Json {
  return { [tag]: source };
}

/** Whether an expression in a field reads best as text with holes. */
export function isTextual(spec: Spec): boolean {
  return (
    ['text', 'textarea', 'any', 'workflow', 'date', 'datetime', 'duration'].includes(spec.kind) ||
    (spec.kind === 'code' && !spec.json)
  );
}

/** Whether people may write an expression here. Groups and unions hold theirs inside. */
export function takesExpression(spec: Spec): boolean {
  if (spec.hints.expr === false) return false;
  return !['group', 'union', 'conditions', 'credential', 'password'].includes(spec.kind);
}

/** A plain value turned into an expression with the same value. */
export function toExpression(spec: Spec, value: Json | undefined): Expression {
  if (isTextual(spec)) {
    if (value === undefined || value === null || value === '') return { tag: '$t', source: '{{  }}' };
    return { tag: '$t', source: typeof value === 'string' ? escaped(value) : `{{ ${JSON.stringify(value)} }}` };
  }
  return { tag: '$', source: value === undefined || value === null ? '' : JSON.stringify(value) };
}

/** Braces that were plain text stay plain text. */
function escaped(text: string): string {
  return text.replaceAll('{{', '{{ "{{" }}');
}

/** An expression turned back: its text where it has no holes, its constant, or nothing. */
export function toFixed({ tag, source }: Expression): Json | undefined {
  if (tag === '$t') return source.includes('{{') ? undefined : source;
  try {
    const value: Json = JSON.parse(source);
    return value;
  } catch {
    return undefined;
  }
}

/** What typed text means where an expression may stand: `=` in front and `{{` make one. */
export function typed(spec: Spec, text: string): Expression | null {
  if (!takesExpression(spec)) return null;
  if (text.startsWith('=')) return { tag: '$', source: text.slice(1).trimStart() };
  if (text.includes('{{')) return { tag: '$t', source: text.endsWith('{{') ? `${text}  }}` : text };
  return null;
}

/** Put an expression into what a field holds. */
export function insertInto(spec: Spec, value: Json | undefined, expression: string): Expression {
  const now = expressionOf(value);
  if (now?.tag === '$t') return { tag: '$t', source: `${now.source.replace(/\{\{\s*\}\}$/, '')}{{ ${expression} }}` };
  if (now) return { tag: '$', source: now.source.trim() ? `${now.source} ~ ${expression}` : expression };
  if (!isTextual(spec)) return { tag: '$', source: expression };
  const before = typeof value === 'string' ? escaped(value) : '';
  return { tag: '$t', source: `${before}{{ ${expression} }}` };
}
