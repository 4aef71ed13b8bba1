/** Which items belong together: what an item was made from, and what became of it. */
import { create } from 'zustand';
import type { AnswerOf } from '@/lib/api';
import type { Page } from './server';
import type { Side } from './useData';

export type Lineage = AnswerOf<'recorded_read_lineage'>;

/** A list of recorded items: what a port of a step took or gave, in one iteration. */
export interface Shelf {
  execution: string;
  node: string;
  side: Side;
  /** Iterations, joined by dots. */
  path: string;
  port: string;
}

/** One of them. */
export interface Spot extends Shelf {
  item: number;
}

/** The item that the pointer or the focus rests on: one for the whole panel. */
export const useTrace = create<{ at: Spot | null }>(() => ({ at: null }));

/** What passes over many rows asks for none of them. */
const PAUSE = 120;
let resting = 0;

/** Look at an item shortly after; at none at once. */
export function trace(spot: Spot | null): void {
  clearTimeout(resting);
  if (spot === null) useTrace.setState({ at: null });
  else resting = window.setTimeout(() => useTrace.setState({ at: spot }), PAUSE);
}

/** Where the items of a page were recorded; null where they were not: pinned ones come from nowhere. */
export function shelfOf(node: string, side: Side, page: Page | undefined): Shelf | null {
  if (page?.source !== 'execution' || !page.execution || page.port === null) return null;
  return { execution: page.execution, node, side, path: page.path.join('.'), port: page.port };
}

export function isOn(spot: Spot, shelf: Shelf): boolean {
  return (
    spot.execution === shelf.execution &&
    spot.node === shelf.node &&
    spot.side === shelf.side &&
    spot.path === shelf.path &&
    spot.port === shelf.port
  );
}

/** The items of a shelf that belong to an item elsewhere. */
export function kin(at: Spot, lineage: Lineage, shelf: Shelf): number[] {
  if (at.execution !== shelf.execution || isOn(at, shelf)) return [];
  const found =
    at.node === shelf.node && at.path === shelf.path && at.side !== shelf.side
      ? lineage.across.filter((spot) => spot.port === shelf.port)
      : shelf.side === 'output'
        ? lineage.ancestors.filter(
            (one) => one.node === shelf.node && one.path.join('.') === shelf.path && one.port === shelf.port,
          )
        : [];
  return [...new Set(found.map((spot) => spot.item))].sort((a, b) => a - b);
}

/** A step on the way back, and which of its items were on it. */
export interface Hop {
  key: string;
  distance: number;
  node: string;
  name: string;
  port: string;
  /** The iteration, from 1; empty where it is the one that is looked at. */
  iteration: string;
  items: number[];
}

/** The way back from an item, the nearest step first. */
export function hops(lineage: Lineage, path: string): Hop[] {
  const found = new Map<string, Hop>();
  for (const one of lineage.ancestors) {
    const own = one.path.join('.');
    const key = `${one.distance} ${one.node} ${one.port} ${own}`;
    const hop = found.get(key);
    if (hop) hop.items.push(one.item);
    else {
      const iteration = own === path ? '' : one.path.map((index) => index + 1).join('.');
      found.set(key, {
        key,
        distance: one.distance,
        node: one.node,
        name: one.name,
        port: one.port,
        iteration,
        items: [one.item],
      });
    }
  }
  return [...found.values()];
}

const FEW = 3;

/** `2`, `1, 4, 6` or `3–9`, counted from 1 as people do; null where it takes more words than it says. */
export function numbered(items: readonly number[]): string | null {
  const sorted = [...new Set(items)].sort((a, b) => a - b);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return null;
  if (sorted.length > 2 && last - first === sorted.length - 1) return `${first + 1}–${last + 1}`;
  return sorted.length <= FEW ? sorted.map((item) => item + 1).join(', ') : null;
}
