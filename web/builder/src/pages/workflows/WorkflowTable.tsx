import { useVirtualizer } from '@tanstack/react-virtual';
import { FolderClosed } from 'lucide-react';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useActions } from '@/actions/registry';
import { useNarrow } from '@/canvas/useNarrow';
import { t } from '@/lib/i18n';
import type { Folder, Summary } from './list';
import { WorkflowRow } from './WorkflowRow';

interface WorkflowTableProps {
  folders: readonly Folder[];
  rows: readonly Summary[];
  /** A search shows where each was found. */
  withFolder: boolean;
  chosen: ReadonlySet<string>;
  onChoose: (chosen: ReadonlySet<string>) => void;
  onFolder: (path: string) => void;
  onTag: (tag: string) => void;
  onChanged: () => void;
}

const [WIDE, NARROW] = [44, 56];

/** Folders, then workflows, in rows of which only those in sight exist. j and k walk, x chooses, Enter opens. */
export default function WorkflowTable(props: WorkflowTableProps) {
  const { folders, rows, withFolder, chosen, onChoose, onFolder, onTag, onChanged } = props;
  const list = useRef<HTMLDivElement>(null);
  const anchor = useRef<number | null>(null);
  const [margin, setMargin] = useState(0);
  const height = useNarrow() ? NARROW : WIDE;
  const count = folders.length + rows.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what stands above may have grown
  useLayoutEffect(() => {
    const scroller = list.current?.closest('.page');
    if (!scroller || !list.current) return;
    setMargin(list.current.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop);
  }, [count, withFolder]);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => list.current?.closest('.page') ?? null,
    estimateSize: () => height,
    overscan: 12,
    scrollMargin: margin,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: other heights have to be measured anew
  useLayoutEffect(() => virtual.measure(), [height, virtual]);
  useListKeys(
    list,
    count,
    (index) => virtual.scrollToIndex(index),
    (index, through) => pick(index, through),
  );

  function pick(index: number, through: boolean) {
    const row = rows[index - folders.length];
    if (!row) return;
    const on = !chosen.has(row.id);
    const from = through && anchor.current !== null ? anchor.current : index;
    anchor.current = index;
    const next = new Set(chosen);
    for (let i = Math.min(from, index); i <= Math.max(from, index); i++) {
      const id = rows[i - folders.length]?.id;
      if (id === undefined) continue;
      if (on) next.add(id);
      else next.delete(id);
    }
    onChoose(next);
  }
  const all = rows.length > 0 && rows.every((row) => chosen.has(row.id));
  return (
    <div className={`flows ${chosen.size > 0 ? 'choosing' : ''}`}>
      <div className="flow-row head">
        <input
          type="checkbox"
          className="entry-check"
          aria-label={t('pages.choose_all')}
          checked={all}
          disabled={rows.length === 0}
          onChange={() => onChoose(new Set(all ? [] : rows.map((row) => row.id)))}
        />
        <span>{t('pages.name')}</span>
        <span className="numbers flow-count">{t('pages.count', { count: rows.length })}</span>
      </div>
      <div ref={list}>
        <ul className="flow-rows" aria-label={t('shell.workflows')} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const folder = folders[index];
            const row = rows[index - folders.length];
            const place = {
              'data-row': index,
              'aria-setsize': count,
              'aria-posinset': index + 1,
              style: { height, top: start - margin },
            };
            if (folder)
              return (
                <li key={`folder ${folder.path}`} className="flow-row folder" {...place}>
                  <FolderClosed size={16} strokeWidth={1.75} aria-hidden="true" className="flow-folder" />
                  <button type="button" className="flow-open truncate" onClick={() => onFolder(folder.path)}>
                    <span dir="auto">{folder.name}</span>
                  </button>
                  <span className="meta numbers flow-count">{t('pages.count', { count: folder.count })}</span>
                </li>
              );
            if (!row) return null;
            return (
              <WorkflowRow
                key={row.id}
                workflow={row}
                place={place}
                withFolder={withFolder}
                chosen={chosen.has(row.id)}
                onChoose={(through) => pick(index, through)}
                onTag={onTag}
                onChanged={onChanged}
              />
            );
          })}
        </ul>
      </div>
    </div>
  );
}

/** j, k and x: the focus itself walks, so that Enter opens and screen readers follow. */
function useListKeys(
  list: React.RefObject<HTMLDivElement | null>,
  count: number,
  show: (index: number) => void,
  choose: (index: number, through: boolean) => void,
) {
  const latest = useRef({ count, show, choose });
  latest.current = { count, show, choose };
  const actions = useMemo(() => {
    const here = () => {
      const row = document.activeElement?.closest<HTMLElement>('[data-row]');
      return row && list.current?.contains(row) ? Number(row.dataset.row) : null;
    };
    function walk(by: number) {
      const { count, show } = latest.current;
      const at = here();
      const next = Math.max(0, Math.min(count - 1, at === null ? 0 : at + by));
      show(next);
      requestAnimationFrame(() =>
        list.current?.querySelector<HTMLElement>(`[data-row="${next}"] .flow-open`)?.focus({ preventScroll: true }),
      );
    }
    function mark() {
      const at = here();
      if (at !== null) latest.current.choose(at, false);
    }
    const row = { group: 'list', hidden: true };
    return [
      { ...row, id: 'list.down', title: 'pages.next_row', keys: ['j', 'ArrowDown'], run: () => walk(1) },
      { ...row, id: 'list.up', title: 'pages.previous_row', keys: ['k', 'ArrowUp'], run: () => walk(-1) },
      { ...row, id: 'list.choose', title: 'pages.choose_row', keys: ['x'], when: () => here() !== null, run: mark },
    ];
  }, [list]);
  useActions(actions);
}
