/** What people do on the canvas, said to the document: one undoable step each, with a word about it. */
import type { NodeType } from '@/catalogue/types';
import { connect, disconnect, editNote, editSettings, freeId, move, remove, splice } from '@/doc/commands';
import type { Connection, Doc, Note, Point } from '@/doc/model';
import { NOTE_COLORS } from '@/doc/model';
import { renameNode } from '@/doc/rename';
import { useDocument } from '@/doc/store';
import { undo } from '@/editor/Steps';
import { type PaletteContext, useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { usePreferences } from '@/lib/preferences';
import { announce, toast } from '@/ui/Toast';
import { type Arrangement, arranged } from './arranging';
import { centre, reveal } from './camera';
import { freePlace, NOTE, snap } from './geometry';
import { wiresOf } from './graph';
import { boxOf, insertNode } from './insertion';
import { firstInput, firstOutput } from './ports';
import { replaced } from './replacing';
import { canvas, setCanvas } from './state';

export const doc = () => useDocument.getState().doc;
export const locked = () => useDocument.getState().readOnly;

/** What keys and menus are about: what is selected, or else the card that has the keyboard's focus. */
export function selection(): ReadonlySet<string> {
  const { selected } = useView.getState();
  return selected.size > 0 ? selected : focused();
}

function focused(): ReadonlySet<string> {
  const card = document.activeElement?.closest('[data-node]');
  const id = card?.getAttribute('data-node');
  return new Set(id && (id in doc().nodes || id in doc().notes) ? [id] : []);
}

const change = (label: string, fn: (doc: Doc) => Doc, group?: string) =>
  useDocument.getState().change(label, fn, group);

/** The selected nodes, without the notes. */
export function selectedNodes(): string[] {
  const { nodes } = doc();
  return [...selection()].filter((id) => id in nodes);
}

/** Put the keyboard's focus on a card, when it has been drawn. */
export function focusCard(id: string): void {
  setCanvas({ active: id });
  requestAnimationFrame(() =>
    requestAnimationFrame(() =>
      canvas()
        .element?.querySelector<HTMLElement>(`[data-node="${CSS.escape(id)}"]`)
        ?.focus({ preventScroll: true }),
    ),
  );
}

export function choose(id: string): void {
  useView.getState().select([id]);
  focusCard(id);
}

/** From an output of this node: the first that is open. */
export function after(id: string): PaletteContext {
  const output = firstOutput(canvas().ports.get(id));
  return output ? { from: { node: id, output } } : {};
}

/** Open the palette; without a context, what is picked follows the one node that is selected, or has the focus. */
export function askForNode(context?: PaletteContext): void {
  if (locked()) return;
  const [only, ...more] = selectedNodes();
  const natural = Object.keys(doc().nodes).length === 0 ? { only: 'trigger' as const } : {};
  useView.getState().show('palette', context ?? (only && more.length === 0 ? after(only) : natural));
}

/** Put in a node of this type. `look`: open its panel where it needs to be filled in. */
export function insert(type: NodeType, context: PaletteContext, look = true): void {
  let made = '';
  change(t('canvas.did_add', { name: type.title }), (before) => {
    const added = insertNode(before, { type, context, ports: canvas().ports, centre: centre() });
    made = added.node.id;
    return added.doc;
  });
  if (!made) return;
  const { recentNodes, set } = usePreferences.getState();
  set({ recentNodes: [type.key, ...recentNodes.filter((key) => key !== type.key)].slice(0, 12) });
  announce(t('canvas.did_add', { name: doc().nodes[made]?.name ?? type.title }));
  choose(made);
  requestAnimationFrame(() => reveal(made));
  const { required } = type.params;
  if (look && Array.isArray(required) && required.length > 0) useView.getState().openNode(made);
}

/** Choose another type for a node. */
export function askForOther(id: string): void {
  if (!locked() && id in doc().nodes) useView.getState().show('palette', { replace: id });
}

/** `was`: the type that it had, where that is installed. */
export function replaceWith(id: string, type: NodeType, was: NodeType | undefined): void {
  const before = doc().nodes[id];
  if (!before) return;
  const label = t('canvas.did_replace', { from: before.name, to: type.title });
  change(label, (now) => replaced(now, id, type, was));
  announce(label);
  choose(id);
}

/** Wire two ports together, and say so. False where it cannot be. */
export function wire(connection: Connection): boolean {
  const before = doc();
  const label = t('canvas.did_connect', {
    from: before.nodes[connection.from]?.name ?? '',
    to: before.nodes[connection.to]?.name ?? '',
  });
  change(label, (now) => connect(now, connection));
  const done = doc() !== before;
  if (done) announce(label);
  return done;
}

/** From an output to wherever on the node wires arrive. */
export function wireTo(from: { node: string; output: string }, to: string): boolean {
  const input = firstInput(canvas().ports.get(to));
  return from.node !== to && input !== undefined && wire({ from: from.node, output: from.output, to, input });
}

export function wireFrom(to: { node: string; input: string }, from: string): boolean {
  const output = firstOutput(canvas().ports.get(from));
  return to.node !== from && output !== undefined && wire({ from, output, to: to.node, input: to.input });
}

/** Take a wire's end off and put it elsewhere. */
export function rewire(key: string, connection: Connection): void {
  change(t('canvas.did_reconnect'), (before) => connect(disconnect(before, [key]), connection));
}

export function cut(keys: Iterable<string>): void {
  change(t('canvas.did_disconnect'), (before) => disconnect(before, keys));
  useView.getState().select(selection());
  undoable(t('canvas.did_disconnect'));
}

/** Say what was done, with a way back as long as nothing has followed. */
function undoable(text: string): void {
  const step = useDocument.getState().past.at(-1);
  const back = () => (useDocument.getState().past.at(-1) === step ? undo() : toast(t('canvas.not_last')));
  toast(text, 'info', { label: t('common.undo'), run: back }, 'step');
}

function nameOf(ids: readonly string[]): string {
  const [only] = ids;
  const node = only && ids.length === 1 ? doc().nodes[only] : undefined;
  return node ? `“${node.name}”` : t('canvas.count_steps', { count: ids.length });
}

/** Delete what is selected. `heal` joins the neighbours of what is taken out of a line. */
export function deleteSelected(heal = true): void {
  const { selected, selectedEdges } = useView.getState();
  if (locked() || selected.size + selectedEdges.size === 0) return;
  if (selected.size === 0) {
    cut(selectedEdges);
    return;
  }
  const ids = [...selected];
  const next = wiresOf(doc()).into.get(ids[0] ?? '')?.[0]?.from;
  const label = t('canvas.did_delete', { what: nameOf(ids) });
  change(label, (before) => remove(disconnect(before, selectedEdges), ids, heal));
  const { open, openNode, select } = useView.getState();
  if (open && ids.includes(open)) openNode(null);
  select([]);
  undoable(label);
  announce(label);
  if (next && next in doc().nodes) focusCard(next);
  else canvas().element?.focus();
}

export function toggleDisabled(ids = selectedNodes()): void {
  const { nodes } = doc();
  const disabled = ids.some((id) => !nodes[id]?.settings.disabled);
  const label = t(disabled ? 'canvas.did_disable' : 'canvas.did_enable', { what: nameOf(ids) });
  change(label, (before) => editSettings(before, ids, { disabled }));
  announce(label);
}

export function rename(id: string, name: string): void {
  const wanted = name.trim();
  if (!wanted || wanted === doc().nodes[id]?.name) return;
  change(t('canvas.did_rename', { name: wanted }), (before) => renameNode(before, id, wanted));
}

/** Move nodes and notes to where they were dragged; `target` puts a single one into a wire as well. */
export function drop(places: Record<string, Point>, target: string | null): void {
  const [id] = Object.keys(places);
  const ports = id ? canvas().ports.get(id) : undefined;
  const [input, output] = [firstInput(ports), firstOutput(ports)];
  if (target && id && input && output) {
    change(t('canvas.did_insert'), (before) => splice(move(before, places), target, id, input, output));
  } else change(t('canvas.did_move'), (before) => move(before, places));
}

/** Move what is selected by the keyboard; steps that follow each other quickly are one. */
export function nudge(dx: number, dy: number): void {
  const { nodes, notes } = doc();
  const places: Record<string, Point> = {};
  for (const id of selection()) {
    const position = (nodes[id] ?? notes[id])?.position;
    if (position) places[id] = [position[0] + dx, position[1] + dy];
  }
  if (Object.keys(places).length === 0) return;
  change(t('canvas.did_move'), (before) => move(before, places), 'canvas.nudge');
  const [first] = Object.keys(places);
  if (first) reveal(first);
}

export function addNote(position?: Point): void {
  if (locked()) return;
  const [x, y] = position ?? centre();
  const size = [NOTE.width, NOTE.height] as const;
  const place = position ?? freePlace([], [x - size[0] / 2, y - size[1] / 2]);
  const id = freeId(doc(), 'note');
  const note: Note = { id, text: '', color: NOTE_COLORS[0], position: [snap(place[0]), snap(place[1])], size };
  change(t('canvas.did_note'), (before) => editNote(before, note));
  useView.getState().select([id]);
  setCanvas({ writing: id });
}

export function changeNote(note: Note): void {
  change(t('canvas.did_edit_note'), (before) => (before.notes[note.id] ? editNote(before, note) : before));
}

/** Line up what is selected, or spread it evenly. */
export function arrangeSelected(way: Arrangement): void {
  const { nodes } = doc();
  const { ports } = canvas();
  const boxes = selectedNodes().flatMap((id) => {
    const node = nodes[id];
    return node ? [{ id, ...boxOf(node, ports.get(id)) }] : [];
  });
  const places = arranged(boxes, way);
  if (Object.keys(places).length === 0) return;
  change(t('canvas.did_align'), (before) => move(before, places));
  announce(t(way === 'columns' || way === 'rows' ? `canvas.distribute_${way}` : `canvas.align_${way}`));
}

export function selectAll(): void {
  const { nodes, notes } = doc();
  useView.getState().select([...Object.keys(nodes), ...Object.keys(notes)]);
  announce(t('canvas.count_selected', { count: Object.keys(nodes).length }));
}

/** Make a field of a step's name; at once, so that what is typed next goes into it. */
export function startRenaming(id: string): void {
  if (locked() || !(id in doc().nodes)) return;
  reveal(id);
  setCanvas({ renaming: id });
}

/** The same from a menu: after it has given the focus back. */
export function renameAfterMenu(id: string): void {
  requestAnimationFrame(() => startRenaming(id));
}

export function startConnecting(id: string): void {
  if (!locked() && id in doc().nodes) setCanvas({ connecting: id, linking: null });
}
