/** Putting a new node into the document: its place, its wires, and room for it. */
import type { NodeType } from '@/catalogue/types';
import { addNode, connect, move, splice } from '@/doc/commands';
import type { Doc, Node, Point } from '@/doc/model';
import type { PaletteContext } from '@/editor/view';
import { type Box, CARD, COLUMN, freePlace, heightOf, overlap, portY, ROW, snapped } from './geometry';
import { nodesAt, reach } from './graph';
import type { Ports } from './ports';

export interface Insertion {
  type: NodeType;
  context: PaletteContext;
  ports: ReadonlyMap<string, Ports>;
  /** The middle of what is visible. */
  centre: Point;
}

export function boxOf(node: Node, ports: Ports | undefined, position = node.position): Box {
  const [x, y] = position;
  return { x, y, width: CARD.width, height: heightOf(ports?.inputs.length ?? 1, ports?.outputs.length ?? 1) };
}

export function boxesOf(doc: Doc, ports: ReadonlyMap<string, Ports>): Box[] {
  return Object.values(doc.nodes).map((node) => boxOf(node, ports.get(node.id)));
}

/** Add a node of a type where the context says, wired as the context says. */
export function insertNode(doc: Doc, insertion: Insertion): { doc: Doc; node: Node } {
  const { type, context, ports } = insertion;
  const height = heightOf(type.inputs.length, type.outputs.length);
  const wide = context.edge ? makeRoom(doc, context.edge, ports) : doc;
  const position = freePlace(boxesOf(wide, ports), wanted(wide, insertion, height), { width: CARD.width, height });
  const added = addNode(wide, { type: type.key, name: type.title, version: type.version, position });
  return { doc: wired(added.doc, added.node.id, insertion), node: added.node };
}

function wired(doc: Doc, id: string, { type, context: { from, to, edge } }: Insertion): Doc {
  const [input, output] = [type.inputs[0], type.outputs[0]];
  if (edge) return input && output ? splice(doc, edge, id, input, output) : doc;
  let next = doc;
  if (from && input) next = connect(next, { from: from.node, output: from.output, to: id, input });
  if (to && output) next = connect(next, { from: id, output, to: to.node, input: to.input });
  return next;
}

/** Where the upper left corner should be, if it were free. */
function wanted(doc: Doc, { context, ports, centre }: Insertion, height: number): Point {
  const { position, from, to, edge } = context;
  if (position) {
    const [x, y] = position;
    // A wire that was dropped: its end stays where the pointer is.
    if (from) return [x, y - portY(0)];
    if (to) return [x - CARD.width, y - portY(0)];
    return [x - CARD.width / 2, y - height / 2];
  }
  const wire = edge ? doc.connections[edge] : undefined;
  const source = from ? doc.nodes[from.node] : wire && doc.nodes[wire.from];
  const target = to ? doc.nodes[to.node] : wire && doc.nodes[wire.to];
  if (source) return beside(source, ports.get(source.id), from?.output ?? wire?.output, target);
  if (target) return [target.position[0] - COLUMN, target.position[1]];
  return [centre[0] - CARD.width / 2, centre[1] - height / 2];
}

function beside(source: Node, ports: Ports | undefined, output: string | undefined, target: Node | undefined): Point {
  const [x, y] = source.position;
  if (target) return [x + COLUMN, snapped(target.position)[1]];
  const outputs = ports?.outputs ?? [];
  const index = outputs.findIndex((port) => port.name === output);
  return [x + COLUMN, y + Math.max(0, index) * ROW];
}

/** Move what follows a wire to the right, where a card would not fit between its ends. */
function makeRoom(doc: Doc, key: string, ports: ReadonlyMap<string, Ports>): Doc {
  const wire = doc.connections[key];
  const source = wire && doc.nodes[wire.from];
  const target = wire && doc.nodes[wire.to];
  if (!source || !target) return doc;
  const missing = source.position[0] + 2 * COLUMN - target.position[0];
  if (missing <= 0 || target.position[0] <= source.position[0]) return doc;
  const places: Record<string, Point> = {};
  for (const id of reach(doc, [target.id], 'out')) {
    const node = doc.nodes[id];
    if (node && node.position[0] >= target.position[0]) places[id] = [node.position[0] + missing, node.position[1]];
  }
  return move(doc, { ...places, ...notesUnder(doc, places, ports) });
}

/** New places of the notes that lie under nodes that get new places: each goes where the first node on it goes. */
export function notesUnder(
  doc: Doc,
  places: Readonly<Record<string, Point>>,
  ports: ReadonlyMap<string, Ports>,
): Record<string, Point> {
  const moved: Record<string, Point> = {};
  const nodes = nodesAt(doc, Object.keys(places));
  for (const note of Object.values(doc.notes)) {
    const [x, y] = note.position;
    const area = { x, y, width: note.size[0], height: note.size[1] };
    const node = nodes.find((one) => overlap(area, boxOf(one, ports.get(one.id))));
    const place = node && places[node.id];
    if (node && place) moved[note.id] = [x + place[0] - node.position[0], y + place[1] - node.position[1]];
  }
  return moved;
}
