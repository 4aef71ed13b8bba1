/** Where a box goes beside a control. */
import type { Side } from './Tooltip';

interface Size {
  width: number;
  height: number;
}

interface Rect extends Size {
  left: number;
  top: number;
}

const GAP = 6;
const MARGIN = 8;
const OPPOSITE = { top: 'bottom', bottom: 'top', left: 'right', right: 'left' } as const;

/** The corner of a box at the wanted side of a control, at the other one where it does not fit, within the window. */
export function place(control: Rect, box: Size, side: Side, view: Size): { left: number; top: number } {
  const wanted = at(control, box, side);
  const { left, top } = fits(wanted, box, side, view) ? wanted : at(control, box, OPPOSITE[side]);
  return {
    left: Math.round(Math.max(MARGIN, Math.min(left, view.width - box.width - MARGIN))),
    top: Math.round(Math.max(MARGIN, Math.min(top, view.height - box.height - MARGIN))),
  };
}

function at({ left, top, width, height }: Rect, box: Size, side: Side) {
  const middle = { left: left + (width - box.width) / 2, top: top + (height - box.height) / 2 };
  switch (side) {
    case 'top':
      return { ...middle, top: top - box.height - GAP };
    case 'bottom':
      return { ...middle, top: top + height + GAP };
    case 'left':
      return { ...middle, left: left - box.width - GAP };
    case 'right':
      return { ...middle, left: left + width + GAP };
  }
}

function fits({ left, top }: { left: number; top: number }, box: Size, side: Side, view: Size): boolean {
  if (side === 'top') return top >= MARGIN;
  if (side === 'bottom') return top + box.height <= view.height - MARGIN;
  return left >= MARGIN && left + box.width <= view.width - MARGIN;
}
