import { autocompletion } from '@codemirror/autocomplete';
import { type Extension, StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view';
import { type Ref, useEffect, useImperativeHandle, useMemo, useRef } from 'react';
import type { Expression } from '../form/tags';
import { type CodeHandle, CodeMirror } from './CodeMirror';
import { completions } from './complete';
import { holeAt, units } from './holes';
import { expressionLanguage, templateLanguage } from './language';
import { useSample } from './usePreview';

const setFault = StateEffect.define<number | null>();
const mark = Decoration.mark({ class: 'cm-fault' });

/** The place at fault, underlined. */
const fault = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, change) {
    let next = change.docChanged ? Decoration.none : marks.map(change.changes);
    for (const effect of change.effects) {
      if (!effect.is(setFault)) continue;
      const at = effect.value;
      const length = change.state.doc.length;
      if (at === null || length === 0) next = Decoration.none;
      else {
        const from = Math.min(at, length - 1);
        const word = change.state.wordAt(from);
        next = Decoration.set([mark.range(from, Math.max(from + 1, word?.to ?? 0))]);
      }
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

export interface ExpressionHandle {
  /** Put an expression at the caret: in a hole of its own where the caret is in text. */
  insert: (expression: string) => void;
  focus: () => void;
}

interface SourceProps {
  ref?: Ref<ExpressionHandle>;
  node: string;
  expression: Expression;
  onChange: (expression: Expression) => void;
  label: string;
  describedBy?: string;
  invalid?: boolean;
  readOnly?: boolean;
  focus?: boolean;
  /** Of the place at fault, in characters. */
  offset?: number | null;
}

/** The text of an expression, with colours and completion. */
export function Source({ ref, node, expression, onChange, offset, ...rest }: SourceProps) {
  const code = useRef<CodeHandle>(null);
  const { tag, source } = expression;
  const alone = tag === '$';
  const extensions = useMemo<Extension[]>(
    () => [
      alone ? expressionLanguage : templateLanguage,
      fault,
      autocompletion({
        override: [completions(() => ({ node, ...useSample.getState(), alone }))],
        icons: false,
        activateOnTyping: true,
        tooltipClass: () => 'expression-completions',
      }),
      EditorView.inputHandler.of(closesHole),
    ],
    [node, alone],
  );
  useImperativeHandle(ref, () => ({
    insert: (text) => code.current?.view && insertAt(code.current.view, text, alone),
    focus: () => code.current?.view?.focus(),
  }));
  useEffect(() => {
    const at = offset === undefined || offset === null ? null : units(source, offset);
    code.current?.view?.dispatch({ effects: setFault.of(at) });
  }, [offset, source]);

  return (
    <CodeMirror
      key={`${node} ${tag}`}
      ref={code}
      value={source}
      extensions={extensions}
      onChange={(text) =>
        onChange(alone && /^\s*\{\{/.test(text) ? { tag: '$t', source: text } : { tag, source: text })
      }
      {...rest}
    />
  );
}

/** `{{` closes itself, with room between. */
function closesHole(view: EditorView, from: number, to: number, text: string): boolean {
  const before = view.state.sliceDoc(Math.max(0, from - 1), from);
  if (text !== '{' || before !== '{' || from !== to) return false;
  const after = view.state.sliceDoc(from, from + 1) === '}' ? 1 : 0;
  view.dispatch({
    changes: { from, to: from + after, insert: '{  }}' },
    selection: { anchor: from + 2 },
    userEvent: 'input.type',
  });
  return true;
}

function insertAt(view: EditorView, text: string, alone: boolean): void {
  const { from, to } = view.state.selection.main;
  const whole = view.state.doc.toString();
  const hole = alone ? { from: 0, to: whole.length } : holeAt(whole, from);
  // After something whole, another thing is joined: text with text, or a hole beside a hole.
  const joins = hole !== null && from === to && /[\p{L}\p{N}_)\]"']\s*$/u.test(whole.slice(hole.from, from));
  const place = joins && !alone ? { from: hole.to + 2, to: hole.to + 2 } : { from, to };
  const insert = joins && alone ? ` ~ ${text}` : hole && !joins ? text : `{{ ${text} }}`;
  const end = Math.min(place.from, whole.length);
  view.dispatch({
    changes: { from: end, to: Math.max(end, Math.min(place.to, whole.length)), insert },
    selection: { anchor: end + insert.length },
  });
  view.focus();
}
