import { useEffect } from 'react';
import { useView } from '@/editor/view';
import { deleteSelected, locked } from './edits';
import { copied, paste, pastePoint, sayCopied } from './pasting';
import { canvas } from './state';

/** True where the clipboard is not some field's or some marked text's. */
function ours(event: ClipboardEvent): boolean {
  const { target } = event;
  const field =
    target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'));
  if (field || useView.getState().overlay !== null) return false;
  const focus = document.activeElement;
  return !focus || focus === document.body || canvas().element?.contains(focus) === true;
}

function onCopy(event: ClipboardEvent): void {
  if (!ours(event) || !document.getSelection()?.isCollapsed) return;
  const text = copied();
  if (!text) return;
  event.clipboardData?.setData('text/plain', text);
  event.preventDefault();
  if (event.type === 'cut' && !locked()) deleteSelected();
  else sayCopied();
}

function onPaste(event: ClipboardEvent): void {
  const text = event.clipboardData?.getData('text/plain');
  if (!text || !ours(event)) return;
  event.preventDefault();
  paste(text, pastePoint());
}

/** Ctrl-C, Ctrl-X and Ctrl-V as the browser's own events, which work without HTTPS and between tabs and instances. */
export function useClipboard(): void {
  useEffect(() => {
    document.addEventListener('copy', onCopy);
    document.addEventListener('cut', onCopy);
    document.addEventListener('paste', onPaste);
    return () => {
      document.removeEventListener('copy', onCopy);
      document.removeEventListener('cut', onCopy);
      document.removeEventListener('paste', onPaste);
    };
  }, []);
}
