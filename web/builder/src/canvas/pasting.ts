/** Copying, pasting and duplicating steps and notes, as JSON on the system's clipboard. */
import { fromClipboard, toClipboard } from '@/doc/clipboard';
import type { Point } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { announce, toast } from '@/ui/Toast';
import { boxes, centre, frame, toCanvas } from './camera';
import { deleteSelected, doc, focusCard, locked, selection } from './edits';
import { around, snapped } from './geometry';
import { canvas } from './state';

/** What is selected, as text; empty where nothing is. */
export function copied(): string {
  const ids = selection();
  return ids.size > 0 ? toClipboard(doc(), ids) : '';
}

export function sayCopied(): void {
  announce(t('canvas.did_copy', { count: selection().size }));
}

/** Put what the clipboard holds on the canvas and select it; `at` is its upper left corner. */
export function paste(text: string, at: Point, label = t('canvas.did_paste')): void {
  if (locked() || !text.trim()) return;
  let ids: readonly string[] = [];
  let problems: readonly unknown[] = [];
  useDocument.getState().change(label, (before) => {
    const made = fromClipboard(before, text, snapped(at));
    ids = made.ids;
    problems = made.problems;
    return made.doc;
  });
  for (const problem of problems.slice(0, 3)) toast(String(problem), 'error');
  if (ids.length === 0) {
    if (problems.length === 0) toast(t('canvas.nothing_to_paste'));
    return;
  }
  useView.getState().select(ids);
  announce(t('canvas.did_paste_count', { count: ids.length }));
  const [first] = ids;
  if (first) focusCard(first);
  requestAnimationFrame(() => showAll(ids));
}

/** Look at what came in where not all of it is seen. */
function showAll(ids: readonly string[]): void {
  const { flow, element, ports } = canvas();
  const bounds = around(boxes(doc(), ports, new Set(ids)));
  const rect = element?.getBoundingClientRect();
  if (!flow || !bounds || !rect) return;
  const [left, top] = toCanvas([rect.left, rect.top]);
  const [right, bottom] = toCanvas([rect.right, rect.bottom]);
  const inside =
    bounds.x >= left && bounds.y >= top && bounds.x + bounds.width <= right && bounds.y + bounds.height <= bottom;
  if (!inside) frame(new Set(ids));
}

/** Where the pointer is when it is over the canvas; else in the middle. */
export function pastePoint(): Point {
  const { pointer, element } = canvas();
  const rect = element?.getBoundingClientRect();
  const over =
    pointer &&
    rect &&
    pointer[0] > rect.left &&
    pointer[0] < rect.right &&
    pointer[1] > rect.top &&
    pointer[1] < rect.bottom;
  return over ? toCanvas(pointer) : centre();
}

/** The same again, below. */
export function duplicate(): void {
  const text = copied();
  const bounds = around(boxes(doc(), canvas().ports, selection()));
  if (text && bounds) paste(text, [bounds.x + 24, bounds.y + bounds.height + 24], t('canvas.did_duplicate'));
}

/** From menus, where no `copy` event comes from the browser. */
export async function copySelected(): Promise<boolean> {
  const text = copied();
  if (!text) return false;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without HTTPS there is no such interface; the old command raises the event that the keys raise.
    canvas().element?.focus();
    if (!document.execCommand('copy')) {
      toast(t('canvas.copy_refused'), 'error');
      return false;
    }
  }
  sayCopied();
  return true;
}

export async function cutSelected(): Promise<void> {
  if (await copySelected()) deleteSelected();
}

export async function pasteHere(at: Point): Promise<void> {
  try {
    paste(await navigator.clipboard.readText(), at);
  } catch {
    toast(t('canvas.paste_refused'), 'error');
  }
}
