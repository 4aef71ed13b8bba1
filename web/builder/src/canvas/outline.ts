/** The graph as a list that can be read from top to bottom: what follows stands below, branches stand one level in. */
import { connect, disconnect, move } from '@/doc/commands';
import { type Doc, keyOf, type Node } from '@/doc/model';
import { inOrder, nodesAt, wiresOf } from './graph';
import type { Ports } from './ports';

export interface Row {
  id: string;
  level: number;
  /** The output that leads here, where its node has more than one. */
  via: string | null;
  /** Names of other nodes that lead here as well. */
  also: string[];
}

/** Every node once, at its first place. */
export function outline(doc: Doc, ports: ReadonlyMap<string, Ports>): Row[] {
  const { into } = wiresOf(doc);
  const rows: Row[] = [];
  const seen = new Set<string>();
  const nodes = Object.values(doc.nodes).sort(inOrder);
  const roots = nodes.filter((node) => !into.get(node.id)?.length);
  // Loops that nothing leads into have no root; they begin at their first node.
  for (const node of [...roots, ...nodes]) chain(doc, ports, node.id, 1, null, null, seen, rows);
  return rows;
}

function chain(
  doc: Doc,
  ports: ReadonlyMap<string, Ports>,
  start: string,
  level: number,
  via: string | null,
  from: string | null,
  seen: Set<string>,
  rows: Row[],
): void {
  let [id, port, before]: [string | undefined, string | null, string | null] = [start, via, from];
  while (id !== undefined && !seen.has(id)) {
    seen.add(id);
    const others = (wiresOf(doc).into.get(id) ?? []).filter((wire) => wire.from !== before);
    const also = [...new Set(others.map((wire) => doc.nodes[wire.from]?.name ?? wire.from))];
    rows.push({ id, level, via: port, also });
    const next = follow(doc, ports, id);
    const [only] = next;
    before = id;
    if (next.length === 1 && only) {
      [id, port] = [only.to, only.via];
      continue;
    }
    for (const branch of next) chain(doc, ports, branch.to, level + 1, branch.via, before, seen, rows);
    return;
  }
}

/** What follows a node, in the order of its outputs. */
function follow(doc: Doc, ports: ReadonlyMap<string, Ports>, id: string): { to: string; via: string | null }[] {
  const outputs = ports.get(id)?.outputs.map((port) => port.name) ?? [];
  const wires = [...(wiresOf(doc).out.get(id) ?? [])];
  const rank = new Map(
    nodesAt(
      doc,
      wires.map((wire) => wire.to),
    ).map((node, i) => [node.id, i]),
  );
  wires.sort(
    (a, b) => outputs.indexOf(a.output) - outputs.indexOf(b.output) || (rank.get(a.to) ?? 0) - (rank.get(b.to) ?? 0),
  );
  return wires.map((wire) => ({ to: wire.to, via: outputs.length > 1 ? wire.output : null }));
}

/** The node right before this one, when the two stand in a plain line and can change places. */
export function swappable(doc: Doc, id: string): string | null {
  const { into, out } = wiresOf(doc);
  const [wire, ...more] = into.get(id) ?? [];
  if (!wire || more.length > 0 || (out.get(id)?.length ?? 0) > 1) return null;
  const before = into.get(wire.from) ?? [];
  const after = out.get(wire.from) ?? [];
  return before.length === 1 && after.length === 1 && before[0]?.from !== id ? wire.from : null;
}

/** Let a node and the one before it change places, in the line and on the canvas. */
export function swapWithBefore(doc: Doc, id: string): Doc {
  const other = swappable(doc, id);
  const [a, b]: (Node | undefined)[] = [other ? doc.nodes[other] : undefined, doc.nodes[id]];
  if (!a || !b) return doc;
  const { into, out } = wiresOf(doc);
  const [entry] = into.get(a.id) ?? [];
  const [middle] = into.get(b.id) ?? [];
  const [exit] = out.get(b.id) ?? [];
  if (!entry || !middle) return doc;
  let next = disconnect(doc, [entry, middle, ...(exit ? [exit] : [])].map(keyOf));
  next = connect(next, { ...entry, to: b.id, input: middle.input });
  next = connect(next, { from: b.id, output: exit?.output ?? middle.output, to: a.id, input: entry.input });
  if (exit) next = connect(next, { ...exit, from: a.id, output: middle.output });
  return move(next, { [a.id]: b.position, [b.id]: a.position });
}
