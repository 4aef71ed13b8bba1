import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef } from 'react';
import { t } from '@/lib/i18n';
import { Draggable } from './Draggable';
import type { DataItem } from './server';
import { brief, expressionAt } from './tree';

const ROW = 30;
const COLUMNS = 40;

interface TableViewProps {
  /** What is shown of which side. */
  label: string;
  items: readonly DataItem[];
  root: string;
  draggable: boolean;
  onEnd: () => void;
  onItem: (index: number) => void;
  chosen: number;
  /** Items that belong to the one that is looked at elsewhere. */
  marked: readonly number[];
  /** The item that is looked at here. */
  at: number | null;
}

/** Items as rows, their fields as columns. Only the rows that are seen are drawn. */
export function TableView({ label, items, root, draggable, onEnd, onItem, chosen, marked, at }: TableViewProps) {
  const box = useRef<HTMLElement>(null);
  const columns = useMemo(
    () => [...new Set(items.flatMap((item) => Object.keys(item.json)))].slice(0, COLUMNS),
    [items],
  );
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 10,
  });
  const seen = rows.getVirtualItems();
  const last = seen.at(-1)?.index ?? 0;
  useEffect(() => {
    if (items.length > 0 && last >= items.length - 5) onEnd();
  }, [last, items.length, onEnd]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is marked is brought into sight once
  useEffect(() => {
    const row = items.findIndex((item) => item.index === marked[0]);
    if (row >= 0) rows.scrollToIndex(row, { align: 'auto' });
  }, [marked]);
  const before = seen[0]?.start ?? 0;
  const after = rows.getTotalSize() - (seen.at(-1)?.end ?? 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <section className="np-data-scroll" ref={box} tabIndex={0} aria-label={label}>
      <table className="np-data-table">
        <thead>
          <tr>
            <th className="np-data-number">#</th>
            {columns.map((column) => (
              <th key={column}>
                {draggable ? <Draggable expression={expressionAt([column], root)}>{column}</Draggable> : column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <tr style={{ height: before }} />}
          {seen.map(({ index }) => {
            const item = items[index];
            return (
              item && (
                <tr
                  key={item.index}
                  style={{ height: ROW }}
                  data-item={item.index}
                  data-chosen={item.index === chosen || undefined}
                  data-at={item.index === at || undefined}
                  data-kin={marked.includes(item.index) || undefined}
                >
                  <td className="np-data-number">
                    <button
                      type="button"
                      onClick={() => onItem(item.index)}
                      aria-label={t('panel.use_item', { n: item.index + 1 })}
                    >
                      {item.index + 1}
                    </button>
                  </td>
                  {columns.map((column) => {
                    const value = item.json[column];
                    const text = value === undefined ? '' : brief(value);
                    return (
                      <td key={column} title={text} className={`np-cell-${value === null ? 'null' : typeof value}`}>
                        {text}
                      </td>
                    );
                  })}
                </tr>
              )
            );
          })}
          {after > 0 && <tr style={{ height: after }} />}
        </tbody>
      </table>
    </section>
  );
}
