import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronRight } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { t } from '@/lib/i18n';
import { Draggable } from './Draggable';
import type { DataItem } from './server';
import { brief, expressionAt, type Line, lines, type Path } from './tree';

const ROW = 22;
/** Items that are open at the beginning. */
const FEW = 5;

interface JsonViewProps {
  /** What is shown of which side. */
  label: string;
  items: readonly DataItem[];
  root: string;
  draggable: boolean;
  onEnd: () => void;
  /** Items that belong to the one that is looked at elsewhere. */
  marked: readonly number[];
  /** The item that is looked at here. */
  at: number | null;
}

/** Items as JSON that can be folded. */
export function JsonView({ label, items, root, draggable, onEnd, marked, at }: JsonViewProps) {
  const box = useRef<HTMLElement>(null);
  // What differs from how it starts: the first items are open, what is in an item is open two levels deep.
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const first = items[0]?.index ?? 0;
  const isOpen = (id: string, path: Path) =>
    (path.length === 1 ? Number(path[0]) < first + FEW : path.length < 4) !== turned.has(id);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `isOpen` is made of these
  const shown = useMemo(
    () => items.flatMap((item) => lines(item.json, isOpen, [item.index], null)),
    [items, turned, first],
  );
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 20,
  });
  const seen = rows.getVirtualItems();
  const last = seen.at(-1)?.index ?? 0;
  useEffect(() => {
    if (shown.length > 0 && last >= shown.length - 5) onEnd();
  }, [last, shown.length, onEnd]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is marked is brought into sight once
  useEffect(() => {
    const row = shown.findIndex((line) => line.path[0] === marked[0]);
    if (row >= 0) rows.scrollToIndex(row, { align: 'auto' });
  }, [marked]);
  function turn(id: string) {
    const next = new Set(turned);
    if (!next.delete(id)) next.add(id);
    setTurned(next);
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <section className="np-data-scroll np-json" ref={box} tabIndex={0} aria-label={label}>
      <div className="np-data-lines" style={{ height: rows.getTotalSize() }}>
        {seen.map(({ index, start }) => {
          const line = shown[index];
          return (
            line && (
              <div
                key={line.id}
                className="np-data-line"
                style={{ transform: `translateY(${start}px)`, height: ROW }}
                data-item={line.path[0]}
                data-at={line.path[0] === at || undefined}
                data-kin={marked.includes(Number(line.path[0])) || undefined}
              >
                <JsonLine
                  line={line}
                  open={isOpen(line.id, line.path)}
                  root={root}
                  draggable={draggable}
                  onTurn={turn}
                />
              </div>
            )
          );
        })}
      </div>
    </section>
  );
}

interface JsonLineProps {
  line: Line;
  open: boolean;
  root: string;
  draggable: boolean;
  onTurn: (id: string) => void;
}

function JsonLine({ line, open, root, draggable, onTurn }: JsonLineProps) {
  const { path, depth, name, value, size } = line;
  const shut = size !== null && size > 0;
  const label = name ?? t('panel.item_n', { n: Number(path[0]) + 1 });
  const signs = Array.isArray(value) ? '[ ]' : '{ }';
  return (
    <div className="np-json-line" style={{ paddingLeft: 4 + 14 * depth }}>
      {shut ? (
        <button
          type="button"
          className="np-json-fold"
          aria-expanded={open}
          aria-label={t('panel.unfold', { name: label })}
          onClick={() => onTurn(line.id)}
        >
          <ChevronRight size={14} aria-hidden="true" />
        </button>
      ) : (
        <span className="np-json-fold" />
      )}
      {draggable && name !== null ? (
        <Draggable expression={expressionAt(path.slice(1), root)} className="np-json-key">
          {label}
        </Draggable>
      ) : (
        <span className={name === null ? 'np-json-item' : 'np-json-key'}>{label}</span>
      )}
      {size === null ? (
        <span
          className={`np-json-value np-json-${value === null ? 'null' : typeof value} truncate`}
          title={brief(value, 600)}
        >
          {typeof value === 'string' ? JSON.stringify(brief(value)) : brief(value)}
        </span>
      ) : (
        <span className="np-json-size">
          {signs} {size}
        </span>
      )}
    </div>
  );
}
