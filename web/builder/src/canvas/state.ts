/** What goes on on the canvas at this moment; nothing here outlives it. */
import type { ReactFlowInstance } from '@xyflow/react';
import { create } from 'zustand';
import type { Catalogue, NodeType } from '@/catalogue/types';
import type { Point } from '@/doc/model';
import type { CanvasEdge, CanvasNode } from './elements';
import type { Ports } from './ports';

export interface End {
  node: string;
  port: string;
  side: 'input' | 'output';
}

/** Places and sizes while something is dragged; the document hears of them at the end. */
export type Drafts = ReadonlyMap<string, { position: Point; size?: readonly [number, number] }>;

export interface MenuAt {
  /** In the window. */
  x: number;
  y: number;
  on: { kind: 'canvas'; position: Point } | { kind: 'selection' } | { kind: 'edge'; key: string };
}

interface CanvasState {
  flow: ReactFlowInstance<CanvasNode, CanvasEdge> | null;
  /** The canvas on the page. */
  element: HTMLElement | null;
  catalogue: Catalogue;
  ports: ReadonlyMap<string, Ports>;
  /** How many problems the server sees in each node. */
  issues: ReadonlyMap<string, number>;
  drafts: Drafts;
  /** The card that Tab leads to. */
  active: string | null;
  /** The card whose name is being written. */
  renaming: string | null;
  /** The note whose text is being written. */
  writing: string | null;
  /** A port was clicked: the next click says where the wire goes. */
  linking: End | null;
  /** `C` was pressed on this node: a list of targets is shown. */
  connecting: string | null;
  /** The wire below the pointer. */
  hovered: string | null;
  /** The wire that what is dragged would be put into. */
  target: string | null;
  /** A type that is being dragged out of the palette. */
  carried: { type: NodeType; x: number; y: number } | null;
  menu: MenuAt | null;
  /** Where the pointer was last, in the window. */
  pointer: Point | null;
  moving: boolean;
  /** In per cent. */
  zoom: number;
}

export const useCanvas = create<CanvasState>(() => ({
  flow: null,
  element: null,
  catalogue: {},
  ports: new Map(),
  issues: new Map(),
  drafts: new Map(),
  active: null,
  renaming: null,
  writing: null,
  linking: null,
  connecting: null,
  hovered: null,
  target: null,
  carried: null,
  menu: null,
  pointer: null,
  moving: false,
  zoom: 100,
}));

export const canvas = useCanvas.getState;
export const setCanvas = useCanvas.setState;
