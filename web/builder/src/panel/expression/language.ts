/** Colours for the expression language: a scanner that knows words, texts, numbers, filters and holes. */
import { HighlightStyle, StreamLanguage, type StringStream } from '@codemirror/language';
import { tags } from '@lezer/highlight';

interface State {
  /** Between the braces of a hole, or the whole text where there are no holes. */
  inside: boolean;
  /** A filter's name comes next. */
  piped: boolean;
  /** A key comes next. */
  dotted: boolean;
}

const WORDS = new Set(['and', 'or', 'not', 'in', 'is', 'if', 'else']);
const ATOMS = new Set(['true', 'false', 'null', 'none', 'True', 'False', 'None']);
const ROOTS = new Set(['json', 'item', 'items', 'node', 'trigger', 'execution', 'workflow', 'vars', 'now', 'today']);

function scan(stream: StringStream, state: State, alone: boolean): string | null {
  if (!state.inside) return text(stream, state);
  if (!alone && stream.match('}}')) {
    Object.assign(state, { inside: false, piped: false, dotted: false });
    return 'hole';
  }
  if (stream.eatSpace()) return null;
  if (stream.match(/^"(?:[^"\\]|\\.)*"?|^'(?:[^'\\]|\\.)*'?/)) return 'string';
  if (stream.match(/^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/)) return 'number';
  const word = stream.match(/^[\p{L}_][\p{L}\p{N}_]*/u);
  if (Array.isArray(word)) return named(word[0], state);
  const sign = stream.next();
  state.piped = sign === '|';
  state.dotted = sign === '.';
  return 'operator';
}

function text(stream: StringStream, state: State): string | null {
  if (stream.match('{{')) {
    state.inside = true;
    return 'hole';
  }
  while (!stream.eol() && !stream.match('{{', false)) stream.next();
  return null;
}

function named(word: string, state: State): string {
  const { piped, dotted } = state;
  Object.assign(state, { piped: false, dotted: false });
  if (piped) return 'filter';
  if (dotted) return 'key';
  if (word === 'is') state.piped = true;
  if (WORDS.has(word)) return 'keyword';
  if (ATOMS.has(word)) return 'atom';
  return ROOTS.has(word) ? 'root' : 'name';
}

function languageOf(alone: boolean) {
  return StreamLanguage.define<State>({
    name: alone ? 'expression' : 'template',
    startState: () => ({ inside: alone, piped: false, dotted: false }),
    copyState: (state) => ({ ...state }),
    token: (stream, state) => scan(stream, state, alone),
    languageData: { closeBrackets: { brackets: ['(', '[', '{', '"', "'"] } },
    tokenTable: {
      hole: tags.brace,
      filter: tags.function(tags.variableName),
      key: tags.propertyName,
      root: tags.standard(tags.variableName),
      name: tags.variableName,
      atom: tags.atom,
    },
  });
}

/** `{"$": …}`: the whole text is an expression. */
export const expressionLanguage = languageOf(true);
/** `{"$t": …}`: text with holes. */
export const templateLanguage = languageOf(false);

/** The colours, for every language that is edited here. */
export const colours = HighlightStyle.define([
  { tag: tags.brace, color: 'var(--accent)' },
  {
    tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword],
    color: 'var(--cat-ai-ink)',
  },
  { tag: tags.string, color: 'var(--ok)' },
  { tag: [tags.number, tags.atom, tags.bool, tags.null], color: 'var(--warn)' },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: 'var(--cat-data-ink)' },
  { tag: tags.standard(tags.variableName), color: 'var(--accent)', fontWeight: '500' },
  { tag: tags.propertyName, color: 'var(--text)' },
  { tag: tags.comment, color: 'var(--text-3)', fontStyle: 'italic' },
]);
