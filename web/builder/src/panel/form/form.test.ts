import { describe, expect, it } from 'vitest';
import { fieldOf } from './host';
import { fromText, toText } from './json';
import { humanise, labelOf, type Schema } from './schema';
import { membersOf, type Spec, specOf } from './spec';
import { insertInto, toExpression, toFixed, typed } from './tags';
import { flaw, fresh, switchVariant, variantOf, withField, written } from './values';

const ROOT: Schema = {
  type: 'object',
  required: ['url'],
  properties: {
    url: { type: 'string', minLength: 1, 'x-a8n': { mono: true } },
    headers: { type: 'array', default: [], items: { $ref: '#/$defs/KeyValue' } },
    proxy: { anyOf: [{ $ref: '#/$defs/KeyValue' }, { type: 'null' }], default: null },
    body: {
      default: { kind: 'text', text: 'hello', mime: 'text/plain' },
      discriminator: { propertyName: 'kind' },
      oneOf: [{ $ref: '#/$defs/Text' }, { $ref: '#/$defs/File' }],
    },
    days: { type: 'array', items: { enum: ['monday', 'tuesday'], type: 'string' } },
    auth: {
      anyOf: [{ $ref: '#/$defs/Basic' }, { $ref: '#/$defs/Bearer' }, { type: 'null' }],
      default: null,
    },
    encoding: {
      anyOf: [
        { enum: ['utf-8'], type: 'string' },
        { const: 'auto', type: 'string' },
      ],
    },
    odd: { type: 'tuple' },
  },
  $defs: {
    KeyValue: {
      type: 'object',
      required: ['name'],
      properties: { name: { type: 'string' }, value: { default: '', 'x-a8n': { widget: 'text' } } },
    },
    Text: {
      type: 'object',
      properties: {
        kind: { const: 'text' },
        text: { type: 'string', default: '' },
        mime: { type: 'string', default: 'text/plain' },
      },
    },
    File: {
      type: 'object',
      properties: { kind: { const: 'file' }, file: { type: 'string' }, mime: { type: 'string', default: '' } },
    },
    Basic: { type: 'object', 'x-a8n': { widget: 'credential', types: ['http.basic'], expr: false } },
    Bearer: { type: 'object', 'x-a8n': { widget: 'credential', types: ['http.bearer'], expr: false } },
  },
};

const specs = Object.fromEntries(membersOf(ROOT, ROOT).map(({ name, spec }) => [name, spec]));

function spec<K extends Spec['kind']>(name: string, kind: K): Extract<Spec, { kind: K }> {
  const found = specs[name];
  if (found?.kind !== kind) throw new Error(`${name} is ${found?.kind}, not ${kind}`);
  return found as Extract<Spec, { kind: K }>;
}

describe('the kind of a field', () => {
  it('comes from its schema alone', () => {
    expect(Object.entries(specs).map(([name, { kind }]) => `${name} ${kind}`)).toEqual([
      'url text',
      'headers list',
      'proxy group',
      'body union',
      'days multi',
      'auth credential',
      'encoding choice',
      'odd json',
    ]);
  });

  it('keeps what stands beside a reference or around "or null"', () => {
    expect(specs.proxy).toMatchObject({ nullable: true, initial: null });
    expect(spec('auth', 'credential')).toMatchObject({ nullable: true, types: ['http.basic', 'http.bearer'] });
    expect(spec('encoding', 'choice').choices.map((choice) => choice.value)).toEqual(['utf-8', 'auto']);
    expect(specs.odd).toMatchObject({ reason: 'unknown' });
  });

  it('is a table for pairs and cards for more', () => {
    expect(spec('headers', 'list').table).toBe(true);
    const many = {
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'string' }, c: { type: 'string' } },
    };
    expect(specOf({ type: 'array', items: many }, ROOT)).toMatchObject({ kind: 'list', table: false });
  });

  it('ends where a schema holds itself', () => {
    const knot: Schema = { $defs: { A: { type: 'object', properties: { a: { $ref: '#/$defs/A' } } } } };
    expect(specOf({ $ref: '#/$defs/A' }, knot).kind).toBe('group');
  });
});

describe('labels', () => {
  it('are words, with the case of acronyms', () => {
    expect(humanise('full_response')).toBe('Full response');
    expect(humanise('test_url')).toBe('Test URL');
    expect(humanise('GET')).toBe('GET');
    expect(labelOf('verify_tls', { title: 'Verify Tls' })).toBe('Verify TLS');
    expect(labelOf('to', { title: 'Recipients' })).toBe('Recipients');
  });
});

