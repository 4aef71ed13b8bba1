/** Measures of the canvas, in its own pixels. Cards have explicit sizes, so that nothing waits for the browser. */
import type { Point } from '@/doc/model';

export const GRID = 8;
export const CARD = { width: 216, height: 64 };
export const PORT = { size: 10, pitch: 24 };
/** From card to card: to the next column, to the next row. */
export const COLUMN = 336;
export const ROW = 96;
export const NOTE = { width: 240, height: 160, least: 96 };
export const ZOOM = { least: 0.05, most: 2, far: 0.45, tiny: 0.39 };

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** How high a card is that has so many inputs and outputs. */
export function heightOf(inputs: number, outputs: number): number {
  return CARD.height + PORT.pitch * Math.max(0, Math.max(inputs, outputs) - 1);
}

/** How far below the card's top the middle of a port is. The first ones are level, so that lines run straight. */
export function portY(index: number): number {
  return CARD.height / 2 + index * PORT.pitch;
}

export function snap(value: number): number {
  return Math.round(value / GRID) * GRID;
}

export function snapped([x, y]: Point): Point {
  return [snap(x), snap(y)];
}

/** True where the boxes are nearer to each other than `gap`. */
export function overlap(a: Box, b: Box, gap = 0): boolean {
  return (
    a.x < b.x + b.width + gap && b.x < a.x + a.width + gap && a.y < b.y + b.height + gap && b.y < a.y + a.height + gap
  );
}

/** The smallest box around all. */
export function around(boxes: Iterable<Box>): Box | null {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const box of boxes) {
    left = Math.min(left, box.x);
    top = Math.min(top, box.y);
    right = Math.max(right, box.x + box.width);
    bottom = Math.max(bottom, box.y + box.height);
  }
  return left === Infinity ? null : { x: left, y: top, width: right - left, height: bottom - top };
}

/** The nearest place below `wanted`, or `wanted` itself, where nothing is. */
export function freePlace(taken: readonly Box[], wanted: Point, size = CARD, gap = 24): Point {
  const [x, start] = snapped(wanted);
  for (let y = start; ; ) {
    const box = { x, y, ...size };
    const hit = taken.find((other) => overlap(box, other, gap));
    if (!hit) return [x, y];
    y = Math.max(y + GRID, Math.ceil((hit.y + hit.height + gap) / GRID) * GRID);
  }
}
