/** From a schema to a kind of control. One switch in one place, so that no node type needs code of its own. */
import type { Json } from '@/doc/model';
import { type Hints, humanise, labelOf, resolve, type Schema } from './schema';

interface Common {
  schema: Schema;
  hints: Hints;
  /** Null stands for "not given". */
  nullable: boolean;
  /** What holds where nothing is written. */
  initial: Json | undefined;
}

export interface Choice {
  value: Json;
  label: string;
}

export interface Member {
  name: string;
  label: string;
  required: boolean;
  spec: Spec;
}

export interface Variant {
  key: string;
  label: string;
  description: string;
  /** Without the discriminator. */
  members: Member[];
}

type Leaf = 'text' | 'textarea' | 'password' | 'boolean' | 'date' | 'datetime' | 'duration' | 'workflow' | 'any';

export type Spec = Common &
  (
    | { kind: Leaf }
    | { kind: 'number'; integer: boolean }
    | { kind: 'choice'; choices: Choice[] }
    | { kind: 'multi'; choices: Choice[] }
    | { kind: 'code'; language: string; json: boolean }
    /** `reason`: why there is no better control than JSON. */
    | { kind: 'json'; reason: 'json' | 'unknown' }
    | { kind: 'credential'; types: string[] }
    | { kind: 'group' | 'conditions'; members: Member[] }
    | { kind: 'union'; discriminator: string; variants: Variant[] }
    /** `table`: two small fields in a line; else each item is a card. */
    | { kind: 'list'; item: Spec; table: boolean }
  );

export type SpecOf<K extends Spec['kind']> = Extract<Spec, { kind: K }>;

const DEPTH = 8;

/** The fields of an object schema. */
export function membersOf(schema: Schema, root: Schema, without = '', depth = 0): Member[] {
  return Object.entries(schema.properties ?? {})
    .filter(([name]) => name !== without)
    .map(([name, part]) => {
      const spec = specOf(part, root, depth + 1);
      return { name, label: labelOf(name, spec.schema), required: schema.required?.includes(name) ?? false, spec };
    });
}

/** Which control a schema asks for. */
export function specOf(given: Schema, root: Schema, depth = 0): Spec {
  const schema = resolve(given, root);
  const hints = schema['x-a8n'] ?? {};
  const common: Common = { schema, hints, nullable: false, initial: schema.default };
  if (depth > DEPTH) return { ...common, kind: 'json', reason: 'unknown' };
  return byWidget(common, root, depth) ?? byShape(common, root, depth);
}

function byWidget(common: Common, root: Schema, depth: number): Spec | null {
  const { schema, hints } = common;
  if (schema.anyOf) return null;
  switch (hints.widget) {
    case 'credential':
      return { ...common, kind: 'credential', types: hints.types ?? [] };
    case 'conditions':
      return { ...common, kind: 'conditions', members: membersOf(schema, root, '', depth) };
    case 'code': {
      const language = hints.language ?? 'text';
      return { ...common, kind: 'code', language, json: language === 'json' && schema.type !== 'string' };
    }
    case 'textarea':
    case 'password':
    case 'duration':
    case 'workflow':
    case 'date':
    case 'datetime':
      return { ...common, kind: hints.widget };
    case 'text':
      // A field that takes anything, edited as text unless people choose otherwise.
      return schema.type === undefined && !schema.enum && !schema.oneOf ? { ...common, kind: 'any' } : null;
    default:
      return null;
  }
}

function byShape(common: Common, root: Schema, depth: number): Spec {
  const { schema } = common;
  if (schema.anyOf) return anyOf(common, schema.anyOf, root, depth);
  if (schema.oneOf) return oneOf(common, schema.oneOf, root, depth);
  if (schema.enum) return { ...common, kind: 'choice', choices: schema.enum.map(choice) };
  if (schema.const !== undefined) return { ...common, kind: 'choice', choices: [choice(schema.const)] };
  switch (schema.type) {
    case 'string':
      return string(common);
    case 'number':
    case 'integer':
      return { ...common, kind: 'number', integer: schema.type === 'integer' };
    case 'boolean':
      return { ...common, kind: 'boolean' };
    case 'array':
      return array(common, root, depth);
    case 'object':
      if (schema.properties) return { ...common, kind: 'group', members: membersOf(schema, root, '', depth) };
      return { ...common, kind: 'json', reason: 'json' };
    case undefined:
      return { ...common, kind: 'any' };
    default:
      return { ...common, kind: 'json', reason: 'unknown' };
  }
}

