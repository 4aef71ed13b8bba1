/** Where boxes go that are lined up, or spread evenly. */
import type { Point } from '@/doc/model';
import { type Box, GRID, snap } from './geometry';

export type Arrangement = 'left' | 'right' | 'top' | 'bottom' | 'centre' | 'middle' | 'columns' | 'rows';

interface Placed extends Box {
  id: string;
}

/** The new place of each. What is spread stays between the first and the last one, which do not move. */
export function arranged(boxes: readonly Placed[], way: Arrangement): Record<string, Point> {
  if (boxes.length < 2) return {};
  const across = way === 'left' || way === 'right' || way === 'centre' || way === 'columns';
  const start = (box: Box) => (across ? box.x : box.y);
  const size = (box: Box) => (across ? box.width : box.height);
  const sorted = boxes.toSorted((a, b) => start(a) - start(b));
  const first = Math.min(...boxes.map(start));
  const end = Math.max(...boxes.map((box) => start(box) + size(box)));
  const last = Math.max(...boxes.map(start));
  const pitch = (last - first) / (boxes.length - 1);
  const place = (box: Box, index: number): number => {
    if (way === 'columns' || way === 'rows') return Math.round((first + index * pitch) / GRID) * GRID;
    if (way === 'left' || way === 'top') return first;
    return way === 'right' || way === 'bottom' ? end - size(box) : snap((first + end - size(box)) / 2);
  };
  return Object.fromEntries(
    sorted.map((box, index): [string, Point] => {
      const value = place(box, index);
      return [box.id, across ? [value, box.y] : [box.x, value]];
    }),
  );
}
