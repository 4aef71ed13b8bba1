/** Selecting: clicks choose, a marquee chooses what it touches; with Shift it adds, with Alt it takes away. */
import { useView } from '@/editor/view';

interface Pick {
  id: string;
  selected: boolean;
}

interface Marquee {
  way: 'replace' | 'add' | 'remove';
  base: ReadonlySet<string>;
  hit: Set<string>;
}

let marquee: Marquee | null = null;

/** The pointer went down on the empty canvas. */
export function beginMarquee({ shiftKey, altKey }: { shiftKey: boolean; altKey: boolean }): void {
  const way = shiftKey ? 'add' : altKey ? 'remove' : 'replace';
  marquee = { way, base: useView.getState().selected, hit: new Set() };
}

export function endMarquee(): void {
  marquee = null;
}

/** React Flow's word on what is selected now and what is not any more. */
export function chooseNodes(changes: readonly Pick[]): void {
  const { selected, selectedEdges, select } = useView.getState();
  const now = marquee && marquee.way !== 'replace' ? swept(marquee, changes) : applied(selected, changes);
  select(now, selectedEdges);
}

export function chooseEdges(changes: readonly Pick[]): void {
  const { selected, selectedEdges, select } = useView.getState();
  // A marquee is about steps; the wires between them come along by themselves.
  if (!marquee) select(selected, applied(selectedEdges, changes));
  else if (selectedEdges.size > 0) select(selected);
}

function applied(before: ReadonlySet<string>, changes: readonly Pick[]): Set<string> {
  const now = new Set(before);
  for (const { id, selected } of changes) {
    if (selected) now.add(id);
    else now.delete(id);
  }
  return now;
}

function swept({ way, base, hit }: Marquee, changes: readonly Pick[]): Set<string> {
  for (const { id, selected } of changes) {
    if (selected) hit.add(id);
    else hit.delete(id);
  }
  return way === 'add' ? new Set([...base, ...hit]) : new Set([...base].filter((id) => !hit.has(id)));
}
