/** Nodes as text on the system's clipboard: between tabs, instances and chats, and in from n8n. */
import * as v from 'valibot';
import { t } from '@/lib/i18n';
import { freeId, freeName } from './commands';
import {
  type Connection,
  type Doc,
  type Json,
  keyOf,
  NOTE_COLORS,
  type Node,
  type Note,
  type Pins,
  type Point,
  SETTINGS,
} from './model';
import { fromN8n, looksLikeN8n } from './n8n/convert';
import { renameIn } from './rename';

export interface Pasted {
  /** The document itself where nothing could be pasted. */
  doc: Doc;
  /** Of the nodes and notes that are new. */
  ids: string[];
  /** Why nothing came of it, with the place; or what is to be looked at. */
  problems: string[];
}

/** A part of a workflow, as it is copied. */
export interface Part {
  nodes: Node[];
  connections: Connection[];
  notes: Note[];
  pins: Pins;
}

const MAX_CHARACTERS = 4 * 2 ** 20;

const json = v.custom<Json>(() => true);
const object = v.pipe(
  v.custom<object>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'Expected an object',
  ),
  v.record(v.string(), json),
);
const point = v.pipe(v.tuple([v.pipe(v.number(), v.finite()), v.pipe(v.number(), v.finite())]), v.readonly());
const id = v.pipe(v.string(), v.regex(/^[a-zA-Z0-9_][a-zA-Z0-9_-]{0,63}$/));
// In characters, as the server counts: an emoji is one.
const text = (length: number) =>
  v.pipe(
    v.string(),
    v.check((value) => value.length <= length || [...value].length <= length, `Expected at most ${length} characters`),
  );
const name = v.pipe(text(200), v.nonEmpty());
const retry = v.object({
  attempts: v.optional(v.number(), SETTINGS.retry.attempts),
  backoff: v.optional(v.picklist(['constant', 'exponential']), SETTINGS.retry.backoff),
  delay: v.optional(v.number(), SETTINGS.retry.delay),
  max_delay: v.optional(v.number(), SETTINGS.retry.max_delay),
  jitter: v.optional(v.number(), SETTINGS.retry.jitter),
  on: v.optional(v.array(v.string()), []),
  honour_retry_after: v.optional(v.boolean(), SETTINGS.retry.honour_retry_after),
});
const settings = v.object({
  retry: v.optional(retry, {}),
  timeout: v.optional(v.nullable(v.number()), null),
  on_error: v.optional(v.picklist(['stop', 'continue', 'output']), 'stop'),
  unknown: v.optional(v.picklist(['retry', 'fail', 'ask']), 'ask'),
  disabled: v.optional(v.boolean(), false),
  always_output: v.optional(v.boolean(), false),
  once: v.optional(v.boolean(), false),
  notes: v.optional(text(10_000), ''),
});
const node = v.pipe(
  v.object({
    id,
    name: v.optional(name),
    type: name,
    version: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1),
    params: v.optional(object, {}),
    settings: v.optional(settings, {}),
    position: v.optional(point, [0, 0]),
  }),
  v.transform((given) => ({ ...given, name: given.name ?? given.id })),
);
const connection = v.object({
  from: id,
  output: v.optional(text(100), 'main'),
  to: id,
  input: v.optional(text(100), 'main'),
});
const note = v.object({
  id,
  text: v.optional(text(20_000), ''),
  color: v.optional(v.picklist(NOTE_COLORS), 'lemon'),
  position: v.optional(point, [0, 0]),
  size: v.optional(point, [240, 160]),
});
const part = v.object({
  nodes: v.optional(v.pipe(v.array(node), v.maxLength(2_000)), []),
  connections: v.optional(v.pipe(v.array(connection), v.maxLength(5_000)), []),
  notes: v.optional(v.pipe(v.array(note), v.maxLength(500)), []),
  pins: v.optional(v.record(v.string(), v.record(v.string(), v.array(json))), {}),
});

