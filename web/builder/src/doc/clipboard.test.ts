import { describe, expect, test } from 'vitest';
import { fromClipboard, toClipboard } from './clipboard';
import { addNode, connect, pin } from './commands';
import { type Doc, EMPTY } from './model';

function line(): Doc {
  const a = addNode(EMPTY, { type: 'http.request', name: 'Get', position: [0, 0] }).doc;
  const b = addNode(a, {
    type: 'data.set',
    name: 'Text',
    params: { fields: [{ name: 'x', value: { $: 'node("Get").json.x' } }], auth: { $credential: 'c1' } },
    position: [336, 0],
  }).doc;
  const wired = connect(b, { from: 'get', output: 'main', to: 'text', input: 'main' });
  return pin(
    { ...wired, notes: { n: { id: 'n', text: 'Hi', color: 'mint', position: [0, 96], size: [240, 160] } } },
    'get',
    { main: [{ x: 1 }] },
  );
}

describe('copying and pasting', () => {
  test('gives copies ids, names and expressions of their own, and the same shape', () => {
    const doc = line();
    const pasted = fromClipboard(doc, toClipboard(doc, ['get', 'text', 'n']), [1000, 1000]);
    expect(pasted.problems).toEqual([]);
    expect(pasted.ids).toEqual(['get_2', 'text_2', 'note']);
    expect(pasted.doc.nodes.get_2?.name).toBe('Get 2');
    expect(pasted.doc.nodes.text_2?.params).toEqual({
      fields: [{ name: 'x', value: { $: 'node("Get 2").json.x' } }],
      auth: { $credential: 'c1' },
    });
    expect(pasted.doc.connections['get_2.main.text_2.main']).toEqual({
      from: 'get_2',
      output: 'main',
      to: 'text_2',
      input: 'main',
    });
    expect(pasted.doc.pins.get_2).toEqual({ main: [{ x: 1 }] });
    expect(pasted.doc.nodes.get).toBe(doc.nodes.get);
    const [left, right] = [pasted.doc.nodes.get_2, pasted.doc.nodes.text_2];
    expect((right?.position[0] ?? 0) - (left?.position[0] ?? 0)).toBe(336);
  });

  test('lets names swap, and expressions follow each to its own', () => {
    const made = (name: string, other: string) => ({
      id: name.toLowerCase().replace(' ', '_'),
      name,
      type: 't',
      params: { v: { $: `node("${other}").json` }, both: { $t: '{{ node("A").json }} {{ node("A 2").json }}' } },
    });
    const doc = addNode(EMPTY, { type: 't', name: 'A', position: [0, 0] }).doc;
    const part = { nodes: [made('A', 'A 2'), made('A 2', 'A')] };
    const pasted = fromClipboard(doc, JSON.stringify(part), [0, 0]);
    const [first, second] = pasted.ids.map((id) => pasted.doc.nodes[id]);
    const names = [first?.name, second?.name];
    expect(new Set(['A', ...names]).size).toBe(3);
    expect(first?.params).toEqual({
      v: { $: `node("${names[1]}").json` },
      both: { $t: `{{ node("${names[0]}").json }} {{ node("${names[1]}").json }}` },
    });
    expect(second?.params.v).toEqual({ $: `node("${names[0]}").json` });
  });

  test.each([
    ['200 letters', 'x'.repeat(200)],
    ['200 letters from right to left', 'ض'.repeat(200)],
    ['200 emoji', '😀'.repeat(200)],
    ['both directions', 'طلب HTTP'],
    ['a word that objects inherit', 'constructor'],
    ['another one', '__proto__'],
    ['quotes', '"\\\''],
  ])('takes a name of %s twice, within what the server takes', (_, name) => {
    const params = { v: { $: `node(${JSON.stringify(name)}).json` } };
    const text = JSON.stringify({ nodes: [{ id: 'a', name, type: 't', params }] });
    const once = fromClipboard(EMPTY, text, [0, 0]);
    expect(once.problems).toEqual([]);
    const twice = fromClipboard(once.doc, text, [0, 0]);
    const [first, second] = [...once.ids, ...twice.ids].map((id) => twice.doc.nodes[id]);
    expect(first?.name).toBe(name);
    expect(second?.name).not.toBe(name);
    expect([...(second?.name ?? '')].length).toBeLessThanOrEqual(200);
    expect(second?.params.v).toEqual({ $: `node(${JSON.stringify(second?.name)}).json` });
  });

  test('keeps the names where nothing clashes, and leaves out wires to what was not copied', () => {
    const pasted = fromClipboard(EMPTY, toClipboard(line(), ['text']), [0, 0]);
    expect(Object.keys(pasted.doc.nodes)).toEqual(['text']);
    expect(pasted.doc.connections).toEqual({});
    expect(pasted.doc.nodes.text?.params.fields).toEqual([{ name: 'x', value: { $: 'node("Get").json.x' } }]);
  });

  test('takes a whole workflow as the API gives it, settings filled up', () => {
    const source = JSON.stringify({ name: 'W', nodes: [{ id: 'a', name: 'A', type: 't', settings: { once: true } }] });
    const { doc } = fromClipboard(EMPTY, source, [0, 0]);
    expect(doc.name).toBe('');
    expect(doc.nodes.a?.settings).toMatchObject({ once: true, on_error: 'stop', retry: { attempts: 1 } });
  });

  test.each([
    ['hello', 'not JSON'],
    ['[1, 2]', 'without steps'],
    ['{"a": 1}', 'without steps'],
    ['{"nodes": []}', 'without steps'],
    ['{"nodes": [{"id": "a b", "name": "A", "type": "t"}]}', 'nodes.0.id: '],
    ['{"nodes": [{"id": "a", "name": "A", "type": "t", "position": [0, null]}]}', 'nodes.0.position.1: '],
    ['{"nodes": [{"id": "a", "name": "A", "type": "t"}, {"id": "a", "name": "B", "type": "t"}]}', 'the id “a”'],
    ['{"nodes": [{"id": "a", "name": "A", "type": "t", "params": [1]}]}', 'nodes.0.params: '],
    ['{"nodes": [{"id": "a", "name": "A", "type": "t", "params": "x"}], "connections": {}}', 'nodes.0.params: '],
  ])('refuses %s, with the place', (source, words) => {
    const doc = line();
    const pasted = fromClipboard(doc, source, [0, 0]);
    expect(pasted.doc).toBe(doc);
    expect(pasted.ids).toEqual([]);
    expect(pasted.problems[0]).toContain(words);
  });
});

