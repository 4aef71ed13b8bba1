/** Which steps come before a node. */
import type { Connection, Doc } from '@/doc/model';

/** Ids of all nodes before a node, the nearest first. */
export function ancestors(connections: Readonly<Record<string, Connection>>, node: string): string[] {
  const wires = Object.values(connections);
  const found = new Set<string>();
  let edge = [node];
  while (edge.length > 0) {
    const next = wires.filter((wire) => edge.includes(wire.to)).map((wire) => wire.from);
    edge = [...new Set(next)].filter((id) => !found.has(id) && id !== node);
    for (const id of edge) found.add(id);
  }
  return [...found];
}

/** The node before, and the one after: the first wire each way. */
export function neighbours(doc: Doc, node: string): { before: string | null; after: string | null } {
  const wires = Object.values(doc.connections);
  return {
    before: wires.find((wire) => wire.to === node)?.from ?? null,
    after: wires.find((wire) => wire.from === node)?.to ?? null,
  };
}
