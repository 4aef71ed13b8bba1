/** JSON Schema as node types and credential kinds carry it, and what can be read from it without knowing the type. */
import type { Json } from '@/doc/model';

/** Hints for the form: the keyword `x-a8n`. */
export interface Hints {
  widget?: string;
  language?: string;
  placeholder?: string;
  advanced?: boolean;
  section?: string;
  mono?: boolean;
  expr?: boolean;
  rows?: number;
  /** Kinds of credentials that fit. */
  types?: string[];
  file?: boolean;
}

export interface Schema {
  type?: string;
  title?: string;
  description?: string;
  default?: Json;
  enum?: Json[];
  const?: Json;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  discriminator?: { propertyName: string; mapping?: Record<string, string> };
  additionalProperties?: boolean | Schema;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  writeOnly?: boolean;
  examples?: Json[];
  $ref?: string;
  $defs?: Record<string, Schema>;
  'x-a8n'?: Hints;
}

export type Bag = { [key: string]: Json };

export function isBag(value: unknown): value is Bag {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the server sends as a schema is an object; nothing more can be wrong with it than that it says less. */
export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Follow `$ref`; what stands beside it (default, description, hints) wins over what it points at. */
export function resolve(schema: Schema, root: Schema): Schema {
  const seen = new Set<string>();
  let found = schema;
  while (found.$ref !== undefined && !seen.has(found.$ref)) {
    seen.add(found.$ref);
    const { $ref, ...beside } = found;
    const target = root.$defs?.[$ref.replace('#/$defs/', '')];
    if (!target) return beside;
    const hints = { ...target['x-a8n'], ...beside['x-a8n'] };
    found = { ...target, ...beside, 'x-a8n': hints };
  }
  return found;
}

const ACRONYMS: Record<string, string> = {
  url: 'URL',
  id: 'ID',
  tls: 'TLS',
  html: 'HTML',
  json: 'JSON',
  xml: 'XML',
  csv: 'CSV',
  xlsx: 'Excel (XLSX)',
  api: 'API',
  http: 'HTTP',
  oauth2: 'OAuth2',
  hmac: 'HMAC',
  jwt: 'JWT',
  rrule: 'RRULE',
  uuid: 'UUID',
  github: 'GitHub',
  utf: 'UTF',
  sql: 'SQL',
};

/** `full_response` as people read it: "Full response". Names that are not words stay as they are: `GET`, `utf-8`. */
export function humanise(name: string): string {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) return name;
  const words = name.split('_').filter(Boolean);
  const text = words.map((word) => ACRONYMS[word] ?? word).join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A field's label. A title that was only made from the name says nothing more than the name. */
export function labelOf(name: string, schema: Schema): string {
  const made = name.replaceAll('_', ' ').replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
  const title = schema.title;
  return title === undefined || title.toLowerCase() === made.toLowerCase() || /^[A-Z]\w*[a-z][A-Z]/.test(title)
    ? humanise(name)
    : title;
}