function string(common: Common): Spec {
  const { format, writeOnly } = common.schema;
  if (writeOnly || format === 'password') return { ...common, kind: 'password' };
  if (format === 'date') return { ...common, kind: 'date' };
  if (format === 'date-time') return { ...common, kind: 'datetime' };
  if (format === 'duration') return { ...common, kind: 'duration' };
  return { ...common, kind: 'text' };
}

function array(common: Common, root: Schema, depth: number): Spec {
  const { items } = common.schema;
  if (!items) return { ...common, kind: 'json', reason: 'json' };
  const item = specOf(items, root, depth + 1);
  if (item.kind === 'choice' && item.choices.length > 1) return { ...common, kind: 'multi', choices: item.choices };
  const small = item.kind === 'group' && item.members.length <= 2 && item.members.every(({ spec }) => inLine(spec));
  return { ...common, kind: 'list', item, table: small };
}

/** Whether a control fits beside another in one line. */
function inLine(spec: Spec): boolean {
  return ['text', 'any', 'number', 'choice', 'workflow', 'date'].includes(spec.kind);
}

/** Alternatives without a discriminator: mostly "or null". */
function anyOf(common: Common, parts: Schema[], root: Schema, depth: number): Spec {
  const found = parts.map((part) => resolve(part, root));
  const kept = found.filter((part) => part.type !== 'null');
  const nullable = kept.length < found.length;
  const [only, second] = kept;
  if (only && !second) {
    // The outer default, description and hints describe the field; the inner ones its type.
    const { anyOf: _, ...outer } = common.schema;
    const merged: Schema = { ...only, ...outer, 'x-a8n': { ...only['x-a8n'], ...common.hints } };
    return { ...specOf(merged, root, depth + 1), nullable };
  }
  if (kept.every((part) => part['x-a8n']?.widget === 'credential'))
    return { ...common, nullable, kind: 'credential', types: kept.flatMap((part) => part['x-a8n']?.types ?? []) };
  if (kept.every((part) => part.enum || part.const !== undefined)) {
    const values = kept.flatMap((part) => part.enum ?? (part.const !== undefined ? [part.const] : []));
    return { ...common, nullable, kind: 'choice', choices: values.map(choice) };
  }
  if (kept.every((part) => ['string', 'number', 'integer', 'boolean'].includes(part.type ?? '')))
    return { ...common, nullable, kind: 'any' };
  return { ...common, nullable, kind: 'json', reason: 'unknown' };
}

/** A union whose members are told apart by one constant field. */
function oneOf(common: Common, parts: Schema[], root: Schema, depth: number): Spec {
  const members = parts.map((part) => resolve(part, root));
  const discriminator = common.schema.discriminator?.propertyName ?? constantOf(members);
  if (discriminator === undefined) return anyOf({ ...common, schema: { ...common.schema } }, parts, root, depth);
  const variants = members.flatMap((member): Variant[] => {
    const key = member.properties?.[discriminator]?.const;
    if (typeof key !== 'string') return [];
    const label = humanise(key);
    return [
      { key, label, description: member.description ?? '', members: membersOf(member, root, discriminator, depth) },
    ];
  });
  return { ...common, kind: 'union', discriminator, variants };
}

function constantOf(members: Schema[]): string | undefined {
  const names = Object.keys(members[0]?.properties ?? {});
  return names.find((name) => members.every((member) => typeof member.properties?.[name]?.const === 'string'));
}

function choice(value: Json): Choice {
  return { value, label: typeof value === 'string' ? humanise(value) : JSON.stringify(value) };
}
