/** No text that is seen is written into the sources: it would not be translated. */
import ts from 'typescript';
import { expect, it } from 'vitest';

const sources = import.meta.glob<string>(['../**/*.tsx', '!../**/*.test.tsx'], {
  eager: true,
  query: '?raw',
  import: 'default',
});

/** Properties whose text is seen or read out. */
const SEEN = /^(aria-label|aria-description|title|placeholder|alt|label|help|text|description)$/;
/** What is the same in every language: names, signs, commands, expressions and hosts. */
const SAME = [
  /^(JSON|fx)$/,
  /^pip install a8n-$/,
  /^(vars|json)\.\w*$/,
  /^([\w*-]+\.example\.\w+|\*\.example\.\w+)( |$)/,
];

const words = (text: string) => /\p{L}{2}/u.test(text) && !SAME.some((same) => same.test(text));

/** The texts that a component shows without asking for their translation. */
function written(path: string, code: string): string[] {
  const source = ts.createSourceFile(path, code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  function tell(node: ts.Node, text: string): void {
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    if (words(text.trim())) found.push(`${path}:${line} ${text.trim()}`);
  }
  function visit(node: ts.Node): void {
    if (ts.isJsxText(node)) tell(node, node.text);
    else if (ts.isJsxAttribute(node) && SEEN.test(node.name.getText()) && node.initializer) {
      const value = ts.isJsxExpression(node.initializer) ? node.initializer.expression : node.initializer;
      if (value && ts.isStringLiteralLike(value)) tell(value, value.text);
    } else if (ts.isJsxExpression(node) && !ts.isJsxAttribute(node.parent)) {
      if (node.expression && ts.isStringLiteralLike(node.expression)) tell(node, node.expression.text);
    }
    ts.forEachChild(node, visit);
  }
  visit(source);
  return found;
}

it('finds what is written into a component', () => {
  const code = `const A = () => <p title="Seen" className="not seen" alt={'Read out'}>Hello {'there'} {t('a.b')} · ×</p>;`;
  expect(written('a.tsx', code)).toEqual(['a.tsx:1 Seen', 'a.tsx:1 Read out', 'a.tsx:1 Hello', 'a.tsx:1 there']);
});

it('every text that is seen comes from the locales', () => {
  expect(Object.keys(sources).length).toBeGreaterThan(50);
  expect(Object.entries(sources).flatMap(([path, code]) => written(path, code))).toEqual([]);
});
