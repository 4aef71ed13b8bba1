/** What people do to a document, as pure functions. Each gives the same document back where it changes nothing. */
import { equal } from './merge';
import {
  type Connection,
  type Doc,
  type Json,
  keyOf,
  type Node,
  type NodeSettings,
  type Note,
  type Point,
  SETTINGS,
} from './model';

export interface NewNode {
  type: string;
  name: string;
  version?: number;
  params?: Node['params'];
  position: Point;
}

/** The longest name that the server takes. */
const MAX_NAME = 200;

/** A slug that no node has: `http_request`, `http_request_2`, … */
export function freeId(doc: Doc, name: string): string {
  const slug =
    name
      .toLowerCase()
      .normalize('NFKD')
      .replace(/\p{M}+/gu, '')
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_+|_+$/g, '')
      .slice(0, 48) || 'node';
  return free(slug, (id) => Object.hasOwn(doc.nodes, id) || Object.hasOwn(doc.notes, id), '_');
}

/** A name that no other node has: `HTTP Request`, `HTTP Request 2`, … */
export function freeName(doc: Doc, name: string): string {
  const taken = new Set(Object.values(doc.nodes).map((node) => node.name));
  return free(name, (text) => taken.has(text), ' ', MAX_NAME);
}

function free(wanted: string, taken: (text: string) => boolean, joint: string, max = Number.POSITIVE_INFINITY): string {
  // By characters, as the server counts: half of an emoji is no text.
  const signs = [...wanted];
  for (let n = 1; ; n++) {
    const end = n === 1 ? '' : `${joint}${n}`;
    const text = signs.slice(0, max - end.length).join('') + end;
    if (!taken(text)) return text;
  }
}

/** Add a node; gives the document and the node as it is named there. */
export function addNode(doc: Doc, wanted: NewNode): { doc: Doc; node: Node } {
  const node: Node = {
    id: freeId(doc, wanted.name),
    name: freeName(doc, wanted.name),
    type: wanted.type,
    version: wanted.version ?? 1,
    params: wanted.params ?? {},
    settings: SETTINGS,
    position: wanted.position,
  };
  return { doc: { ...doc, nodes: { ...doc.nodes, [node.id]: node } }, node };
}

export function connect(doc: Doc, wire: Connection): Doc {
  const key = keyOf(wire);
  const [from, to] = [Object.hasOwn(doc.nodes, wire.from), Object.hasOwn(doc.nodes, wire.to)];
  if (!from || !to || Object.hasOwn(doc.connections, key)) return doc;
  return { ...doc, connections: { ...doc.connections, [key]: wire } };
}

export function disconnect(doc: Doc, keys: Iterable<string>): Doc {
  const connections = { ...doc.connections };
  const gone = [...keys].filter((key) => Object.hasOwn(connections, key));
  for (const key of gone) delete connections[key];
  return gone.length > 0 ? { ...doc, connections } : doc;
}

/** Put a node, already in the document, between the two ends of a wire. */
export function splice(doc: Doc, key: string, node: string, input = 'main', output = 'main'): Doc {
  const wire = doc.connections[key];
  if (!wire || wire.from === node || wire.to === node || !Object.hasOwn(doc.nodes, node)) return doc;
  const cut = disconnect(doc, [key]);
  const before = connect(cut, { from: wire.from, output: wire.output, to: node, input });
  return connect(before, { from: node, output, to: wire.to, input: wire.input });
}

/** Remove nodes and notes. `heal` joins the neighbours of what is taken out of a line. */
export function remove(doc: Doc, ids: Iterable<string>, heal = true): Doc {
  const gone = new Set([...ids].filter((id) => id in doc.nodes || id in doc.notes));
  if (gone.size === 0) return doc;
  let next = doc;
  for (const id of gone) next = withoutNode(next, id, heal);
  const without = <T>(parts: Record<string, T>) =>
    Object.fromEntries(Object.entries(parts).filter(([id]) => !gone.has(id)));
  return { ...next, nodes: without(next.nodes), notes: without(next.notes), pins: without(next.pins) };
}

