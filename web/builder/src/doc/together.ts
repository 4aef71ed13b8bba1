/** Two people's changes to one document brought together, so that the server takes the result and nothing is lost. */
import { freeId, freeName } from './commands';
import { type Conflict, equal, merge } from './merge';
import { type Connection, type Doc, keyOf } from './model';
import { renameNode } from './rename';

export interface Together {
  doc: Doc;
  /** What both changed differently; `mine` is in the document, unless `picks` says otherwise. */
  conflicts: Conflict[];
  /** Nodes and notes of mine that got another id, because both added one under the same. */
  moved: ReadonlyMap<string, string>;
}

/** Names a conflict among others. */
export function keyOfConflict(conflict: Conflict): string {
  return JSON.stringify(conflict.path);
}

const NONE: ReadonlySet<string> = new Set();

/** What `mine` and `theirs` make of `base`; `picks` are the keys of conflicts in which their side is taken. */
export function together(base: Doc, mine: Doc, theirs: Doc, picks = NONE): Together {
  const moved = clashes(base, mine, theirs);
  const ours = freelyNamed(base, withIds(mine, moved), theirs);
  const found: Conflict[] = [];
  let doc = merge(base, ours, theirs, found);
  // Who drags a card while somebody else does gets their own place: that is nobody's work lost.
  const conflicts = found.filter(({ path }) => !(path.length === 3 && /^(position|size)$/.test(path[2] ?? '')));
  for (const conflict of conflicts) {
    const taken = picks.has(keyOfConflict(conflict));
    if (taken) doc = put(doc, conflict.path, conflict.theirs);
    const [root, id, more] = conflict.path;
    if (root === 'nodes' && id && more === undefined) doc = rewired(doc, id, taken ? theirs : ours);
  }
  return { doc: sound(doc), conflicts, moved };
}

/** Ids under which both sides added something of their own, with a free id for mine. */
function clashes(base: Doc, mine: Doc, theirs: Doc): Map<string, string> {
  const moved = new Map<string, string>();
  const all = { ...mine, nodes: { ...theirs.nodes, ...mine.nodes }, notes: { ...theirs.notes, ...mine.notes } };
  for (const part of ['nodes', 'notes'] as const) {
    for (const [id, each] of Object.entries(mine[part])) {
      const other = theirs.nodes[id] ?? theirs.notes[id];
      if (!other || id in base.nodes || id in base.notes || equal(each, other)) continue;
      const free = freeId(all, id);
      moved.set(id, free);
      all[part] = { ...all[part], [free]: each };
    }
  }
  return moved;
}

/** The document with other ids for some of its nodes and notes. */
export function withIds(doc: Doc, moved: ReadonlyMap<string, string>): Doc {
  if (moved.size === 0) return doc;
  const id = (old: string) => moved.get(old) ?? old;
  const keyed = <T extends { id: string }>(parts: Record<string, T>) =>
    Object.fromEntries(Object.values(parts).map((each) => [id(each.id), { ...each, id: id(each.id) }]));
  const wires = Object.values(doc.connections).map((wire) => ({ ...wire, from: id(wire.from), to: id(wire.to) }));
  return {
    ...doc,
    nodes: keyed(doc.nodes),
    notes: keyed(doc.notes),
    connections: Object.fromEntries(wires.map((wire) => [keyOf(wire), wire])),
    pins: Object.fromEntries(Object.entries(doc.pins).map(([key, ports]) => [id(key), ports])),
  };
}

/** My document, in which no node that I added or renamed has the name of another one of theirs. */
function freelyNamed(base: Doc, mine: Doc, theirs: Doc): Doc {
  const holders = new Map(Object.values(theirs.nodes).map((node) => [node.name, node.id]));
  let doc = mine;
  for (const node of Object.values(mine.nodes)) {
    const holder = holders.get(node.name);
    if (!holder || holder === node.id || base.nodes[node.id]?.name === node.name) continue;
    if (holder in base.nodes && mine.nodes[holder]?.name !== base.nodes[holder]?.name) continue;
    const { [node.id]: _, ...others } = doc.nodes;
    const apart = Object.entries(theirs.nodes).map(([id, each]) => [`theirs.${id}`, each]);
    const names = { ...doc, nodes: { ...others, ...Object.fromEntries(apart) } };
    doc = renameNode(doc, node.id, freeName(names, node.name));
  }
  return doc;
}

/** A node that one side deleted and the other kept, with the wires and the pin that it has on that side. */
function rewired(doc: Doc, id: string, side: Doc): Doc {
  if (!(id in side.nodes) || !(id in doc.nodes)) return doc;
  const wires = Object.entries(side.connections).filter(([, wire]) => wire.from === id || wire.to === id);
  const pinned = side.pins[id];
  return {
    ...doc,
    connections: { ...doc.connections, ...Object.fromEntries(wires) },
    pins: pinned ? { ...doc.pins, [id]: pinned } : doc.pins,
  };
}

/** A document without wires and pins of nodes that are gone, and with a name of its own for each node. */
export function sound(doc: Doc): Doc {
  const ends = (wire: Connection) => Object.hasOwn(doc.nodes, wire.from) && Object.hasOwn(doc.nodes, wire.to);
  const connections = kept(doc.connections, (_, wire) => ends(wire));
  const pins = kept(doc.pins, (id) => Object.hasOwn(doc.nodes, id));
  const whole = connections === doc.connections && pins === doc.pins;
  return freed(whole ? doc : { ...doc, connections, pins });
}

function kept<T>(parts: Record<string, T>, keep: (key: string, part: T) => boolean): Record<string, T> {
  const entries = Object.entries(parts);
  const left = entries.filter(([key, part]) => keep(key, part));
  return left.length === entries.length ? parts : Object.fromEntries(left);
}

function freed(doc: Doc): Doc {
  const seen = new Set<string>();
  let next = doc;
  for (const node of Object.values(doc.nodes)) {
    if (seen.has(node.name)) {
      const name = freeName(next, node.name);
      next = { ...next, nodes: { ...next.nodes, [node.id]: { ...node, name } } };
      seen.add(name);
    } else seen.add(node.name);
  }
  return next;
}

function put(doc: Doc, path: readonly string[], value: unknown): Doc {
  return placed(doc, path, value) as Doc;
}

function placed(target: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const object = { ...(target as Record<string, unknown> | undefined) };
  const part = placed(object[key], rest, value);
  if (part === undefined) delete object[key];
  else object[key] = part;
  return object;
}
