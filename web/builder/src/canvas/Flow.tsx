import {
  Background,
  BackgroundVariant,
  type EdgeChange,
  type FinalConnectionState,
  type Connection as FlowConnection,
  type NodeChange,
  type OnConnectStart,
  type OnNodeDrag,
  ReactFlow,
  type ReactFlowInstance,
  SelectionMode,
  type Viewport,
} from '@xyflow/react';
import { type MouseEvent as ReactMouseEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Connection, Point } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { boxes, overview, remember, remembered, toCanvas } from './camera';
import { doc, drop, focusCard, rewire, wire } from './edits';
import type { CanvasEdge, CanvasNode, CardNode } from './elements';
import { around, GRID, ZOOM } from './geometry';
import { hoverWire } from './hovering';
import { cardAt, clickCard, dropOnCard, wireAt } from './linking';
import { type Detail, DetailContext } from './lod';
import { chooseEdges, chooseNodes } from './marquee';
import { NodeCard } from './NodeCard';
import { NoteCard } from './NoteCard';
import { Overview } from './Overview';
import { SelectionBar } from './SelectionBar';
import { canvas, type Drafts, setCanvas } from './state';
import { useElements } from './useElements';
import { Wire } from './Wire';

const NODES = { card: NodeCard, note: NoteCard };
const EDGES = { wire: Wire };
const SNAP: [number, number] = [GRID, GRID];
const PAN = [1, 2];
const ADDS = ['Shift', 'Control', 'Meta'];
const PRO = { hideAttribution: true };
const NO_DRAFTS: Drafts = new Map();

function detailAt(zoom: number): Detail {
  return zoom < ZOOM.tiny ? 'tiny' : zoom < ZOOM.far ? 'far' : 'near';
}

interface FlowProps {
  workflow: string;
  width: number;
  height: number;
  /** Fingers pan, and nothing can be moved. */
  still: boolean;
}

