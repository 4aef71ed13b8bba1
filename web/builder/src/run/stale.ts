/** Which nodes would no longer give what they gave: they, or something before them, changed since the run. */
import { equal } from '@/doc/merge';
import type { Connection, Doc, Node } from '@/doc/model';

/** Nodes of `now` that differ from the document that ran, and all that they lead to. */
export function staleNodes(ran: Doc, now: Doc): Set<string> {
  if (ran.nodes === now.nodes && ran.connections === now.connections && ran.pins === now.pins) return new Set();
  const [before, after] = [entrances(ran), entrances(now)];
  const stale = new Set<string>();
  for (const [id, node] of Object.entries(now.nodes)) {
    const old = ran.nodes[id];
    const same =
      old && sameWork(old, node) && equal(ran.pins[id], now.pins[id]) && equal(before.get(id), after.get(id));
    if (!same) stale.add(id);
  }
  const next = exits(now);
  const pending = [...stale];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    for (const to of next.get(id) ?? []) {
      if (stale.has(to)) continue;
      stale.add(to);
      pending.push(to);
    }
  }
  return stale;
}

/** Place, name and remarks change nothing of what a node does. */
function sameWork(a: Node, b: Node): boolean {
  if (a === b) return true;
  if (a.type !== b.type || a.version !== b.version || !equal(a.params, b.params)) return false;
  return equal({ ...a.settings, notes: '' }, { ...b.settings, notes: '' });
}

function entrances(doc: Doc): Map<string, string[]> {
  return grouped(
    doc,
    (wire) => wire.to,
    (wire) => `${wire.from}.${wire.output}.${wire.input}`,
  );
}

function exits(doc: Doc): Map<string, string[]> {
  return grouped(
    doc,
    (wire) => wire.from,
    (wire) => wire.to,
  );
}

function grouped(doc: Doc, key: (wire: Connection) => string, value: (wire: Connection) => string) {
  const groups = new Map<string, string[]>();
  for (const wire of Object.values(doc.connections)) {
    const group = groups.get(key(wire));
    if (group) group.push(value(wire));
    else groups.set(key(wire), [value(wire)]);
  }
  for (const group of groups.values()) group.sort();
  return groups;
}
