/** Values of fields: what is shown where nothing is written, and what becomes of them when people change their mind. */

import { equal } from '@/doc/merge';
import { isExpression, type Json } from '@/doc/model';
import { type Bag, isBag } from './schema';
import type { Member, Spec, SpecOf, Variant } from './spec';

/** What a field holds: what is written, else its default. */
export function effective(spec: Spec, value: Json | undefined): Json | undefined {
  return value === undefined ? spec.initial : value;
}

/** The variant of a union that a value chooses; null where it chooses none. */
export function variantOf(spec: SpecOf<'union'>, value: Json | undefined): Variant | null {
  const shown = effective(spec, value);
  const key = isBag(shown) ? shown[spec.discriminator] : undefined;
  return spec.variants.find((variant) => variant.key === key) ?? null;
}

/** The value with another variant chosen: fields of the same name keep what was written in them. */
export function switchVariant(spec: SpecOf<'union'>, value: Json | undefined, key: string): Bag {
  const shown = effective(spec, value);
  const next = spec.variants.find((variant) => variant.key === key);
  const kept = isBag(shown) ? shown : {};
  const names = next?.members.filter(({ name, spec: part }) => name in kept && fits(part, kept[name])) ?? [];
  return { [spec.discriminator]: key, ...Object.fromEntries(names.map(({ name }) => [name, kept[name] ?? null])) };
}

/** Whether a value can stay where a field of another variant has the same name. */
function fits(spec: Spec, value: Json | undefined): boolean {
  if (isExpression(value) || spec.kind === 'any' || spec.kind === 'json') return true;
  if (spec.kind === 'choice') return spec.choices.some((choice) => equal(choice.value, value));
  if (spec.kind === 'list' || spec.kind === 'multi') return Array.isArray(value);
  if (spec.kind === 'boolean') return typeof value === 'boolean';
  if (spec.kind === 'number') return typeof value === 'number';
  if (spec.kind === 'group' || spec.kind === 'union' || spec.kind === 'conditions') return isBag(value);
  return spec.kind === 'code' ? spec.json || typeof value === 'string' : typeof value === 'string';
}

/**
 * What has to be written of a value before a field inside can be: a default is shown but not written, and half of it
 * would mean something else. Parts that are their own defaults are left out.
 */
export function written(spec: Spec, value: Json | undefined): Bag {
  if (value !== undefined) return isBag(value) ? value : {};
  if (!isBag(spec.initial)) return {};
  const members = spec.kind === 'union' ? (variantOf(spec, undefined)?.members ?? []) : membersIn(spec);
  const usual = new Map(members.map((member) => [member.name, member.spec.initial]));
  return Object.fromEntries(
    Object.entries(spec.initial).filter(([name, part]) => !usual.has(name) || !equal(usual.get(name), part)),
  );
}

function membersIn(spec: Spec): Member[] {
  return spec.kind === 'group' || spec.kind === 'conditions' ? spec.members : [];
}

/** A value with one of its fields set, or taken out. */
export function withField(bag: Bag, name: string, value: Json | undefined): Bag {
  if (value !== undefined) return { ...bag, [name]: value };
  const { [name]: _, ...rest } = bag;
  return rest;
}

/** A new item of a list. */
export function fresh(spec: Spec): Json {
  switch (spec.kind) {
    case 'union':
      return { [spec.discriminator]: spec.variants[0]?.key ?? '' };
    case 'group':
      return Object.fromEntries(spec.members.flatMap(required));
    case 'conditions':
    case 'json':
      return {};
    case 'list':
    case 'multi':
      return [];
    case 'boolean':
      return false;
    case 'number':
      return spec.initial ?? spec.schema.minimum ?? 0;
    case 'choice':
      return spec.initial ?? spec.choices[0]?.value ?? '';
    default:
      return spec.initial ?? '';
  }
}

/** Text that has to be there starts empty, so that the field is there to be filled in. */
function required({ name, required, spec }: Member): [string, Json][] {
  if (!required) return [];
  return spec.kind === 'credential' ? [] : [[name, fresh(spec)]];
}

/** The parameters that a new node needs so that each field can be seen; defaults are left to the server. */
export function isEmpty(value: Json | undefined): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

/** Why a value cannot be right, as a key of `panel.*` with its values; null where nothing is seen to be wrong. */
export function flaw(spec: Spec, value: Json | undefined, required: boolean): [string, Record<string, number>] | null {
  if (isExpression(value)) return null;
  if (required && isEmpty(value) && isEmpty(spec.initial)) return ['required', {}];
  if (value === undefined || value === null) return null;
  const { schema } = spec;
  if (typeof value === 'number') return numberFlaw(spec, value);
  if (typeof value === 'string') {
    if (schema.minLength !== undefined && value.length < schema.minLength)
      return value === '' ? ['required', {}] : ['too_short', { count: schema.minLength }];
    if (schema.maxLength !== undefined && value.length > schema.maxLength)
      return ['too_long', { count: schema.maxLength }];
    if (schema.pattern !== undefined && !matches(schema.pattern, value)) return ['wrong_form', {}];
  }
  if (Array.isArray(value)) {
    if (schema.minItems !== undefined && value.length < schema.minItems) return ['too_few', { count: schema.minItems }];
    if (schema.maxItems !== undefined && value.length > schema.maxItems)
      return ['too_many', { count: schema.maxItems }];
  }
  return null;
}

function numberFlaw(spec: Spec, value: number): [string, Record<string, number>] | null {
  const { minimum, maximum, exclusiveMinimum } = spec.schema;
  if (minimum !== undefined && value < minimum) return ['too_small', { least: minimum }];
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return ['not_above', { bound: exclusiveMinimum }];
  if (maximum !== undefined && value > maximum) return ['too_large', { most: maximum }];
  if (spec.kind === 'number' && spec.integer && !Number.isInteger(value)) return ['whole', {}];
  return null;
}

/** The server's patterns are Python's; one that is not JavaScript's, too, is the server's to check. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return true;
  }
}
