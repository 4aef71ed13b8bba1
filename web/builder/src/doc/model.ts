/** The workflow document as the builder holds it: keyed by id, immutable, so that equal parts keep their identity. */
import type { Schemas } from '@/lib/api';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Params = { [key: string]: Json };
export type Point = readonly [x: number, y: number];

export interface Retry {
  attempts: number;
  backoff: 'constant' | 'exponential';
  delay: number;
  max_delay: number;
  jitter: number;
  on: string[];
  honour_retry_after: boolean;
}

export interface NodeSettings {
  retry: Retry;
  timeout: number | null;
  on_error: 'stop' | 'continue' | 'output';
  unknown: 'retry' | 'fail' | 'ask';
  disabled: boolean;
  always_output: boolean;
  once: boolean;
  notes: string;
}

export interface Node {
  id: string;
  name: string;
  type: string;
  version: number;
  params: Params;
  settings: NodeSettings;
  position: Point;
}

/** A wire. Its key in the document is `from.output.to.input`. */
export interface Connection {
  from: string;
  output: string;
  to: string;
  input: string;
}

export const NOTE_COLORS = ['lemon', 'mint', 'sky', 'lilac', 'rose'] as const;

export interface Note {
  id: string;
  text: string;
  color: (typeof NOTE_COLORS)[number];
  position: Point;
  size: readonly [width: number, height: number];
}

export type WorkflowSettings = Schemas['WorkflowSettings'];
export type Pins = Record<string, Record<string, Json[]>>;

export interface Doc {
  name: string;
  description: string;
  nodes: Record<string, Node>;
  connections: Record<string, Connection>;
  notes: Record<string, Note>;
  pins: Pins;
  settings: WorkflowSettings;
}

/** The same document as the API carries it. */
export interface WireDoc {
  name: string;
  description: string;
  nodes: Node[];
  connections: Connection[];
  notes: Note[];
  pins: Pins;
  settings: WorkflowSettings;
}

export const SETTINGS: NodeSettings = {
  retry: {
    attempts: 1,
    backoff: 'exponential',
    delay: 1,
    max_delay: 300,
    jitter: 0.1,
    on: [],
    honour_retry_after: true,
  },
  timeout: null,
  on_error: 'stop',
  unknown: 'ask',
  disabled: false,
  always_output: false,
  once: false,
  notes: '',
};

export function keyOf(wire: Connection): string {
  return `${wire.from}.${wire.output}.${wire.to}.${wire.input}`;
}

function byId<T extends { id: string }>(list: readonly T[]): Record<string, T> {
  return Object.fromEntries(list.map((part) => [part.id, part]));
}

/** An answer of the API that holds a document; its schema calls parameters and items `unknown`, which are JSON. */
type Answer = { [Key in keyof WireDoc]: unknown };

/** From the API's form. */
export function fromWire(answer: Answer): Doc {
  const wire = answer as WireDoc;
  return {
    name: wire.name,
    description: wire.description,
    nodes: byId(wire.nodes),
    connections: Object.fromEntries(wire.connections.map((part) => [keyOf(part), part])),
    notes: byId(wire.notes),
    pins: wire.pins,
    settings: wire.settings,
  };
}

/** Into the API's form. */
export function toWire(doc: Doc): WireDoc {
  return {
    ...doc,
    nodes: Object.values(doc.nodes),
    connections: Object.values(doc.connections),
    notes: Object.values(doc.notes),
  };
}

export const EMPTY: Doc = {
  name: '',
  description: '',
  nodes: {},
  connections: {},
  notes: {},
  pins: {},
  settings: {
    timezone: 'UTC',
    timeout: null,
    error_workflow: null,
    concurrency: null,
    keep: { days: null, failed_days: null, executions: null },
    max_iterations: 10_000,
    parallel: 16,
  },
};

/** True for a value that holds an expression: `{"$": …}` or `{"$t": …}` (or another language's tag). */
export function isExpression(value: Json | undefined): value is { [tag: string]: string } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && /^\$(t|js|)$/.test(keys[0] ?? '') && typeof Object.values(value)[0] === 'string';
}