describe('pasting from n8n', () => {
  const nonsense: unknown[] = [
    null,
    0,
    'x',
    [],
    {},
    [null],
    { main: null },
    { main: 'x' },
    { main: [null, [null], 'x', [{}]] },
  ];

  test.each(nonsense.map((value) => [JSON.stringify(value), value]))('does not stumble over %s', (_, value) => {
    const doc = line();
    for (const key of ['parameters', 'position', 'typeVersion', 'disabled', 'notes', 'credentials', 'onError']) {
      const node = { name: 'A', type: 'n8n-nodes-base.set', parameters: {}, [key]: value };
      const sources: object[] = [
        { nodes: [node], connections: {} },
        { nodes: [{ ...node, type: 'n8n-nodes-base.if' }], connections: { A: value, constructor: value } },
        { nodes: [{ ...node, type: 'n8n-nodes-base.stickyNote' }, node], connections: {}, pinData: value },
        { nodes: [{ ...node, type: 'constructor' }], connections: {}, pinData: { A: value } },
      ];
      for (const source of sources) {
        const pasted = fromClipboard(doc, JSON.stringify(source), [0, 0]);
        expect(pasted.ids.length + pasted.problems.length).toBeGreaterThan(0);
        for (const id of Object.keys(doc.nodes)) expect(pasted.doc.nodes[id]).toBe(doc.nodes[id]);
      }
    }
  });

  const source = {
    nodes: [
      {
        name: 'Hook',
        type: 'n8n-nodes-base.webhook',
        typeVersion: 2,
        position: [0, 0],
        parameters: { httpMethod: 'POST', path: 'orders/:id', responseMode: 'responseNode' },
      },
      {
        name: 'Big?',
        type: 'n8n-nodes-base.if',
        typeVersion: 2.2,
        position: [220, 0],
        parameters: {
          conditions: {
            combinator: 'or',
            conditions: [
              { leftValue: '={{ $json.body.total }}', rightValue: 100, operator: { type: 'number', operation: 'gt' } },
            ],
          },
        },
      },
      {
        name: 'Text',
        type: 'n8n-nodes-base.set',
        typeVersion: 3.4,
        position: [440, 0],
        parameters: {
          assignments: {
            assignments: [
              { name: 'greeting', value: "=Hello {{ $('Hook').item.json.body.name }}!", type: 'string' },
              { name: 'js', value: '={{ $json.list.map(x => x.id) }}', type: 'array' },
            ],
          },
        },
        onError: 'continueErrorOutput',
        credentials: { some: { id: '1', name: 'Mine' } },
      },
      {
        name: 'Code',
        type: 'n8n-nodes-base.code',
        typeVersion: 2,
        position: [440, 200],
        parameters: { jsCode: 'return [];' },
      },
      { name: 'Sticky', type: 'n8n-nodes-base.stickyNote', position: [0, 300], parameters: { content: '## Hi' } },
    ],
    connections: {
      Hook: { main: [[{ node: 'Big?', type: 'main', index: 0 }]] },
      'Big?': { main: [[{ node: 'Text', type: 'main', index: 0 }], [{ node: 'Code', type: 'main', index: 0 }]] },
      Text: { main: [[], [{ node: 'Code', type: 'main', index: 0 }]] },
    },
    pinData: { Hook: [{ json: { body: { total: 7 } } }] },
  };

  test('converts what has a counterpart and keeps the rest as it was', () => {
    const { doc, problems, ids } = fromClipboard(EMPTY, JSON.stringify(source), [0, 0]);
    expect(ids).toHaveLength(5);
    expect(doc.nodes.hook).toMatchObject({
      type: 'webhook.trigger',
      params: { path: 'orders/{id}', methods: ['POST'], respond: { mode: 'respond_node' } },
    });
    expect(doc.nodes.big?.params).toEqual({
      conditions: { combine: 'any', list: [{ left: { $: 'json.body.total' }, op: 'gt', right: 100 }] },
    });
    expect(doc.nodes.text?.params).toMatchObject({
      mode: 'only',
      fields: [{ name: 'greeting', value: { $t: "Hello {{ node('Hook').json.body.name }}!" } }, { name: 'js' }],
    });
    expect(doc.nodes.code).toMatchObject({ type: 'n8n-nodes-base.code', params: { jsCode: 'return [];' } });
    expect(Object.keys(doc.connections)).toEqual([
      'hook.main.big.main',
      'big.true.text.main',
      'big.false.code.main',
      'text.error.code.main',
    ]);
    expect(doc.nodes.text?.settings.on_error).toBe('output');
    expect(doc.pins).toEqual({ hook: { main: [{ body: { total: 7 } }] } });
    expect(Object.values(doc.notes)[0]?.text).toBe('## Hi');
    expect(problems).toHaveLength(3);
    expect(problems[1]).toContain('assignments.1.value');
    expect(problems[2]).toContain('n8n-nodes-base.code');
  });
});
