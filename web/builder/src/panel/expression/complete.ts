/** Completion by the server, which knows the data, the nodes and the language. */
import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  pickedCompletion,
} from '@codemirror/autocomplete';
import type { EditorView } from '@codemirror/view';
import { documentFor, executionFor, post, type Suggestion, type Suggestions, workflowId } from '../data/server';
import { type Hole, holeAt, points, units } from './holes';

/** What completions are asked with, as it is at that moment. */
export interface Where {
  node: string;
  item: number;
  port: string | undefined;
  /** The whole text is an expression. */
  alone: boolean;
}

/** Characters after which something can come without being asked for. */
const BEGINS = /[\p{L}_.|[("']$/u;

export function completions(where: () => Where) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const text = context.state.doc.toString();
    const { node, item, port, alone } = where();
    const hole: Hole | null = alone ? { from: 0, to: text.length } : holeAt(text, context.pos);
    if (!hole) return null;
    const before = text.slice(hole.from, context.pos);
    if (!context.explicit && before.trim() !== '' && !BEGINS.test(before.trimEnd())) return null;
    const controller = new AbortController();
    context.addEventListener('abort', () => controller.abort());
    const source = text.slice(hole.from, hole.to);
    try {
      const found = await post<Suggestions>(
        'api/expressions/complete',
        {
          workflow: workflowId(),
          node,
          item,
          port,
          source,
          cursor: points(source, context.pos - hole.from),
          ...executionFor(),
          ...documentFor(node),
        },
        controller.signal,
      );
      const at = (point: number) => hole.from + units(source, point);
      return {
        from: at(found.from),
        to: Math.max(at(found.to), context.pos),
        options: found.options.map((option) => completion(option, at)),
        validFor: /^[\p{L}\p{N}_]*$/u,
      };
    } catch {
      // No help is better than an error in the middle of a word; what is wrong is told below the field.
      return null;
    }
  };
}

function completion(option: Suggestion, at: (point: number) => number): Completion {
  return {
    label: option.label,
    type: option.kind,
    detail: option.detail || option.type,
    boost: option.boost * 20,
    info: option.doc ? () => documentation(option) : undefined,
    apply: (view: EditorView, picked: Completion, from: number, to: number) => {
      const start = option.from === null ? from : at(option.from);
      const caret = start + option.apply.length - option.back;
      view.dispatch({
        changes: { from: start, to, insert: option.apply },
        selection: { anchor: caret },
        annotations: pickedCompletion.of(picked),
      });
    },
  };
}

function documentation(option: Suggestion): HTMLElement {
  const box = document.createElement('div');
  const head = document.createElement('code');
  head.textContent = option.detail || option.label;
  const text = document.createElement('p');
  text.textContent = option.doc;
  box.append(head, text);
  return box;
}