/** React Flow, told of the document and telling what people do. */
export function Flow({ workflow, width, height, still }: FlowProps) {
  const { nodes, edges } = useElements();
  // Where it looks at first; later sizes are React Flow's own business.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the first viewport only
  const start = useMemo(
    () => remembered(workflow) ?? overview(around(boxes(doc(), canvas().ports)), width, height),
    [workflow],
  );
  const [detail, setDetail] = useState(() => detailAt(start.zoom));
  const readOnly = useDocument((state) => state.readOnly) || still;
  // What is dragged with Alt stands wherever it is let go.
  const [free, setFree] = useState(false);
  const zoomed = useRef(start.zoom);
  const look = useCallback(({ zoom }: Viewport) => {
    setDetail(detailAt(zoom));
    // A layer of its own moves without being painted anew; a zoom would blur it.
    canvas().element?.toggleAttribute('data-panning', canvas().moving && zoomed.current === zoom);
    zoomed.current = zoom;
    const percent = Math.round(zoom * 100);
    // Every card listens to this state, so it is not told what it knows.
    if (canvas().zoom !== percent) setCanvas({ zoom: percent });
  }, []);
  useEffect(() => look(start), [look, start]);
  // Whatever is not the same as before costs React Flow a look at every card and wire.
  const beginDrag = useCallback(({ altKey }: { altKey: boolean }) => setFree(altKey), []);
  const drag = useCallback<OnNodeDrag<CanvasNode>>((event, node, dragged) => {
    setFree(event.altKey);
    hoverTarget(event, node, dragged);
  }, []);
  const endMove = useCallback(
    (_: unknown, viewport: Viewport) => {
      setCanvas({ moving: false });
      canvas().element?.removeAttribute('data-panning');
      remember(workflow, viewport);
    },
    [workflow],
  );
  const labels = useMemo(() => ({ 'handle.ariaLabel': t('canvas.port') }), []);
  return (
    <DetailContext value={detail}>
      <ReactFlow<CanvasNode, CanvasEdge>
        data-detail={detail}
        nodes={nodes}
        edges={edges}
        nodeTypes={NODES}
        edgeTypes={EDGES}
        defaultViewport={start}
        minZoom={ZOOM.least}
        maxZoom={ZOOM.most}
        onlyRenderVisibleElements
        onInit={setFlow}
        onNodesChange={changeNodes}
        onEdgesChange={changeEdges}
        onNodeClick={clickNode}
        onNodeDoubleClick={openNode}
        onNodeDragStart={beginDrag}
        onNodeDrag={drag}
        onNodeDragStop={endDrag}
        onSelectionDragStop={endSelectionDrag}
        onNodeContextMenu={nodeMenu}
        onEdgeContextMenu={edgeMenu}
        onPaneContextMenu={paneMenu}
        onPaneClick={clickPane}
        onEdgeMouseEnter={enterEdge}
        onEdgeMouseLeave={leaveEdge}
        onConnect={connect}
        onConnectStart={beginConnect}
        onConnectEnd={endConnect}
        onReconnect={reconnect}
        onViewportChange={look}
        onMoveStart={beginMove}
        onMoveEnd={endMove}
        isValidConnection={valid}
        connectionRadius={60}
        connectOnClick={false}
        nodesDraggable={!readOnly}
        nodesConnectable={!readOnly}
        edgesReconnectable={!readOnly && detail === 'near'}
        reconnectRadius={14}
        nodesFocusable={false}
        edgesFocusable={false}
        elevateNodesOnSelect={false}
        snapToGrid={!free}
        snapGrid={SNAP}
        selectionOnDrag={!still}
        selectionKeyCode={null}
        selectionMode={SelectionMode.Partial}
        multiSelectionKeyCode={ADDS}
        deleteKeyCode={null}
        disableKeyboardA11y
        panOnScroll
        panOnDrag={still ? true : PAN}
        zoomOnDoubleClick={false}
        paneClickDistance={2}
        nodeDragThreshold={3}
        proOptions={PRO}
        ariaLabelConfig={labels}
      >
        {detail !== 'tiny' && <Background variant={BackgroundVariant.Dots} gap={24} size={1.5} />}
        <Overview />
        {!still && <SelectionBar />}
      </ReactFlow>
    </DetailContext>
  );
}

const setFlow = (flow: ReactFlowInstance<CanvasNode, CanvasEdge>) => setCanvas({ flow });
const beginMove = () => setCanvas({ moving: true });
const clickPane = () => setCanvas({ linking: null, menu: null });
const enterEdge = (_: unknown, edge: CanvasEdge) => hoverWire(edge.id);
const leaveEdge = () => hoverWire(null);
const connect = (made: FlowConnection) => wire(named(made));
const reconnect = (edge: CanvasEdge, made: FlowConnection) => rewire(edge.id, named(made));
const beginConnect: OnConnectStart = (_, { handleType }) =>
  canvas().element?.setAttribute('data-connecting', handleType ?? '');
const endSelectionDrag = (event: unknown, dragged: CanvasNode[]) => endDrag(event, dragged[0], dragged);

function named({ source, sourceHandle, target, targetHandle }: FlowConnection): Connection {
  return { from: source, output: sourceHandle ?? 'main', to: target, input: targetHandle ?? 'main' };
}

function valid(made: FlowConnection | CanvasEdge): boolean {
  if (made.source === made.target) return false;
  const input = canvas()
    .ports.get(made.target)
    ?.inputs.find((port) => port.name === made.targetHandle);
  return input !== undefined && input.kind !== 'unknown';
}

function changeNodes(changes: NodeChange<CanvasNode>[]): void {
  let drafts: Map<string, { position: Point }> | null = null;
  const selects = [];
  for (const change of changes) {
    if (change.type === 'select') selects.push(change);
    if (change.type === 'position' && change.dragging && change.position) {
      drafts ??= new Map(canvas().drafts);
      drafts.set(change.id, { position: [change.position.x, change.position.y] });
    }
  }
  if (drafts) setCanvas({ drafts, hovered: null });
  if (selects.length > 0) chooseNodes(selects);
}

