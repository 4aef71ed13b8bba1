import { describe, expect, test } from 'vitest';
import vectors from '../../../../tests/vectors/renames.json';
import { addNode } from './commands';
import { EMPTY, type Params } from './model';
import { renameInExpression, renameInText, renameNode } from './rename';

const names = new Map([['Old', 'New']]);
const pairs = (list: string[][]) => list.map(([source = '', renamed = '']) => ({ source, renamed }));

test.each(pairs(vectors.expressions))('expression $source', ({ source, renamed }) => {
  expect(renameInExpression(source, names)).toBe(renamed);
});

test.each(pairs(vectors.texts))('text $source', ({ source, renamed }) => {
  expect(renameInText(source, names)).toBe(renamed);
});

function two(params: Params) {
  const first = addNode(EMPTY, { type: 'a', name: 'Old', position: [0, 0] });
  return addNode(first.doc, { type: 'b', name: 'User', params, position: [0, 0] }).doc;
}

describe('renaming a node', () => {
  test('reaches expressions at any depth and nothing else', () => {
    const doc = two({
      plain: 'node("Old")',
      list: [{ value: { $: 'node("Old").json.a' } }],
      text: { $t: '{{ node("Old").json }}!' },
      keys: { $: 'node("Old")', more: 1 },
    });
    const renamed = renameNode(doc, 'old', 'A "new" one');
    expect(renamed.nodes.old?.name).toBe('A "new" one');
    expect(renamed.nodes.user?.params).toEqual({
      plain: 'node("Old")',
      list: [{ value: { $: 'node("A \\"new\\" one").json.a' } }],
      text: { $t: '{{ node("A \\"new\\" one").json }}!' },
      keys: { $: 'node("Old")', more: 1 },
    });
  });

  test('leaves nodes alone that do not name it', () => {
    const doc = two({ url: 'https://example.com', list: [1, [2]] });
    expect(renameNode(doc, 'old', 'New').nodes.user).toBe(doc.nodes.user);
  });

  test('numbers a name that is taken, and refuses an empty one', () => {
    const doc = two({});
    expect(renameNode(doc, 'old', ' User ').nodes.old?.name).toBe('User 2');
    expect(renameNode(doc, 'old', '  ')).toBe(doc);
    expect(renameNode(doc, 'old', 'Old')).toBe(doc);
    expect(renameNode(doc, 'gone', 'New')).toBe(doc);
  });
});
