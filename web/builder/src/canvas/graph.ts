/** Walking the graph: who comes before and after whom, and where an arrow key leads. */
import type { Connection, Doc, Node } from '@/doc/model';

export interface Wires {
  into: ReadonlyMap<string, readonly Connection[]>;
  out: ReadonlyMap<string, readonly Connection[]>;
}

const known = new WeakMap<Doc['connections'], Wires>();

/** The wires by their ends; made once per set of connections. */
export function wiresOf(doc: Doc): Wires {
  const made = known.get(doc.connections);
  if (made) return made;
  const into = new Map<string, Connection[]>();
  const out = new Map<string, Connection[]>();
  for (const wire of Object.values(doc.connections)) {
    file(out, wire.from, wire);
    file(into, wire.to, wire);
  }
  const wires = { into, out };
  known.set(doc.connections, wires);
  return wires;
}

function file(index: Map<string, Connection[]>, id: string, wire: Connection): void {
  const list = index.get(id);
  if (list) list.push(wire);
  else index.set(id, [wire]);
}

/** The node and all that come after it (`out`) or before it (`into`). */
export function reach(doc: Doc, ids: Iterable<string>, way: 'into' | 'out'): Set<string> {
  const wires = wiresOf(doc)[way];
  const found = new Set(ids);
  for (const id of found) for (const wire of wires.get(id) ?? []) found.add(way === 'out' ? wire.to : wire.from);
  return found;
}

/** Top to bottom, then left to right: how people read branches. */
export function inOrder(a: Node, b: Node): number {
  return a.position[1] - b.position[1] || a.position[0] - b.position[0] || (a.id < b.id ? -1 : 1);
}

export function nodesAt(doc: Doc, ids: Iterable<string>): Node[] {
  const nodes = [...new Set(ids)].map((id) => doc.nodes[id]);
  return nodes.filter((node) => node !== undefined).sort(inOrder);
}

const numbered = new WeakMap<Doc['connections'], { nodes: Doc['nodes']; steps: ReadonlyMap<string, number> }>();

/** The number of each step: nobody comes before those that lead to it, loops aside. */
export function stepNumbers(doc: Doc): ReadonlyMap<string, number> {
  const made = numbered.get(doc.connections);
  if (made && sameIds(made.nodes, doc.nodes)) return made.steps;
  const steps = new Map(topological(doc).map((id, i) => [id, i + 1]));
  numbered.set(doc.connections, { nodes: doc.nodes, steps });
  return steps;
}

function sameIds(a: Doc['nodes'], b: Doc['nodes']): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  // Places break ties only, so the numbers of moved nodes may stay until something is wired.
  return keys.length === Object.keys(b).length && keys.every((id) => id in b);
}

function topological(doc: Doc): string[] {
  const { into, out } = wiresOf(doc);
  const waits = new Map(Object.keys(doc.nodes).map((id) => [id, into.get(id)?.length ?? 0]));
  const rest = new Set(
    Object.values(doc.nodes)
      .sort(inOrder)
      .map((node) => node.id),
  );
  const ready = [...rest].filter((id) => waits.get(id) === 0);
  const order: string[] = [];
  while (rest.size > 0) {
    // Only loops are left where nothing is ready: they begin at their first node.
    const id = ready.shift() ?? first(rest);
    if (!rest.delete(id)) continue;
    order.push(id);
    for (const { to } of out.get(id) ?? []) {
      const left = (waits.get(to) ?? 0) - 1;
      waits.set(to, left);
      if (left === 0 && rest.has(to)) ready.push(to);
    }
  }
  return order;
}

function first(ids: Set<string>): string {
  for (const id of ids) return id;
  return '';
}

export type Arrow = 'left' | 'right' | 'up' | 'down';

/** The node that an arrow key leads to: along the wires to the sides, the nearest one up and down. */
export function walk(doc: Doc, id: string, arrow: Arrow): string | null {
  const node = doc.nodes[id];
  if (!node) return null;
  if (arrow === 'up' || arrow === 'down') return nearest(doc, node, arrow);
  const wires = wiresOf(doc);
  const ids =
    arrow === 'right' ? wires.out.get(id)?.map((wire) => wire.to) : wires.into.get(id)?.map((wire) => wire.from);
  const [next] = nodesAt(doc, ids ?? []).sort((a, b) => distance(node, a) - distance(node, b));
  return next?.id ?? null;
}

function nearest(doc: Doc, node: Node, arrow: 'up' | 'down'): string | null {
  const sign = arrow === 'down' ? 1 : -1;
  const candidates = Object.values(doc.nodes).filter((other) => (other.position[1] - node.position[1]) * sign > 0);
  // What is beside counts as three times as far as what is straight above or below.
  const cost = (other: Node) =>
    Math.abs(other.position[1] - node.position[1]) + 3 * Math.abs(other.position[0] - node.position[0]);
  let best: Node | null = null;
  for (const other of candidates) if (!best || cost(other) < cost(best)) best = other;
  return best?.id ?? null;
}

function distance(a: Node, b: Node): number {
  return Math.abs(a.position[1] - b.position[1]) + Math.abs(a.position[0] - b.position[0]) / 100;
}
