/** Which way leads where in a document: what a run verb needs to know before it asks the server. */
import type { NodeType } from '@/catalogue/types';
import type { Doc, Node } from '@/doc/model';

type Types = Readonly<Record<string, NodeType>>;

/** The triggers that a run can begin at, a manual one first. */
export function triggersOf(doc: Doc, types: Types): Node[] {
  return Object.values(doc.nodes)
    .filter((node) => isTrigger(types[node.type]) && !node.settings.disabled)
    .sort((a, b) => Number(types[a.type]?.kind !== 'manual') - Number(types[b.type]?.kind !== 'manual'));
}

export function isTrigger(type: NodeType | undefined): boolean {
  return type !== undefined && type.kind !== 'node';
}

/** All nodes that lead to one, itself included. */
export function ancestors(doc: Doc, id: string): Set<string> {
  const found = new Set([id]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const wire of Object.values(doc.connections)) {
      if (!found.has(wire.to) || found.has(wire.from)) continue;
      found.add(wire.from);
      grown = true;
    }
  }
  return found;
}

/** The trigger to begin at so that a node is reached: that of the shown run where it is one of them. */
export function triggerTo(doc: Doc, types: Types, id: string, preferred: string | null): Node | undefined {
  const before = ancestors(doc, id);
  const leading = triggersOf(doc, types).filter((node) => before.has(node.id));
  return leading.find((node) => node.id === preferred) ?? leading[0];
}
