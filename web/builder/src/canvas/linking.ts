/** Wiring without dragging: a click on a port, then a click on where the wire goes. */
import { t } from '@/lib/i18n';
import { announce } from '@/ui/Toast';
import { doc, locked, wire, wireFrom, wireTo } from './edits';
import { canvas, type End, setCanvas } from './state';

export function clickPort(end: End): void {
  const { linking } = canvas();
  if (locked()) return;
  if (!linking || linking.side === end.side || linking.node === end.node) {
    const same = linking?.node === end.node && linking.port === end.port && linking.side === end.side;
    setCanvas({ linking: same ? null : end });
    if (!same) announce(t('canvas.linking', { name: doc().nodes[end.node]?.name ?? '' }));
    return;
  }
  const [from, to] = linking.side === 'output' ? [linking, end] : [end, linking];
  wire({ from: from.node, output: from.port, to: to.node, input: to.port });
  setCanvas({ linking: null });
}

/** Finish at a card. False where no link was begun. */
export function clickCard(id: string): boolean {
  const { linking } = canvas();
  if (!linking) return false;
  finish(linking, id);
  setCanvas({ linking: null });
  return true;
}

function finish({ node, port, side }: End, id: string): boolean {
  return side === 'output' ? wireTo({ node, output: port }, id) : wireFrom({ node, input: port }, id);
}

/** The card below a point of the window. */
export function cardAt(x: number, y: number): string | null {
  const card = document.elementsFromPoint(x, y).find((element) => element.closest('[data-node]'));
  return card?.closest<HTMLElement>('[data-node]')?.dataset.node ?? null;
}

/** The wire below a point of the window, whatever lies above it. */
export function wireAt(x: number, y: number): string | null {
  const path = document.elementsFromPoint(x, y).find((element) => element.closest('[data-edge]'));
  return path?.closest<HTMLElement>('[data-edge]')?.getAttribute('data-edge') ?? null;
}

/** A wire was dropped on a card's body. */
export function dropOnCard(end: End, id: string): boolean {
  return finish(end, id);
}
