/** The keys of the canvas. */
import type { Action } from '@/actions/registry';
import { useView } from '@/editor/view';
import { frame, glide, reveal } from './camera';
import {
  addNote,
  askForNode,
  deleteSelected,
  doc,
  focusCard,
  locked,
  nudge,
  selectAll,
  selectedNodes,
  selection,
  startConnecting,
  startRenaming,
  toggleDisabled,
} from './edits';
import { GRID } from './geometry';
import { type Arrow, nodesAt, reach, walk } from './graph';
import { duplicate } from './pasting';
import { canvas, setCanvas } from './state';
import { tidy } from './tidy';
import { toggleMinimap } from './ZoomMenu';

/** The keys of a step work while the canvas has the focus, or nothing has it. */
function here(): boolean {
  const focus = document.activeElement;
  return (
    canvas().element !== null &&
    (!focus || focus === document.body || canvas().element?.contains(focus) === true) &&
    !inList(focus)
  );
}

const inList = (focus: Element | null) =>
  focus?.closest('.outline, .find, .dock, [role="dialog"], [role="menu"]') != null;
/** On a card, or with nothing focused: not on a button, which has keys of its own. */
const onCard = () => here() && !document.activeElement?.matches('button, a');
const present = () => canvas().element !== null && useView.getState().overlay === null;
const writable = () => present() && !locked();
const chosen = () => here() && !locked() && selection().size > 0;

/** The step that the keys are about: the one with the focus, or the only one selected. */
function current(): string | null {
  const focus = document.activeElement?.closest<HTMLElement>('[data-node]')?.dataset.node;
  const [only, ...more] = selectedNodes();
  return focus ?? (more.length === 0 ? (only ?? null) : null);
}

const about = (act: (id: string) => void) => () => {
  const id = current();
  if (id && id in doc().nodes) act(id);
};
const aboutOne = () => onCard() && current() !== null;

function go(arrow: Arrow): void {
  const from = current() ?? canvas().active;
  const to = from && from in doc().nodes ? walk(doc(), from, arrow) : nodesAt(doc(), Object.keys(doc().nodes))[0]?.id;
  if (!to) return;
  useView.getState().select([to]);
  reveal(to);
  focusCard(to);
}

function along(way: 'into' | 'out'): void {
  const ids = selectedNodes();
  const from = ids.length > 0 ? ids : [current()].filter((id) => id !== null);
  useView.getState().select(reach(doc(), from, way));
}

function leave(): void {
  if (canvas().linking) setCanvas({ linking: null });
  else useView.getState().select([]);
}

const ARROWS = ['left', 'right', 'up', 'down'] as const;
const VECTORS = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] } as const;
const keyOfArrow = (arrow: Arrow) => `Arrow${arrow.charAt(0).toUpperCase()}${arrow.slice(1)}`;

const walks: Action[] = ARROWS.map((arrow) => ({
  id: `canvas.walk_${arrow}`,
  title: `canvas.walk_${arrow}`,
  group: 'canvas',
  keys: [keyOfArrow(arrow)],
  hidden: true,
  when: onCard,
  run: () => go(arrow),
}));

const moves: Action[] = ARROWS.flatMap((arrow) =>
  [1, 4].map((steps) => {
    const [x, y] = VECTORS[arrow];
    return {
      id: `canvas.move_${arrow}_${steps}`,
      title: steps === 1 ? `canvas.move_${arrow}` : `canvas.move_far_${arrow}`,
      group: 'canvas',
      keys: [`mod+${steps === 1 ? '' : 'shift+'}${keyOfArrow(arrow)}`],
      hidden: true,
      when: chosen,
      run: () => nudge(x * GRID * steps, y * GRID * steps),
    };
  }),
);

const zoomTo = (zoom: number) => () => void canvas().flow?.zoomTo(zoom, { duration: glide() });

