/** What a node does, in a line: its type's template filled with its parameters. */
import type { NodeType } from '@/catalogue/types';
import { isExpression, type Json, type Node } from '@/doc/model';

/** Text, or an expression whose value only the execution knows. */
export type Part = string | { fx: string };

function plain(value: unknown): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Follow dots; an expression on the way is what is found. */
function at(value: Json | undefined, path: readonly string[]): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined || isExpression(value)) return value;
  return plain(value) ? at(value[key], rest) : undefined;
}

/** What the schema says that a parameter is when nothing is written. */
function defaultAt(type: NodeType, path: readonly string[]): Json | undefined {
  const [key = '', ...rest] = path;
  const properties = type.params.properties;
  const property = plain(properties) ? properties[key] : undefined;
  return plain(property) ? at(property.default, rest) : undefined;
}

function text(value: Json | undefined): Part {
  if (isExpression(value)) return { fx: Object.values(value)[0] ?? '' };
  if (Array.isArray(value)) return value.every((part) => typeof part !== 'object') ? value.join(', ') : '';
  if (typeof value === 'string') return value.replace(/^https?:\/\//, '').replace(/\s+/g, ' ');
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function filled(template: string, type: NodeType, node: Node): Part[] {
  const parts: Part[] = [];
  let any = false;
  for (const piece of template.split(/(\{[\w.]+\})/)) {
    const path = piece.match(/^\{([\w.]+)\}$/)?.[1]?.split('.');
    const part = path ? text(at(node.params, path) ?? defaultAt(type, path)) : piece;
    any ||= path !== undefined && part !== '';
    if (part !== '') parts.push(part);
  }
  return any ? parts : [];
}

/** The line below a node's name; empty only where there is nothing to say. */
export function subtitle(type: NodeType, node: Node): Part[] {
  const parts = type.subtitle ? filled(type.subtitle, type, node) : [];
  if (parts.length > 0) return parts;
  if (node.name !== type.title && !node.name.startsWith(`${type.title} `)) return [type.title];
  return [type.description.split(/(?<=\.)\s|\n/, 1)[0]?.replace(/\.$|`/g, '') ?? ''];
}

/** The same as plain text, for labels and searching. */
export function asText(parts: readonly Part[]): string {
  return parts.map((part) => (typeof part === 'string' ? part : part.fx)).join('');
}
