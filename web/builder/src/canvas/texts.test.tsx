import { render } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { EMPTY, type Node, SETTINGS } from '@/doc/model';
import { find } from './finding';
import { Markdown } from './Markdown';
import { choices } from './options';
import { ranked } from './rank';
import { asText, subtitle } from './subtitle';
import { type } from './types.fixture';

const node = (params: Node['params'], more: Partial<Node> = {}): Node => ({
  id: 'x',
  name: 'Step',
  type: 'a.step',
  version: 1,
  params,
  settings: SETTINGS,
  position: [0, 0],
  ...more,
});

describe('the line below the name', () => {
  const http = type({
    subtitle: '{method} {url}',
    params: { properties: { method: { default: 'GET' }, url: { type: 'string' } } },
  });

  it('is the template with parameters, defaults and expressions', () => {
    expect(subtitle(http, node({ url: 'https://a.example/x' }))).toEqual(['GET', ' ', 'a.example/x']);
    expect(subtitle(http, node({ url: { $: 'json.url' } }))).toEqual(['GET', ' ', { fx: 'json.url' }]);
    expect(asText(subtitle(type({ subtitle: '{action.do}' }), node({ action: { do: 'hash' } })))).toBe('hash');
    expect(
      asText(subtitle(type({ subtitle: '{methods} /{path}' }), node({ methods: ['GET', 'PUT'], path: 'a' }))),
    ).toBe('GET, PUT /a');
  });

  it('says the type, or what it does, where nothing is filled in', () => {
    const bare = type({ subtitle: '{message}' });
    expect(subtitle(bare, node({}, { name: 'Stop here' }))).toEqual(['Step']);
    expect(subtitle(bare, node({}))).toEqual(['Does a step']);
  });
});

describe('ranking', () => {
  const named = (title: string, key = '', description = '') => ({ title, key, description });
  const all = [
    named('HTTP request', 'http.request', 'Call a web service.'),
    named('Respond to webhook', 'webhook.respond', 'Answer a request.'),
    named('Webhook', 'webhook.trigger', 'Start when a request comes in.'),
    named('Edit fields', 'data.set', 'Set values.'),
  ];
  const titles = (query: string) => ranked(query, all).map((entry) => entry.title);

  it('puts names before words before keys before descriptions', () => {
    expect(titles('web')).toEqual(['Webhook', 'Respond to webhook', 'HTTP request']);
    expect(titles('request')[0]).toBe('HTTP request');
    expect(titles('set')).toEqual(['Edit fields']);
  });

  it('forgives typos and knows initials', () => {
    expect(titles('htpt')).toEqual(['HTTP request']);
    expect(titles('webhok')[0]).toBe('Webhook');
    expect(titles('ef')).toEqual(['Edit fields']);
    expect(titles('xyz')).toEqual([]);
  });
});

describe('the palette', () => {
  const catalogue = Object.fromEntries(
    [
      type({ key: 'hook', title: 'Hook', group: 'trigger', kind: 'trigger', inputs: [] }),
      type({ key: 'sort', title: 'Sort' }),
      type({ key: 'stop', title: 'Stop', group: 'logic', outputs: [] }),
    ].map((one) => [one.key, one]),
  );
  const keys = (context: Parameters<typeof choices>[0]['context'], query = '') =>
    choices({ catalogue, doc: EMPTY, context, recent: ['sort'], query }).map(
      (choice) => `${choice.heading}:${choice.key}`,
    );

  it('offers only what fits, each once', () => {
    expect(keys({})).toEqual(['recent:sort', 'trigger:hook', 'logic:stop']);
    expect(keys({ only: 'trigger' })).toEqual(['trigger:hook']);
    expect(keys({ from: { node: 'a', output: 'main' } })).toEqual(['recent:sort', 'logic:stop']);
    expect(keys({ edge: 'a.main.b.main' })).toEqual(['recent:sort']);
    expect(keys({ to: { node: 'a', input: 'main' } }, 'o')).toEqual(['found:hook', 'found:sort']);
  });
});

describe('searching', () => {
  it('finds names, parameter values with their place, and notes', () => {
    const doc = {
      ...EMPTY,
      nodes: { x: node({ headers: [{ value: { $: 'json.token' } }] }) },
      notes: { n: { id: 'n', text: '# Token\nhere', color: 'mint', position: [0, 0], size: [1, 1] } },
    } as const;
    expect(find(doc, {}, 'token')).toEqual([
      { id: 'x', title: 'Step', field: 'headers.0.value', excerpt: 'json.token' },
      { id: 'n', title: 'Token', field: '', excerpt: '# Token here' },
    ]);
    expect(find(doc, {}, 'step').map((hit) => hit.id)).toEqual(['x']);
    expect(find(doc, {}, ' ')).toEqual([]);
  });
});

describe('Markdown in notes', () => {
  const html = (text: string) => render(<Markdown text={text} />).container.innerHTML;

  it('renders headings, lists, emphasis and code', () => {
    expect(html('# Hi\n- **a**\n- [x] `b`\n\nlast')).toBe(
      '<p class="note-heading h1">Hi</p><ul><li><strong>a</strong></li><li>☑ <code>b</code></li></ul><p>last</p>',
    );
  });

  it('leaves HTML as text and makes no link that runs anything', () => {
    expect(html('<img src=x onerror=alert(1)>')).toBe('<p>&lt;img src=x onerror=alert(1)&gt;</p>');
    expect(html('[a](javascript:alert(1))')).not.toContain('<a');
    expect(html('[a](https://example.org)')).toContain('href="https://example.org"');
  });
});
