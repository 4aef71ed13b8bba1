import { Ellipsis } from 'lucide-react';
import { TypeIcon } from '@/catalogue/TypeIcon';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { useRun } from '@/run/store';
import { IconButton } from '@/ui/Button';
import { Menu, type MenuGroups } from '@/ui/Menu';
import { NameField } from './CardName';
import { reveal } from './camera';
import { after, askForNode, deleteSelected, startConnecting, toggleDisabled } from './edits';
import { type Row, swappable, swapWithBefore } from './outline';
import { useCanvas } from './state';
import { statusOf } from './status';

interface StepRowProps {
  row: Row;
  tabStop: boolean;
  selected: boolean;
  renaming: boolean;
  readOnly: boolean;
  onFocus: () => void;
  onRename: (on: boolean) => void;
}

/** One step of the list: its sign, its name, where it hangs, how it fared, and what can be done to it. */
export function StepRow({ row, tabStop, selected, renaming, readOnly, onFocus, onRename }: StepRowProps) {
  const { id, level, via, also } = row;
  const node = useDocument((state) => state.doc.nodes[id]);
  const pinned = useDocument((state) => id in state.doc.pins);
  const type = useCanvas((state) => (node ? state.catalogue[node.type] : undefined));
  const issues = useCanvas((state) => state.issues.get(id) ?? 0);
  const run = useRun((state) => state.nodes[id]);
  const stale = useRun((state) => state.stale.has(id));
  if (!node) return null;
  const status = statusOf({ node, known: type !== undefined, run, stale, pinned, issues });
  const Icon = status.icon;
  const where = [
    via && t('canvas.via', { name: via }),
    also.length > 0 && t('canvas.also', { names: also.join(', ') }),
  ];
  const about = [...where, type?.title ?? node.type].filter(Boolean).join(' · ');
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys
    <div
      role="treeitem"
      data-step={id}
      aria-level={level}
      aria-selected={selected}
      aria-label={`${node.name}, ${about}, ${status.text}`}
      tabIndex={tabStop ? 0 : -1}
      className={`outline-row ${status.kind}`}
      style={{ paddingLeft: 8 + (level - 1) * 20 }}
      onFocus={onFocus}
      onClick={() => {
        useView.getState().select([id]);
        reveal(id);
      }}
      onDoubleClick={() => useView.getState().openNode(id)}
    >
      <span className={`tile ${type?.group ?? 'utility'}`}>
        <TypeIcon type={type} size={16} />
      </span>
      <span className="outline-text">
        {renaming ? (
          <NameField id={id} name={node.name} onDone={() => onRename(false)} />
        ) : (
          <span className="outline-name truncate">{node.name}</span>
        )}{' '}
        <span className="meta truncate">{about}</span>
      </span>
      {Icon && (
        <span className={`card-status ${status.kind}`} title={status.text}>
          <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
        </span>
      )}
      <Menu items={menuOf(id, readOnly, onRename)} align="end" label={node.name}>
        <IconButton size="small" icon={Ellipsis} label={t('canvas.more_of', { name: node.name })} />
      </Menu>
    </div>
  );
}

function menuOf(id: string, readOnly: boolean, onRename: (on: boolean) => void): MenuGroups {
  const open = { label: t('canvas.open'), keys: 'Enter', onSelect: () => useView.getState().openNode(id) };
  if (readOnly) return [[open]];
  const { doc, change } = useDocument.getState();
  const next = Object.values(doc.connections).find((wire) => wire.from === id)?.to;
  const later = next && swappable(doc, next) === id ? next : null;
  const swap = (which: string) => change(t('canvas.did_move'), (before) => swapWithBefore(before, which));
  return [
    [
      open,
      { label: t('canvas.rename'), keys: 'F2', onSelect: () => requestAnimationFrame(() => onRename(true)) },
      { label: t('canvas.connect'), keys: 'c', onSelect: () => startConnecting(id) },
      { label: t('canvas.add_following'), keys: 'n', onSelect: () => askForNode(after(id)) },
    ],
    [
      { label: t('canvas.earlier'), disabled: swappable(doc, id) === null, onSelect: () => swap(id) },
      { label: t('canvas.later'), disabled: later === null, onSelect: () => later && swap(later) },
    ],
    [
      { label: t('canvas.toggle'), onSelect: () => toggleDisabled([id]) },
      {
        label: t('common.delete'),
        danger: true,
        onSelect: () => {
          useView.getState().select([id]);
          deleteSelected();
        },
      },
    ],
  ];
}