describe('a union', () => {
  const body = spec('body', 'union');

  it('shows its default, and writes only what differs from what the variant has anyway', () => {
    expect(variantOf(body, undefined)?.key).toBe('text');
    expect(written(body, undefined)).toEqual({ kind: 'text', text: 'hello' });
  });

  it('keeps fields of the same name when the variant changes', () => {
    expect(switchVariant(body, { kind: 'text', text: 'x', mime: 'a/b' }, 'file')).toEqual({
      kind: 'file',
      mime: 'a/b',
    });
    expect(switchVariant(body, { kind: 'text', mime: 7 }, 'file')).toEqual({ kind: 'file' });
    expect(switchVariant(body, { kind: 'text', mime: { $: 'json.m' } }, 'file')).toEqual({
      kind: 'file',
      mime: { $: 'json.m' },
    });
  });
});

describe('values', () => {
  it('start with what has to be there', () => {
    expect(fresh(spec('headers', 'list').item)).toEqual({ name: '' });
  });

  it('lose a field that is taken out', () => {
    expect(withField({ a: 1, b: 2 }, 'a', undefined)).toEqual({ b: 2 });
  });

  it('are marked where they cannot be right', () => {
    const url = spec('url', 'text');
    expect(flaw(url, undefined, true)?.[0]).toBe('required');
    expect(flaw(url, { $: 'json.url' }, true)).toBeNull();
    const count = specOf({ type: 'integer', minimum: 1, maximum: 9 }, ROOT);
    expect(flaw(count, 0, false)).toEqual(['too_small', { least: 1 }]);
    expect(flaw(count, 10, false)).toEqual(['too_large', { most: 9 }]);
    expect(flaw(count, 1.5, false)?.[0]).toBe('whole');
    expect(flaw(count, 5, false)).toBeNull();
    const python = specOf({ type: 'string', pattern: '(?P<n>a)' }, ROOT);
    expect(flaw(python, 'b', false)).toBeNull();
  });
});

describe('expressions', () => {
  const url = spec('url', 'text');
  const count = specOf({ type: 'integer' }, ROOT);

  it('begin with = or {{', () => {
    expect(typed(url, '=json.a')).toEqual({ tag: '$', source: 'json.a' });
    expect(typed(url, 'https://{{')).toEqual({ tag: '$t', source: 'https://{{  }}' });
    expect(typed(url, 'plain')).toBeNull();
    expect(typed(specOf({ type: 'string', 'x-a8n': { expr: false } }, ROOT), '={{')).toBeNull();
  });

  it('keep the value they are made from', () => {
    expect(toExpression(url, 'a {{ b')).toEqual({ tag: '$t', source: 'a {{ "{{" }} b' });
    expect(toExpression(count, 5)).toEqual({ tag: '$', source: '5' });
    expect(toFixed({ tag: '$', source: '5' })).toBe(5);
    expect(toFixed({ tag: '$', source: 'json.n' })).toBeUndefined();
    expect(toFixed({ tag: '$t', source: 'text' })).toBe('text');
  });

  it('take what is dropped on a field', () => {
    expect(insertInto(url, 'https://', 'json.host')).toEqual({ tag: '$t', source: 'https://{{ json.host }}' });
    expect(insertInto(url, { $t: 'a {{  }}' }, 'json.b')).toEqual({ tag: '$t', source: 'a {{ json.b }}' });
    expect(insertInto(count, 3, 'json.n')).toEqual({ tag: '$', source: 'json.n' });
  });
});

describe('JSON as text', () => {
  it('saves texts with holes as expressions and shows them as texts', () => {
    const value = { a: { $t: '{{ json.a }}' }, b: [{ $: 'json.b' }, '{{'] };
    const text = toText(value, true);
    expect(JSON.parse(text)).toEqual({ a: '{{ json.a }}', b: ['{{ json.b }}', '{{ "{{" }}'] });
    expect(fromText(text, true)).toEqual({
      a: { $t: '{{ json.a }}' },
      b: [{ $t: '{{ json.b }}' }, { $t: '{{ "{{" }}' }],
    });
  });

  it('leaves braces alone where no expression may stand', () => {
    expect(fromText('{"a": "{{ x }}"}', false)).toEqual({ a: '{{ x }}' });
    expect(fromText('  ', true)).toBeUndefined();
    expect(() => fromText('{', true)).toThrow();
  });
});

describe('live options', () => {
  it('are those of the list for each of its items', () => {
    expect(fieldOf('params.tool')).toBe('tool');
    expect(fieldOf('params.tools.12')).toBe('tools');
    expect(fieldOf('params.rows.0.name')).toBe('rows.0.name');
  });
});
