/** The document as React Flow wants it. Only what changed gets a new identity, so only that is drawn again. */
import { type Edge, type Node as FlowNode, type NodeHandle, Position } from '@xyflow/react';
import type { Doc, Node, Note } from '@/doc/model';
import { CARD, heightOf, PORT, portY } from './geometry';
import type { Port, Ports } from './ports';
import type { Drafts } from './state';

export type CardNode = FlowNode<{ node: Node; ports: Ports; pinned: boolean; step: number }, 'card'>;
export type NoteNode = FlowNode<{ note: Note }, 'note'>;
export type CanvasNode = CardNode | NoteNode;
export interface WireData extends Record<string, unknown> {
  /** A port at one of its ends does not exist. */
  broken: boolean;
  /** Leaves by the error output. */
  error: boolean;
  pinned: boolean;
  /** One of its ends is disabled. */
  passes: boolean;
}
export type CanvasEdge = Edge<WireData, 'wire'>;

export interface Sources {
  doc: Doc;
  ports: ReadonlyMap<string, Ports>;
  steps: ReadonlyMap<string, number>;
  selected: ReadonlySet<string>;
  selectedEdges: ReadonlySet<string>;
  drafts: Drafts;
}

const NO_PORTS: Ports = { inputs: [], outputs: [] };
// React Flow calls its wrapper a "node" in English; the card inside has a name of its own.
const UNNAMED = { 'aria-roledescription': undefined };

function handles(ports: readonly Port[], type: 'source' | 'target'): NodeHandle[] {
  return ports.map((port, i) => ({
    id: port.name,
    type,
    position: type === 'source' ? Position.Right : Position.Left,
    x: (type === 'source' ? CARD.width : 0) - PORT.size / 2,
    y: portY(i) - PORT.size / 2,
    width: PORT.size,
    height: PORT.size,
  }));
}

function card(
  node: Node,
  { ports, steps, selected, drafts, doc }: Omit<Sources, 'selectedEdges'>,
  before: CardNode | undefined,
): CardNode {
  const own = ports.get(node.id) ?? NO_PORTS;
  const pinned = node.id in doc.pins;
  const step = steps.get(node.id) ?? 0;
  const chosen = selected.has(node.id);
  const draft = drafts.get(node.id);
  const [x, y] = draft?.position ?? node.position;
  const zIndex = draft ? 1 : 0;
  const data = before?.data;
  const same = data?.node === node && data.ports === own && data.pinned === pinned && data.step === step;
  if (
    before &&
    same &&
    before.selected === chosen &&
    before.position.x === x &&
    before.position.y === y &&
    before.zIndex === zIndex
  )
    return before;
  const height = heightOf(own.inputs.length, own.outputs.length);
  const size = { width: CARD.width, height };
  return {
    id: node.id,
    type: 'card',
    position: { x, y },
    ...size,
    measured: size,
    handles:
      data?.ports === own && before?.handles
        ? before.handles
        : [...handles(own.inputs, 'target'), ...handles(own.outputs, 'source')],
    selected: chosen,
    // What is dragged is above what lies still.
    zIndex,
    focusable: false,
    domAttributes: UNNAMED,
    data: same && data ? data : { node, ports: own, pinned, step },
  };
}

function noteNode(
  note: Note,
  { selected, drafts }: Pick<Sources, 'selected' | 'drafts'>,
  before: NoteNode | undefined,
): NoteNode {
  const draft = drafts.get(note.id);
  const [x, y] = draft?.position ?? note.position;
  const [width, height] = draft?.size ?? note.size;
  const chosen = selected.has(note.id);
  const placed = before?.position.x === x && before.position.y === y && before.width === width;
  if (before?.data.note === note && before.selected === chosen && placed && before.height === height) return before;
  return {
    id: note.id,
    type: 'note',
    position: { x, y },
    width,
    height,
    measured: { width, height },
    handles: [],
    selected: chosen,
    focusable: false,
    connectable: false,
    // Behind wires and cards.
    zIndex: -1,
    domAttributes: UNNAMED,
    data: before?.data.note === note ? before.data : { note },
  };
}

/** `before` is what this function gave the last time. */
export function nodesOf(
  sources: Omit<Sources, 'selectedEdges'>,
  before: ReadonlyMap<string, CanvasNode>,
): CanvasNode[] {
  const { doc } = sources;
  const notes = Object.values(doc.notes).map((note) => {
    const old = before.get(note.id);
    return noteNode(note, sources, old?.type === 'note' ? old : undefined);
  });
  const cards = Object.values(doc.nodes).map((node) => {
    const old = before.get(node.id);
    return card(node, sources, old?.type === 'card' ? old : undefined);
  });
  return [...notes, ...cards];
}

export function edgesOf(
  sources: Pick<Sources, 'doc' | 'ports' | 'selectedEdges'>,
  before: ReadonlyMap<string, CanvasEdge>,
): CanvasEdge[] {
  const { doc, ports, selectedEdges } = sources;
  const edges: CanvasEdge[] = [];
  for (const [key, wire] of Object.entries(doc.connections)) {
    const [from, to] = [doc.nodes[wire.from], doc.nodes[wire.to]];
    if (!from || !to) continue;
    const output = ports.get(wire.from)?.outputs.find((port) => port.name === wire.output);
    const input = ports.get(wire.to)?.inputs.find((port) => port.name === wire.input);
    const data: WireData = {
      broken: output?.kind === 'unknown' || input?.kind === 'unknown',
      error: output?.kind === 'error',
      pinned: wire.from in doc.pins,
      passes: from.settings.disabled || to.settings.disabled,
    };
    const selected = selectedEdges.has(key);
    const old = before.get(key);
    edges.push(
      old && old.selected === selected && sameData(old.data, data)
        ? old
        : {
            id: key,
            type: 'wire',
            source: wire.from,
            sourceHandle: wire.output,
            target: wire.to,
            targetHandle: wire.input,
            selected,
            focusable: false,
            interactionWidth: 40,
            data,
          },
    );
  }
  return edges;
}

function sameData(a: WireData | undefined, b: WireData): boolean {
  return a?.broken === b.broken && a.error === b.error && a.pinned === b.pinned && a.passes === b.passes;
}