function withoutNode(doc: Doc, id: string, heal: boolean): Doc {
  const wires = Object.values(doc.connections);
  const into = wires.filter((wire) => wire.to === id && wire.from !== id);
  const out = wires.filter((wire) => wire.from === id && wire.to !== id);
  const cut = disconnect(doc, wires.filter((wire) => wire.from === id || wire.to === id).map(keyOf));
  const [before, after] = [into[0], out[0]];
  if (!heal || into.length !== 1 || out.length !== 1 || !before || !after || before.from === after.to) return cut;
  return connect(cut, { from: before.from, output: before.output, to: after.to, input: after.input });
}

export function editNode(doc: Doc, id: string, edit: Partial<Omit<Node, 'id'>>): Doc {
  const node = doc.nodes[id];
  if (!node) return doc;
  const edited = { ...node, ...edit };
  return equal(node, edited) ? doc : { ...doc, nodes: { ...doc.nodes, [id]: edited } };
}

export function editSettings(doc: Doc, ids: Iterable<string>, edit: Partial<NodeSettings>): Doc {
  let next = doc;
  for (const id of ids) {
    const node = next.nodes[id];
    if (node) next = editNode(next, id, { settings: { ...node.settings, ...edit } });
  }
  return next;
}

/** Set one parameter; `path` walks objects by key and lists by index. `undefined` takes the key out. */
export function setParam(doc: Doc, id: string, path: readonly (string | number)[], value: Json | undefined): Doc {
  const node = doc.nodes[id];
  if (!node) return doc;
  const params = setAt(node.params, path, value);
  return typeof params === 'object' && params !== null && !Array.isArray(params) ? editNode(doc, id, { params }) : doc;
}

function setAt(
  target: Json | undefined,
  path: readonly (string | number)[],
  value: Json | undefined,
): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  // Nothing is made only to take something out of it.
  if (target === undefined && value === undefined) return undefined;
  if (typeof key === 'number') {
    const list = Array.isArray(target) ? [...target] : [];
    const item = setAt(list[key], rest, value);
    if (item === undefined) list.splice(key, 1);
    else list[Math.min(key, list.length)] = item;
    return list;
  }
  const object = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  const item = setAt(object[key], rest, value);
  if (item === undefined) delete object[key];
  else object[key] = item;
  return object;
}

/** Move nodes and notes to new places. */
export function move(doc: Doc, places: Record<string, Point>): Doc {
  const nodes = { ...doc.nodes };
  const notes = { ...doc.notes };
  for (const [id, position] of Object.entries(places)) {
    const node = nodes[id];
    const note = notes[id];
    if (node && !equal(node.position, position)) nodes[id] = { ...node, position };
    if (note && !equal(note.position, position)) notes[id] = { ...note, position };
  }
  const moved = { ...doc, nodes, notes };
  return equal(doc, moved) ? doc : moved;
}

export function editNote(doc: Doc, note: Note): Doc {
  return equal(doc.notes[note.id], note) ? doc : { ...doc, notes: { ...doc.notes, [note.id]: note } };
}

/** Pin a node's output for test runs; null takes the pin out. */
export function pin(doc: Doc, id: string, ports: Record<string, Json[]> | null): Doc {
  const pins = { ...doc.pins };
  if (!ports && !Object.hasOwn(pins, id)) return doc;
  if (ports) pins[id] = ports;
  else delete pins[id];
  return { ...doc, pins };
}

/** Change the document's name, description or settings. */
export function editDoc(doc: Doc, edit: Partial<Pick<Doc, 'name' | 'description' | 'settings'>>): Doc {
  const edited = { ...doc, ...edit };
  return equal(doc, edited) ? doc : edited;
}
