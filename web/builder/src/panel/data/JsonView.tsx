import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronRight } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { t } from '@/lib/i18n';
import { Draggable } from './Draggable';
import type { DataItem } from './server';
import { brief, expressionAt, type Line, lines } from './tree';

const ROW = 22;

interface JsonViewProps {
  items: readonly DataItem[];
  root: string;
  draggable: boolean;
  onEnd: () => void;
}

/** Items as JSON that can be folded. */
export function JsonView({ items, root, draggable, onEnd }: JsonViewProps) {
  const box = useRef<HTMLElement>(null);
  // What differs from how it starts: items are open where they are few, what is in them is open two levels deep.
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const few = items.length <= 20;
  const isOpen = (id: string, depth: number) => (depth === 0 ? few : depth < 3) !== turned.has(id);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `isOpen` is made of these
  const shown = useMemo(
    () => items.flatMap((item) => lines(item.json, isOpen, [item.index], null)),
    [items, turned, few],
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
  function turn(id: string) {
    const next = new Set(turned);
    if (!next.delete(id)) next.add(id);
    setTurned(next);
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <section className="data-scroll json" ref={box} tabIndex={0} aria-label="JSON">
      <div className="data-lines" style={{ height: rows.getTotalSize() }}>
        {seen.map(({ index, start }) => {
          const line = shown[index];
          return (
            line && (
              <div key={line.id} className="data-line" style={{ transform: `translateY(${start}px)`, height: ROW }}>
                <JsonLine
                  line={line}
                  open={isOpen(line.id, line.depth)}
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
    <div className="json-line" style={{ paddingLeft: 4 + 14 * depth }}>
      {shut ? (
        <button
          type="button"
          className="json-fold"
          aria-expanded={open}
          aria-label={t('panel.unfold', { name: label })}
          onClick={() => onTurn(line.id)}
        >
          <ChevronRight size={14} aria-hidden="true" />
        </button>
      ) : (
        <span className="json-fold" />
      )}
      {draggable && name !== null ? (
        <Draggable expression={expressionAt(path.slice(1), root)} className="json-key">
          {label}
        </Draggable>
      ) : (
        <span className={name === null ? 'json-item' : 'json-key'}>{label}</span>
      )}
      {size === null ? (
        <span
          className={`json-value json-${value === null ? 'null' : typeof value} truncate`}
          title={brief(value, 600)}
        >
          {typeof value === 'string' ? JSON.stringify(brief(value)) : brief(value)}
        </span>
      ) : (
        <span className="json-size">
          {signs} {size}
        </span>
      )}
    </div>
  );
}