function changeEdges(changes: EdgeChange<CanvasEdge>[]): void {
  const selects = changes.filter((change) => change.type === 'select');
  if (selects.length > 0) chooseEdges(selects);
}

function clickNode(event: ReactMouseEvent, node: CanvasNode): void {
  if (node.type === 'card' && clickCard(node.id)) return;
  if (event.target instanceof Element && event.target.closest('button, input, textarea, a')) return;
  focusCard(node.id);
}

function openNode(_: ReactMouseEvent, node: CanvasNode): void {
  if (node.type === 'card') useView.getState().openNode(node.id);
  else if (!useDocument.getState().readOnly) setCanvas({ writing: node.id });
}

/** A card that nothing is wired to yet can be put into the wire below the pointer. */
function hoverTarget(event: MouseEvent | TouchEvent | ReactMouseEvent, node: CanvasNode, nodes: CanvasNode[]): void {
  if (nodes.length !== 1 || node.type !== 'card' || !lonely(node)) return;
  const at = 'clientX' in event ? event : event.touches[0];
  const target = at ? wireAt(at.clientX, at.clientY) : null;
  if (target !== canvas().target) setCanvas({ target });
}

function lonely({ data: { ports } }: CardNode): boolean {
  return (
    ports.inputs.length > 0 &&
    ports.outputs.length > 0 &&
    [...ports.inputs, ...ports.outputs].every((port) => port.open)
  );
}

function endDrag(_: unknown, node: CanvasNode | undefined, nodes: CanvasNode[]): void {
  const places: Record<string, Point> = {};
  for (const { id, position } of nodes) places[id] = [Math.round(position.x), Math.round(position.y)];
  const { target } = canvas();
  if (node) drop(places, target);
  setCanvas({ drafts: NO_DRAFTS, target: null });
}

function endConnect(event: MouseEvent | TouchEvent, state: FinalConnectionState): void {
  canvas().element?.removeAttribute('data-connecting');
  const { fromNode, fromHandle, isValid } = state;
  if (isValid || !fromNode || !fromHandle?.id) return;
  const at = 'clientX' in event ? event : event.changedTouches[0];
  if (!at) return;
  const end = {
    node: fromNode.id,
    port: fromHandle.id,
    side: fromHandle.type === 'source' ? 'output' : 'input',
  } as const;
  const card = cardAt(at.clientX, at.clientY);
  if (card) {
    if (card !== end.node) dropOnCard(end, card);
    return;
  }
  const over = document.elementFromPoint(at.clientX, at.clientY);
  if (!over?.classList.contains('react-flow__pane')) return;
  const position = toCanvas([at.clientX, at.clientY]);
  const context =
    end.side === 'output'
      ? { position, from: { node: end.node, output: end.port } }
      : { position, to: { node: end.node, input: end.port } };
  useView.getState().show('palette', context);
}

function nodeMenu(event: ReactMouseEvent, node: CanvasNode): void {
  event.preventDefault();
  const { selected, select } = useView.getState();
  if (!selected.has(node.id)) select([node.id]);
  setCanvas({ active: node.id, menu: { x: event.clientX, y: event.clientY, on: { kind: 'selection' } } });
}

function edgeMenu(event: ReactMouseEvent, edge: CanvasEdge): void {
  event.preventDefault();
  setCanvas({ menu: { x: event.clientX, y: event.clientY, on: { kind: 'edge', key: edge.id } } });
}

function paneMenu(event: MouseEvent | ReactMouseEvent): void {
  event.preventDefault();
  const position = toCanvas([event.clientX, event.clientY]);
  setCanvas({ menu: { x: event.clientX, y: event.clientY, on: { kind: 'canvas', position } } });
}
