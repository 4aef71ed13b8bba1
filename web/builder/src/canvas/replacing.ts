/** Another type for a node that stays where it is, with its wires and whatever both types know. */
import type { NodeType } from '@/catalogue/types';
import { connect, editNode, pin } from '@/doc/commands';
import type { Connection, Doc, Json, Node } from '@/doc/model';
import { renameNode } from '@/doc/rename';

/** The document with a node of another type. `before`: the type it had, where it is installed. */
export function replaced(doc: Doc, id: string, type: NodeType, before: NodeType | undefined): Doc {
  const node = doc.nodes[id];
  if (!node) return doc;
  const params = kept(node.params, type);
  // What was pinned is not what the other type gives.
  let next = pin(editNode(doc, id, { type: type.key, version: type.version, params }), id, null);
  next = rewired(next, id, type);
  return isUnnamed(node, before) ? renameNode(next, id, type.title) : next;
}

/** Values of parameters that the type has by the same names. */
function kept(params: Node['params'], type: NodeType): Node['params'] {
  const { properties } = type.params;
  const known = typeof properties === 'object' && properties !== null ? properties : {};
  const entries = Object.entries(params).filter(([name]) => Object.hasOwn(known, name));
  return Object.fromEntries<Json>(entries);
}

/** Wires keep their ports where the type has them, and go to the first one else. */
function rewired(doc: Doc, id: string, type: NodeType): Doc {
  const onError = doc.nodes[id]?.settings.on_error === 'output';
  let next: Doc = { ...doc, connections: {} };
  for (const wire of Object.values(doc.connections)) {
    const moved = fitted(wire, id, type, onError);
    if (moved) next = connect(next, moved);
  }
  return next;
}

function fitted(wire: Connection, id: string, type: NodeType, onError: boolean): Connection | null {
  const input = wire.to === id && !type.inputs.includes(wire.input) ? type.inputs[0] : wire.input;
  const stays = wire.from !== id || type.outputs.includes(wire.output) || (onError && wire.output === 'error');
  const output = stays ? wire.output : (type.outputs[0] ?? (type.dynamic_outputs ? wire.output : undefined));
  return input !== undefined && output !== undefined ? { ...wire, input, output } : null;
}

/** True where nobody has given the node a name of its own: it is called like its type. */
function isUnnamed({ name }: Node, type: NodeType | undefined): boolean {
  return type !== undefined && name.startsWith(type.title) && /^( \d+)?$/.test(name.slice(type.title.length));
}