export const ACTIONS: readonly Action[] = [
  { id: 'canvas.add', title: 'canvas.add', group: 'canvas', keys: ['n'], when: writable, run: () => askForNode() },
  { id: 'canvas.note', title: 'canvas.note', group: 'canvas', keys: ['shift+s'], when: writable, run: () => addNote() },
  {
    id: 'canvas.find',
    title: 'canvas.find',
    group: 'canvas',
    keys: ['mod+f'],
    when: present,
    run: () => useView.getState().show('find'),
  },
  {
    id: 'canvas.tidy',
    title: 'canvas.tidy',
    group: 'canvas',
    keys: ['alt+shift+t'],
    when: writable,
    run: () => void tidy(selectedNodes()),
  },
  {
    id: 'canvas.steps',
    title: 'canvas.steps',
    group: 'canvas',
    keys: ['shift+l'],
    when: present,
    run: () => {
      const { stepList, set } = useView.getState();
      set({ stepList: !stepList });
      if (!stepList)
        requestAnimationFrame(() => document.querySelector<HTMLElement>('.outline [tabindex="0"]')?.focus());
    },
  },
  {
    id: 'canvas.open',
    title: 'canvas.open',
    group: 'node',
    keys: ['Enter'],
    when: aboutOne,
    run: about((id) => useView.getState().openNode(id)),
  },
  {
    id: 'canvas.rename',
    title: 'canvas.rename',
    group: 'node',
    keys: ['F2'],
    when: () => aboutOne() && !locked(),
    run: about(startRenaming),
  },
  {
    id: 'canvas.connect',
    title: 'canvas.connect',
    group: 'node',
    keys: ['c'],
    when: () => aboutOne() && !locked(),
    run: about(startConnecting),
  },
  {
    id: 'canvas.toggle',
    title: 'canvas.toggle',
    group: 'node',
    keys: ['d'],
    when: chosen,
    run: () => toggleDisabled(),
  },
  { id: 'canvas.duplicate', title: 'canvas.duplicate', group: 'node', keys: ['mod+d'], when: chosen, run: duplicate },
  {
    id: 'canvas.delete',
    title: 'canvas.delete',
    group: 'node',
    keys: ['Delete', 'Backspace'],
    when: () => here() && !locked(),
    run: () => deleteSelected(),
  },
  {
    id: 'canvas.delete_plain',
    title: 'canvas.delete_plain',
    group: 'node',
    keys: ['mod+Delete', 'mod+Backspace'],
    when: () => here() && !locked(),
    run: () => deleteSelected(false),
  },
  { id: 'canvas.select_all', title: 'canvas.select_all', group: 'canvas', keys: ['mod+a'], when: here, run: selectAll },
  {
    id: 'canvas.deselect',
    title: 'canvas.deselect',
    group: 'canvas',
    keys: ['Escape'],
    hidden: true,
    when: here,
    run: leave,
  },
  {
    id: 'canvas.upstream',
    title: 'canvas.upstream',
    group: 'canvas',
    keys: ['shift+ArrowLeft'],
    when: onCard,
    run: () => along('into'),
  },
  {
    id: 'canvas.downstream',
    title: 'canvas.downstream',
    group: 'canvas',
    keys: ['shift+ArrowRight'],
    when: onCard,
    run: () => along('out'),
  },
  {
    id: 'canvas.zoom_in',
    title: 'canvas.zoom_in',
    group: 'canvas',
    keys: ['+', '='],
    when: present,
    run: () => void canvas().flow?.zoomIn({ duration: glide() }),
  },
  {
    id: 'canvas.zoom_out',
    title: 'canvas.zoom_out',
    group: 'canvas',
    keys: ['-'],
    when: present,
    run: () => void canvas().flow?.zoomOut({ duration: glide() }),
  },
  { id: 'canvas.zoom_whole', title: 'canvas.zoom_whole', group: 'canvas', keys: ['0'], when: present, run: zoomTo(1) },
  { id: 'canvas.fit', title: 'canvas.fit', group: 'canvas', keys: ['1'], when: present, run: () => frame() },
  {
    id: 'canvas.fit_selection',
    title: 'canvas.fit_selection',
    group: 'canvas',
    keys: ['2'],
    when: () => present() && selection().size > 0,
    run: () => frame(selection()),
  },
  {
    id: 'canvas.minimap',
    title: 'canvas.minimap_always',
    group: 'canvas',
    keys: ['m'],
    when: present,
    run: toggleMinimap,
  },
  ...walks,
  ...moves,
];
