/** The keys of the canvas. */
import { type Action, gesture } from '@/actions/registry';
import { useView } from '@/editor/view';
import { togglePin } from '@/panel/data/pinning';
import { frame, glide, reveal } from './camera';
import {
  addNote,
  arrangeSelected,
  askForNode,
  askForOther,
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
import { copySelected, cutSelected, duplicate, pasteHere, pastePoint } from './pasting';
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
/** Nothing lies over the canvas; the command bar asks what can be done below it. */
const present = () => canvas().element !== null && [null, 'commands'].includes(useView.getState().overlay);
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

/** On the canvas the step that is chosen; in the panel its own. */
const pinnable = () => (onCard() ? current() : null) ?? useView.getState().open;

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
  group: 'travel',
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
      group: 'travel',
      keys: [`mod+${steps === 1 ? '' : 'shift+'}${keyOfArrow(arrow)}`],
      hidden: true,
      when: chosen,
      run: () => nudge(x * GRID * steps, y * GRID * steps),
    };
  }),
);

/** Alt+A, then a letter. */
const WAYS = {
  left: ['l', 2],
  right: ['r', 2],
  top: ['t', 2],
  bottom: ['b', 2],
  middle: ['m', 2],
  centre: ['c', 2],
  columns: ['h', 3],
  rows: ['v', 3],
} as const;

const arrangements: Action[] = (['left', 'right', 'top', 'bottom', 'middle', 'centre', 'columns', 'rows'] as const).map(
  (way) => {
    const [letter, least] = WAYS[way];
    const id = way === 'columns' || way === 'rows' ? `canvas.distribute_${way}` : `canvas.align_${way}`;
    return {
      id,
      title: id,
      group: 'arrange',
      keys: [`alt+a ${letter}`],
      when: () => chosen() && selectedNodes().length >= least,
      run: () => arrangeSelected(way),
    };
  },
);

/** The clipboard's keys are events of the browser; the command bar and the help tell of them. */
const clipboard: Action[] = [
  { id: 'canvas.copy', keys: ['mod+c'], when: () => here() && selection().size > 0, run: () => void copySelected() },
  { id: 'canvas.cut', keys: ['mod+x'], when: chosen, run: () => void cutSelected() },
  { id: 'canvas.paste', keys: ['mod+v'], when: () => here() && !locked(), run: () => void pasteHere(pastePoint()) },
].map((action) => ({ ...action, title: action.id, group: 'canvas', elsewhere: true }));

const gestures: Action[] = [
  gesture('canvas.by_pan', 'mouse', 'wheel', 'Space+drag', 'right+drag'),
  gesture('canvas.by_zoom', 'mouse', 'mod+wheel'),
  gesture('canvas.by_marquee', 'mouse', 'drag'),
  gesture('canvas.by_marquee_add', 'mouse', 'shift+drag'),
  gesture('canvas.by_marquee_remove', 'mouse', 'alt+drag'),
  gesture('canvas.by_click_add', 'mouse', 'shift+click', 'mod+click'),
  gesture('canvas.by_free', 'mouse', 'alt+drag'),
];

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
    keys: ['F2', 'Space'],
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
    id: 'canvas.replace',
    title: 'canvas.replace',
    group: 'node',
    keys: ['r'],
    when: () => aboutOne() && !locked(),
    run: about(askForOther),
  },
  {
    // In the menu of a step as well, with all that is not the canvas's own.
    id: 'step.pin',
    title: 'canvas.pin',
    group: 'node',
    keys: ['p'],
    when: () => !locked() && pinnable() !== null,
    run: () => {
      const id = pinnable();
      if (id) void togglePin(id);
    },
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
  ...clipboard,
  ...arrangements,
  ...walks,
  ...moves,
  ...gestures,
];