/** Nodes and notes with the wires between them, as JSON. Credentials are in it by their ids alone. */
export function toClipboard(doc: Doc, ids: Iterable<string>): string {
  const chosen = new Set(ids);
  const copied: Part = {
    nodes: Object.values(doc.nodes).filter((each) => chosen.has(each.id)),
    connections: Object.values(doc.connections).filter((wire) => chosen.has(wire.from) && chosen.has(wire.to)),
    notes: Object.values(doc.notes).filter((each) => chosen.has(each.id)),
    pins: Object.fromEntries(Object.entries(doc.pins).filter(([key]) => chosen.has(key))),
  };
  return JSON.stringify(copied, null, 2);
}

/** Put what a text holds into the document, its upper left corner at `at`: a part of a workflow or a whole, n8n's too. */
export function fromClipboard(doc: Doc, source: string, at: Point): Pasted {
  const refused = (...problems: string[]): Pasted => ({ doc, ids: [], problems });
  if (source.length > MAX_CHARACTERS) return refused(t('doc.paste_long'));
  const parsed = parse(source);
  if (parsed === undefined) return refused(t('doc.paste_no_json'));
  if (!holdsParts(parsed)) return refused(t('doc.paste_empty'));
  const foreign = looksLikeN8n(parsed) ? fromN8n(parsed) : null;
  const read = foreign ? { success: true as const, output: foreign.part } : v.safeParse(part, parsed);
  if (!read.success)
    return refused(
      ...read.issues.map(({ message, ...issue }) =>
        t('doc.paste_wrong', { path: v.getDotPath({ message, ...issue }) ?? '', message }),
      ),
    );
  const { nodes, notes } = read.output;
  if (nodes.length + notes.length === 0) return refused(t('doc.paste_empty'));
  const double = firstDouble([...nodes, ...notes].map((each) => each.id));
  if (double !== undefined) return refused(t('doc.paste_double', { id: double }));
  return { ...placed(doc, read.output, at), problems: foreign?.problems ?? [] };
}

function parse(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}

function holdsParts(value: unknown): value is { nodes?: unknown; notes?: unknown } {
  return typeof value === 'object' && value !== null && ('nodes' in value || 'notes' in value);
}

function firstDouble(values: string[]): string | undefined {
  const seen = new Set<string>();
  return values.find((value) => seen.has(value) || !seen.add(value));
}

/** With ids and names of its own for each part, and expressions that follow. Wires to nothing are left out. */
function placed(doc: Doc, { nodes, connections, notes, pins }: Part, at: Point): { doc: Doc; ids: string[] } {
  const positions = [...nodes, ...notes].map((each) => each.position);
  const [left, top] = [Math.min(...positions.map(([x]) => x)), Math.min(...positions.map(([, y]) => y))];
  const move = ([x, y]: Point): Point => [at[0] + x - left, at[1] + y - top];
  const ids = new Map<string, string>();
  const names = new Map<string, string>();
  let next = doc;
  for (const each of nodes) {
    const made = {
      ...each,
      id: freeId(next, each.name),
      name: freeName(next, each.name),
      position: move(each.position),
    };
    ids.set(each.id, made.id);
    if (made.name !== each.name) names.set(each.name, made.name);
    next = { ...next, nodes: { ...next.nodes, [made.id]: made } };
  }
  for (const each of notes) {
    const made = { ...each, id: freeId(next, 'note'), position: move(each.position) };
    ids.set(each.id, made.id);
    next = { ...next, notes: { ...next.notes, [made.id]: made } };
  }
  const named = { ...next.nodes };
  for (const made of ids.values()) {
    const each = named[made];
    if (each) named[made] = renameIn(each, names);
  }
  const wires = { ...next.connections };
  for (const wire of connections) {
    const [from, to] = [ids.get(wire.from), ids.get(wire.to)];
    if (!from || !to) continue;
    const made = { ...wire, from, to };
    wires[keyOf(made)] = made;
  }
  const pinned = { ...next.pins };
  for (const [key, ports] of Object.entries(pins)) {
    const made = ids.get(key);
    if (made) pinned[made] = ports;
  }
  return { doc: { ...next, nodes: named, connections: wires, pins: pinned }, ids: [...ids.values()] };
}
