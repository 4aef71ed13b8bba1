/** Where the canvas looks. */
import { getViewportForBounds, type Viewport } from '@xyflow/react';
import type { Doc, Point } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { around, type Box, ZOOM } from './geometry';
import { boxOf } from './insertion';
import type { Ports } from './ports';
import { canvas } from './state';

/** Milliseconds for a movement of the camera; none for those who asked for less motion. */
export function glide(ms = 180): number {
  return matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : ms;
}

/** The boxes of nodes and notes; of all where no ids are given. */
export function boxes(doc: Doc, ports: ReadonlyMap<string, Ports>, ids?: ReadonlySet<string>): Box[] {
  const cards = Object.values(doc.nodes).filter((node) => !ids || ids.has(node.id));
  const notes = Object.values(doc.notes).filter((note) => !ids || ids.has(note.id));
  return [
    ...cards.map((node) => boxOf(node, ports.get(node.id))),
    ...notes.map(({ position: [x, y], size: [width, height] }) => ({ x, y, width, height })),
  ];
}

/** The viewport in which all of it is seen, at most at its natural size. */
export function overview(bounds: Box | null, width: number, height: number): Viewport {
  if (!bounds) return { x: 0, y: 0, zoom: 1 };
  return getViewportForBounds(bounds, width, height, ZOOM.least, 1, 0.15);
}

function size(): { width: number; height: number } {
  const { element } = canvas();
  return { width: element?.clientWidth ?? 0, height: element?.clientHeight ?? 0 };
}

/** Show all, or these. */
export function frame(ids?: ReadonlySet<string>): void {
  const { flow, ports } = canvas();
  const { width, height } = size();
  const bounds = around(boxes(useDocument.getState().doc, ports, ids));
  if (flow && bounds) void flow.setViewport(overview(bounds, width, height), { duration: glide() });
}

/** Move the camera just so far that the node is seen well. */
export function reveal(id: string, middle = false): void {
  const { flow, ports } = canvas();
  const { doc } = useDocument.getState();
  const [box] = boxes(doc, ports, new Set([id]));
  if (!flow || !box) return;
  const { width, height } = size();
  const view = flow.getViewport();
  const zoom = middle ? Math.max(view.zoom, 0.6) : view.zoom;
  const [left, top] = [box.x * zoom, box.y * zoom];
  const [w, h] = [box.width * zoom, box.height * zoom];
  const x = middle ? width / 2 - left - w / 2 : held(view.x + left, w, width) - left;
  const y = middle ? height / 2 - top - h / 2 : held(view.y + top, h, height) - top;
  if (x !== view.x || y !== view.y || zoom !== view.zoom) void flow.setViewport({ x, y, zoom }, { duration: glide() });
}

const MARGIN = 56;

/** Where something has to begin to be within its room, moved as little as possible. */
function held(start: number, length: number, room: number): number {
  return Math.max(MARGIN, Math.min(start, room - length - MARGIN));
}

/** From the window to the canvas. */
export function toCanvas([x, y]: Point): Point {
  const place = canvas().flow?.screenToFlowPosition({ x, y }, { snapToGrid: false });
  return place ? [place.x, place.y] : [0, 0];
}

/** The middle of what is visible, on the canvas. */
export function centre(): Point {
  const rect = canvas().element?.getBoundingClientRect();
  return rect ? toCanvas([rect.left + rect.width / 2, rect.top + rect.height / 2]) : [0, 0];
}

const KEY = 'a8n.viewports';
const KEPT = 50;

function stored(): [string, Viewport][] {
  try {
    const entries: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(entries) ? entries.filter(valid) : [];
  } catch {
    return [];
  }
}

function valid(entry: unknown): entry is [string, Viewport] {
  if (!Array.isArray(entry) || typeof entry[0] !== 'string') return false;
  const view: unknown = entry[1];
  if (typeof view !== 'object' || view === null || !('x' in view) || !('y' in view) || !('zoom' in view)) return false;
  return [view.x, view.y, view.zoom].every((value) => Number.isFinite(value));
}

/** Where this browser looked at a workflow the last time. */
export function remembered(workflow: string): Viewport | undefined {
  return stored().find(([id]) => id === workflow)?.[1];
}

export function remember(workflow: string, view: Viewport): void {
  const others = stored().filter(([id]) => id !== workflow);
  localStorage.setItem(KEY, JSON.stringify([...others.slice(1 - KEPT), [workflow, view]]));
}
