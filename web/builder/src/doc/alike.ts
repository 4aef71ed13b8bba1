import { equal } from './merge';
import type { Doc } from './model';

/** Whether two documents do the same, wherever their nodes stand. */
export function alike(a: Doc, b: Doc): boolean {
  return a === b || equal(work(a), work(b));
}

function work({ nodes, connections }: Doc) {
  const unplaced = Object.entries(nodes).map(([id, { position: _, ...node }]) => [id, node]);
  return { nodes: Object.fromEntries(unplaced), connections };
}
