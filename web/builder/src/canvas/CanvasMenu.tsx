import {
  ClipboardPaste,
  Copy,
  Link,
  Maximize,
  PanelRightOpen,
  Pencil,
  Play,
  Plus,
  Power,
  Replace,
  Scissors,
  SquareDashedMousePointer,
  StickyNote,
  Trash2,
  WandSparkles,
} from 'lucide-react';
import { memo } from 'react';
import { type Action, useRegistry } from '@/actions/registry';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { type MenuGroups, type MenuItem, PointMenu } from '@/ui/Menu';
import { frame } from './camera';
import {
  addNote,
  askForNode,
  askForOther,
  cut,
  deleteSelected,
  focusCard,
  renameAfterMenu,
  selectAll,
  selectedNodes,
  startConnecting,
  toggleDisabled,
} from './edits';
import { copySelected, cutSelected, duplicate, pasteHere } from './pasting';
import { canvas, type MenuAt, setCanvas, useCanvas } from './state';
import { tidy } from './tidy';

/** The menu of a right click, of the menu key, and of a card's "More". */
export default memo(function CanvasMenu() {
  const menu = useCanvas((state) => state.menu);
  const readOnly = useDocument((state) => state.readOnly);
  const actions = useRegistry((state) => state.actions);
  useView((state) => state.selected);
  return (
    <PointMenu
      at={menu}
      items={menu ? itemsOf(menu, readOnly, actions) : []}
      label={t('canvas.menu')}
      onClose={() => {
        setCanvas({ menu: null });
        const { active } = canvas();
        // Unless what was chosen put the focus somewhere else.
        requestAnimationFrame(() => {
          if (active && document.activeElement === document.body && useView.getState().overlay === null)
            focusCard(active);
        });
      }}
    />
  );
});

function itemsOf({ on }: MenuAt, readOnly: boolean, actions: readonly Action[]): MenuGroups {
  if (on.kind === 'edge') {
    if (readOnly) return [];
    return [
      [{ label: t('canvas.add_here'), icon: Plus, onSelect: () => askForNode({ edge: on.key }) }],
      [{ label: t('canvas.disconnect'), icon: Trash2, danger: true, onSelect: () => cut([on.key]) }],
    ];
  }
  return on.kind === 'canvas' ? ofCanvas(on.position, readOnly) : ofSelection(readOnly, actions);
}

function ofCanvas(position: readonly [number, number], readOnly: boolean): MenuGroups {
  const look: MenuItem[] = [
    { label: t('canvas.select_all'), icon: SquareDashedMousePointer, keys: 'mod+a', onSelect: selectAll },
    { label: t('canvas.fit'), icon: Maximize, keys: '1', onSelect: () => frame() },
  ];
  if (readOnly) return [look];
  return [
    [
      { label: t('canvas.add'), icon: Plus, keys: 'n', onSelect: () => askForNode({ position }) },
      { label: t('canvas.note'), icon: StickyNote, keys: 'shift+s', onSelect: () => addNote(position) },
      { label: t('canvas.paste'), icon: ClipboardPaste, keys: 'mod+v', onSelect: () => void pasteHere(position) },
    ],
    [...look, { label: t('canvas.tidy'), icon: WandSparkles, keys: 'alt+shift+t', onSelect: () => void tidy([]) }],
  ];
}

/** The verbs of running that are about one step. */
const RUNS = ['run.step', 'run.to', 'run.from'];

function ofSelection(readOnly: boolean, actions: readonly Action[]): MenuGroups {
  const ids = selectedNodes();
  const [only] = ids.length === 1 ? ids : [];
  const open: MenuItem[] = only
    ? [
        {
          label: t('canvas.open'),
          icon: PanelRightOpen,
          keys: 'Enter',
          onSelect: () => useView.getState().openNode(only),
        },
      ]
    : [];
  // What others offer for a step: running it, pinning its data, …
  const others = actions.filter(
    ({ id, group }) => RUNS.includes(id) || (group === 'node' && !id.startsWith('canvas.')),
  );
  const more = others
    .filter((action) => ids.length > 0 && (action.when?.() ?? true))
    .map((action) => ({
      label: t(action.title),
      icon: action.id.startsWith('run.') ? Play : undefined,
      keys: action.keys?.[0],
      onSelect: action.run,
    }));
  const copy: MenuItem = { label: t('canvas.copy'), icon: Copy, keys: 'mod+c', onSelect: () => void copySelected() };
  if (readOnly) return [open, more, [copy]];
  const one: MenuItem[] = only
    ? [
        { label: t('canvas.rename'), icon: Pencil, keys: 'F2', onSelect: () => renameAfterMenu(only) },
        { label: t('canvas.connect'), icon: Link, keys: 'c', onSelect: () => startConnecting(only) },
        { label: t('canvas.replace'), icon: Replace, keys: 'r', onSelect: () => askForOther(only) },
      ]
    : [];
  const toggle: MenuItem = { label: t('canvas.toggle'), icon: Power, keys: 'd', onSelect: () => toggleDisabled() };
  return [
    [...open, ...one, ...(ids.length > 0 ? [toggle] : [])],
    more,
    [
      copy,
      { label: t('canvas.cut'), icon: Scissors, keys: 'mod+x', onSelect: () => void cutSelected() },
      { label: t('canvas.duplicate'), icon: Copy, keys: 'mod+d', onSelect: duplicate },
    ],
    ids.length > 1
      ? [{ label: t('canvas.tidy_selection'), icon: WandSparkles, keys: 'alt+shift+t', onSelect: () => void tidy(ids) }]
      : [],
    [{ label: t('common.delete'), icon: Trash2, keys: 'Delete', danger: true, onSelect: () => deleteSelected() }],
  ];
}
