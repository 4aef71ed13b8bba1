/** What the server tells of the data around a node: previews, completions, pages of items. */
import { equal } from '@/doc/merge';
import { type Doc, type Json, toWire } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { request, TAB, url } from '@/lib/api';
import { useRun } from '@/run/store';

export type ValueType = 'null' | 'boolean' | 'number' | 'text' | 'list' | 'object';
export type Source = 'pin' | 'execution' | 'none';

export interface Fault {
  message: string;
  offset: number | null;
  hint: string | null;
  missing: boolean;
}

export interface Preview {
  value: Json;
  type: ValueType;
  text: string;
  truncated: boolean;
  error: Fault | null;
  items: number;
  item: number;
  source: Source;
}

export interface Suggestion {
  label: string;
  kind: 'field' | 'node' | 'function' | 'filter' | 'test' | 'variable';
  type: string;
  detail: string;
  doc: string;
  apply: string;
  back: number;
  from: number | null;
  boost: number;
}

export interface Suggestions {
  from: number;
  to: number;
  options: Suggestion[];
}

export interface FileRef {
  name?: string;
  hash?: string;
  size?: number;
  media_type?: string;
}

export interface DataItem {
  index: number;
  json: { [key: string]: Json };
  files: { [name: string]: FileRef };
  /** False: something was cut. */
  whole: boolean;
}

export interface Supply {
  node: string;
  name: string;
  output: string;
  input: string;
  total: number;
  source: Source;
}

export interface Page {
  source: Source;
  execution: string | null;
  path: number[];
  runs: number[][];
  ports: { name: string; total: number }[];
  port: string | null;
  total: number;
  matches: number;
  offset: number;
  items: DataItem[];
  next_offset: number | null;
  /** Of an input. */
  sources?: Supply[];
  /** Of an output. */
  status?: string | null;
  error?: { [key: string]: Json } | null;
}

export interface SchemaField {
  path: (string | number)[];
  expression: string;
  types: ValueType[];
  sample: string;
  count: number;
}

export interface Outline {
  source: Source;
  port: string | null;
  total: number;
  items: number;
  fields: SchemaField[];
  whole: boolean;
}

/** POST, with the answer as it is declared above. */
export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const headers = { 'X-A8N-Client': 'browser', 'X-A8N-Tab': TAB, 'Content-Type': 'application/json' };
  const address = new URL(url(path), location.origin);
  const response = await request(new Request(address, { method: 'POST', headers, body: JSON.stringify(body), signal }));
  const answer: T = await response.json();
  return answer;
}

/** Whether the saved draft answers for what flows into a node, so that the document need not be sent along. */
function flowsAsSaved(doc: Doc, saved: Doc, node: string): boolean {
  const same = (id: string) =>
    doc.nodes[id]?.name === saved.nodes[id]?.name && doc.nodes[id]?.type === saved.nodes[id]?.type;
  return (
    node in saved.nodes &&
    equal(doc.connections, saved.connections) &&
    equal(doc.pins, saved.pins) &&
    Object.keys(doc.nodes).every(same)
  );
}

/** The document to look into: none where the server's own says the same. */
export function documentFor(node: string): { document?: unknown } {
  const { doc, saved } = useDocument.getState();
  return doc === saved || flowsAsSaved(doc, saved, node) ? {} : { document: toWire(doc) };
}

/** The execution to look at: the one that is shown, where it is a past one. */
export function executionFor(): { execution?: string } {
  const { mode, execution } = useRun.getState();
  return mode === 'replay' && execution ? { execution } : {};
}

export function workflowId(): string {
  return useDocument.getState().filing?.id ?? '';
}

export interface Place {
  execution?: string;
  path?: string;
  port?: string;
}

export function fetchPage(
  node: string,
  side: 'input' | 'output',
  place: Place,
  offset: number,
  q: string,
  signal?: AbortSignal,
): Promise<Page> {
  return post<Page>(`${address(node, side)}?${query({ ...place, offset, limit: PAGE, q })}`, documentFor(node), signal);
}

export function fetchOutline(
  node: string,
  side: 'input' | 'output',
  place: Place,
  signal?: AbortSignal,
): Promise<Outline> {
  return post<Outline>(
    `${address(node, 'schema')}?${query({ ...place, side, limit: PAGE })}`,
    documentFor(node),
    signal,
  );
}

export const PAGE = 50;

function address(node: string, what: string): string {
  return `api/workflows/${encodeURIComponent(workflowId())}/nodes/${encodeURIComponent(node)}/${what}`;
}

function query(values: Record<string, string | number | undefined>): string {
  const entries = Object.entries({ ...executionFor(), ...values });
  return new URLSearchParams(
    entries.flatMap(([key, value]): [string, string][] =>
      value === undefined || value === '' ? [] : [[key, String(value)]],
    ),
  ).toString();
}
