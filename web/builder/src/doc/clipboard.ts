/** Workflows as text on the clipboard: ours, n8n's, and what to say about anything else. */
import * as v from 'valibot';
import { t } from '@/lib/i18n';
import { addNode, connect, editNote, freeId, pin } from './commands';
import { type Doc, type Json, NOTE_COLORS, type Node, type Point, SETTINGS, toWire } from './model';
import { fromN8n, looksLikeN8n } from './n8n';
import { renamedIn } from './rename';

const json: v.GenericSchema<Json> = v.lazy(() =>
  v.union([v.string(), v.number(), v.boolean(), v.null(), v.array(json), v.record(v.string(), json)]),
);
const point = v.pipe(v.array(v.pipe(v.number(), v.finite())), v.length(2));

const Part = v.object({
  nodes: v.optional(
    v.pipe(
      v.array(
        v.object({
          id: v.pipe(v.string(), v.minLength(1)),
          name: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
          type: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
          version: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1),
          params: v.optional(v.record(v.string(), json), {}),
          settings: v.optional(v.record(v.string(), json), {}),
          position: v.optional(point, [0, 0]),
        }),
      ),
      v.maxLength(2000),
    ),
    [],
  ),
  connections: v.optional(
    v.array(
      v.object({
        from: v.string(),
        output: v.optional(v.string(), 'main'),
        to: v.string(),
        input: v.optional(v.string(), 'main'),
      }),
    ),
    [],
  ),
  notes: v.optional(
    v.array(
      v.object({
        id: v.string(),
        text: v.optional(v.string(), ''),
        color: v.optional(v.picklist(NOTE_COLORS), 'lemon'),
        position: v.optional(point, [0, 0]),
        size: v.optional(point, [240, 160]),
      }),
    ),
    [],
  ),
  pins: v.optional(v.record(v.string(), v.record(v.string(), v.array(json))), {}),
});

/** Steps, wires and notes as they travel: the parts of a workflow document. */
export type Part = v.InferOutput<typeof Part>;

export interface Pasted {
  doc: Doc;
  /** Of what was added, under the ids that it has now. */
  ids: string[];
  /** Why nothing, or not everything, was taken. */
  problems: string[];
}

/** What is chosen of a document, as JSON: its nodes and notes, and the wires and pins between them. */
export function toClipboard(doc: Doc, ids: Iterable<string>): string {
  const chosen = new Set(ids);
  const { nodes, connections, notes } = toWire(doc);
  const part = {
    nodes: nodes.filter((node) => chosen.has(node.id)),
    connections: connections.filter((wire) => chosen.has(wire.from) && chosen.has(wire.to)),
    notes: notes.filter((note) => chosen.has(note.id)),
    pins: Object.fromEntries(Object.entries(doc.pins).filter(([id]) => chosen.has(id))),
  };
  return JSON.stringify(part, null, 2);
}

/** Add what a text holds, its upper left corner at `at`. Ids and names that are taken are changed, and expressions follow. */
export function fromClipboard(doc: Doc, text: string, at: Point): Pasted {
  const nothing = (problem: string): Pasted => ({ doc, ids: [], problems: [problem] });
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return nothing(t('doc.paste_no_json'));
  }
  const read = looksLikeN8n(data) ? fromN8n(data) : { part: data, problems: [] };
  const parsed = v.safeParse(Part, read.part);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    return nothing(t('doc.paste_wrong', { path: v.getDotPath(issue) ?? '', message: issue.message }));
  }
  if (parsed.output.nodes.length + parsed.output.notes.length === 0) return nothing(t('doc.paste_empty'));
  const { doc: made, ids } = added(doc, parsed.output, at);
  return { doc: made, ids, problems: read.problems };
}

function added(doc: Doc, part: Part, at: Point): { doc: Doc; ids: string[] } {
  const corner = (axis: 0 | 1) => Math.min(...[...part.nodes, ...part.notes].map((one) => one.position[axis] ?? 0));
  const [left, top] = [corner(0), corner(1)];
  const placed = (position: readonly number[]): Point => [
    (position[0] ?? 0) - left + at[0],
    (position[1] ?? 0) - top + at[1],
  ];
  let next = doc;
  const ids: Record<string, string> = {};
  const renamed: [before: string, after: string][] = [];
  for (const { id, name = id, type, version, params, settings, position } of part.nodes) {
    const made = addNode(next, { type, version, params, name, position: placed(position) });
    ids[id] = made.node.id;
    if (made.node.name !== name) renamed.push([name, made.node.name]);
    next = {
      ...made.doc,
      nodes: { ...made.doc.nodes, [made.node.id]: { ...made.node, settings: completed(settings) } },
    };
  }
  next = followed(next, Object.values(ids), renamed);
  for (const wire of part.connections) {
    const [from, to] = [ids[wire.from], ids[wire.to]];
    if (from && to) next = connect(next, { ...wire, from, to });
  }
  const notes: string[] = [];
  for (const note of part.notes) {
    const id = freeId(next, 'note');
    notes.push(id);
    next = editNote(next, {
      ...note,
      id,
      position: placed(note.position),
      size: [note.size[0] ?? 240, note.size[1] ?? 160],
    });
  }
  for (const [id, ports] of Object.entries(part.pins)) {
    const now = ids[id];
    if (now) next = pin(next, now, ports);
  }
  return { doc: next, ids: [...Object.values(ids), ...notes] };
}

/** Expressions of the pasted nodes name the pasted nodes, under their new names. All at once, since names may swap. */
function followed(doc: Doc, ids: readonly string[], renamed: readonly [string, string][]): Doc {
  if (renamed.length === 0) return doc;
  const nodes = { ...doc.nodes };
  for (const id of ids) {
    const node = nodes[id];
    if (!node) continue;
    const marked = renamed.reduce((params, [before], i) => renamedIn(params, before, mark(i)), node.params);
    const params = renamed.reduce((now, [, after], i) => renamedIn(now, mark(i), after), marked);
    nodes[id] = { ...node, params };
  }
  return { ...doc, nodes };
}

const mark = (i: number) => `\u{f8ff}${i}`;

function completed(settings: Record<string, Json>): Node['settings'] {
  const retry = {
    ...SETTINGS.retry,
    ...(typeof settings.retry === 'object' && !Array.isArray(settings.retry) ? settings.retry : {}),
  };
  // The server judges the values; a setting of a wrong type is refused there with its place.
  return { ...SETTINGS, ...settings, retry } as Node['settings'];
}
