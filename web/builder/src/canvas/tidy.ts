/** Laying the graph out from left to right, parts that are not connected below each other. */
import { move } from '@/doc/commands';
import type { Doc, Point } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { t } from '@/lib/i18n';
import { announce } from '@/ui/Toast';
import { frame, glide } from './camera';
import { around, type Box, CARD, COLUMN, ROW, snap } from './geometry';
import { inOrder, wiresOf } from './graph';
import { boxOf, notesUnder } from './insertion';
import type { Ports } from './ports';
import { canvas } from './state';

type Dagre = typeof import('@dagrejs/dagre');

/** Ids of nodes that are connected with each other, whatever the direction; the upper part first. */
export function parts(doc: Doc, ids: ReadonlySet<string>): string[][] {
  const { into, out } = wiresOf(doc);
  const left = new Set(
    Object.values(doc.nodes)
      .filter((node) => ids.has(node.id))
      .sort(inOrder)
      .map((node) => node.id),
  );
  const found: string[][] = [];
  for (const start of left) {
    const part = new Set([start]);
    for (const id of part) {
      left.delete(id);
      const near = [...(out.get(id) ?? []).map((wire) => wire.to), ...(into.get(id) ?? []).map((wire) => wire.from)];
      for (const other of near) if (ids.has(other)) part.add(other);
    }
    found.push([...part]);
  }
  return found;
}

/** New places of these nodes, and of the notes that lie under them. */
export function arrange(doc: Doc, ids: ReadonlySet<string>, ports: ReadonlyMap<string, Ports>, dagre: Dagre) {
  const places: Record<string, Point> = {};
  const nodes = [...ids].map((id) => doc.nodes[id]).filter((node) => node !== undefined);
  const before = around(nodes.map((node) => boxOf(node, ports.get(node.id))));
  if (!before) return places;
  let top = before.y;
  for (const part of parts(doc, ids)) {
    const laid = layPart(doc, part, ports, dagre);
    const bounds = around(laid.values());
    if (!bounds) continue;
    for (const [id, box] of laid) places[id] = [snap(box.x - bounds.x + before.x), snap(box.y - bounds.y + top)];
    top += bounds.height + ROW;
  }
  return { ...places, ...notesUnder(doc, places, ports) };
}

function layPart(doc: Doc, part: readonly string[], ports: ReadonlyMap<string, Ports>, dagre: Dagre): Map<string, Box> {
  const graph = new dagre.Graph();
  graph.setGraph({ rankdir: 'LR', ranksep: COLUMN - CARD.width, nodesep: ROW - CARD.height, edgesep: 16 });
  graph.setDefaultEdgeLabel(() => ({}));
  const { out } = wiresOf(doc);
  const boxes = new Map<string, Box>();
  for (const id of part) {
    const node = doc.nodes[id];
    if (!node) continue;
    const box = boxOf(node, ports.get(id));
    boxes.set(id, box);
    graph.setNode(id, { width: box.width, height: box.height });
  }
  for (const id of part) {
    // In the order of the ports, so that the first branch is on top.
    const order = ports.get(id)?.outputs.map((port) => port.name) ?? [];
    const wires = [...(out.get(id) ?? [])].sort((a, b) => order.indexOf(a.output) - order.indexOf(b.output));
    for (const wire of wires) if (boxes.has(wire.to)) graph.setEdge(id, wire.to);
  }
  dagre.layout(graph);
  for (const [id, box] of boxes) {
    const { x = 0, y = 0 } = graph.node(id);
    boxes.set(id, { ...box, x: x - box.width / 2, y: y - box.height / 2 });
  }
  return boxes;
}

const MOVING = 220;

/** Tidy up all, or what is selected when that is more than one node: one step, then all is shown. */
export async function tidy(selected: readonly string[]): Promise<void> {
  const { doc, change } = useDocument.getState();
  const ids = new Set(selected.length > 1 ? selected : Object.keys(doc.nodes));
  const dagre = await import('@dagrejs/dagre');
  const { element, ports } = canvas();
  element?.classList.toggle('arranging', glide() > 0);
  change(t('canvas.did_tidy'), (before) => move(before, arrange(before, ids, ports, dagre)));
  setTimeout(() => element?.classList.remove('arranging'), MOVING);
  announce(t('canvas.did_tidy'));
  if (selected.length < 2) frame();
}
