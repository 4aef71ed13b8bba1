import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, keymap, placeholder } from '@codemirror/view';
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react';
import { colours } from './language';

export interface CodeHandle {
  view: EditorView | null;
}

interface CodeMirrorProps {
  ref?: Ref<CodeHandle>;
  value: string;
  onChange: (value: string) => void;
  /** Read once, when the editor appears. */
  extensions: readonly Extension[];
  label: string;
  describedBy?: string;
  invalid?: boolean;
  readOnly?: boolean;
  focus?: boolean;
  hint?: string;
}

const theme = EditorView.theme({
  '&': { fontSize: '12px', backgroundColor: 'transparent', color: 'var(--text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '18px', overflowX: 'auto' },
  '.cm-content': { padding: '6px 0', caretColor: 'var(--text)' },
  '.cm-line': { padding: '0 10px' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--accent), transparent 78%)',
  },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--press)', borderRadius: '3px' },
  '.cm-placeholder': { color: 'var(--text-3)' },
  '.cm-tooltip': {
    border: '0',
    borderRadius: 'var(--r-control)',
    backgroundColor: 'var(--raised)',
    boxShadow: 'var(--shadow-menu)',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '240px', minWidth: '260px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': {
    padding: '3px 10px',
    lineHeight: '20px',
    display: 'flex',
    gap: '12px',
    justifyContent: 'space-between',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent-soft)', color: 'var(--text)' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '600', color: 'var(--accent)' },
  '.cm-completionDetail': {
    fontStyle: 'normal',
    color: 'var(--text-3)',
    maxWidth: '180px',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    margin: '0',
  },
  '.cm-tooltip.cm-completionInfo': { padding: '8px 12px', maxWidth: '320px', font: '400 12px / 18px var(--font)' },
  '.cm-fault': { textDecoration: 'underline wavy var(--err)', textUnderlineOffset: '3px' },
});

/** A code editor. Tab leaves it, as it leaves every field; it only picks a completion while one is offered. */
export function CodeMirror({
  ref,
  value,
  onChange,
  extensions,
  label,
  describedBy,
  invalid,
  readOnly = false,
  focus,
  hint,
}: CodeMirrorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const changed = useRef(onChange);
  const start = useRef({ value, extensions, focus, hint, readOnly });
  const attributes = useRef(new Compartment());
  useEffect(() => {
    changed.current = onChange;
  });
  useImperativeHandle(ref, () => ({
    get view() {
      return view.current;
    },
  }));

  useEffect(() => {
    if (!host.current) return;
    const first = start.current;
    const editor = new EditorView({
      parent: host.current,
      doc: first.value,
      extensions: [
        history(),
        drawSelection(),
        bracketMatching(),
        closeBrackets(),
        autocompletion({ icons: false }),
        syntaxHighlighting(colours),
        keymap.of([
          { key: 'Tab', run: acceptCompletion },
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...historyKeymap,
          ...defaultKeymap.filter((binding) => binding.key !== 'Mod-Enter' && binding.key !== 'Escape'),
        ]),
        EditorView.lineWrapping,
        theme,
        first.hint ? placeholder(first.hint) : [],
        attributes.current.of([]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed.current(update.state.doc.toString());
        }),
        ...first.extensions,
      ],
    });
    view.current = editor;
    if (first.focus) {
      editor.focus();
      const hole = first.value.lastIndexOf('}}');
      const caret = first.value.endsWith('{{  }}')
        ? hole - 1
        : hole >= 0 && first.value.endsWith('}}')
          ? hole
          : first.value.length;
      editor.dispatch({ selection: { anchor: Math.max(0, caret) } });
    }
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, []);

  // What came from elsewhere (undo, a drop, another tab); the caret stays where it was as far as it can.
  useEffect(() => {
    const editor = view.current;
    const now = editor?.state.doc.toString();
    if (!editor || now === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    view.current?.dispatch({
      effects: attributes.current.reconfigure([
        EditorView.contentAttributes.of({
          'aria-label': label,
          ...(describedBy ? { 'aria-describedby': describedBy } : {}),
          ...(invalid ? { 'aria-invalid': 'true' } : {}),
        }),
        EditorState.readOnly.of(readOnly),
      ]),
    });
  }, [label, describedBy, invalid, readOnly]);

  return <div className="np-code-host" ref={host} />;
}
