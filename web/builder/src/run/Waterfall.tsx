import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronRight } from 'lucide-react';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { number, t } from '@/lib/i18n';
import { duration } from '@/lib/time';
import { useNow } from './clock';
import { StatusIcon } from './StatusIcon';
import type { StepRow } from './store';
import { type Beginning, type Line, lines, type RoundLine, type StepLine, scale, ticks } from './waterfall';

const LINE = 28;

interface WaterfallProps {
  steps: readonly StepRow[];
  /** Whether the execution goes on. */
  going: boolean;
  began: Beginning;
  /** The name of a node. */
  nameOf: (node: string) => string;
  chosen: string | null;
  onChoose: (row: StepRow) => void;
  onOpen: (row: StepRow) => void;
}

/** The steps of an execution as bars in time. Arrows move, Enter opens the node, right and left unfold rounds. */
export function Waterfall({ steps, going, began, nameOf, chosen, onChoose, onOpen }: WaterfallProps) {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [focused, setFocused] = useState(0);
  const scroll = useRef<HTMLDivElement>(null);
  const now = useNow(going);
  const all = useMemo(() => lines(steps, toggled, now, began), [steps, toggled, now, began]);
  const { from, to } = useMemo(() => scale(steps, now, began), [steps, now, began]);
  const virtual = useVirtualizer({
    count: all.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => LINE,
    overscan: 12,
  });

  function toggle(key: string) {
    const next = new Set(toggled);
    if (!next.delete(key)) next.add(key);
    setToggled(next);
  }
  function go(index: number) {
    const at = Math.max(0, Math.min(all.length - 1, index));
    setFocused(at);
    virtual.scrollToIndex(at);
    const line = all[at];
    if (line?.kind === 'step') onChoose(line.row);
  }
  function onKeyDown(event: KeyboardEvent) {
    const line = all[focused];
    const acts: Record<string, (() => void) | undefined> = {
      ArrowDown: () => go(focused + 1),
      ArrowUp: () => go(focused - 1),
      Home: () => go(0),
      End: () => go(all.length - 1),
      Enter: () => line && (line.kind === 'step' ? onOpen(line.row) : toggle(line.key)),
      ArrowRight: () => line?.kind === 'round' && !line.open && toggle(line.key),
      ArrowLeft: () => line?.kind === 'round' && line.open && toggle(line.key),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  return (
    <div className="waterfall">
      <div className="waterfall-ruler" aria-hidden="true">
        <div className="waterfall-scale">
          {ticks(to - from).map((at) => (
            <span key={at} className="waterfall-tick" style={{ left: `${(at / (to - from)) * 100}%` }}>
              {duration(at)}
            </span>
          ))}
        </div>
      </div>
      <div
        className="waterfall-scroll"
        ref={scroll}
        role="tree"
        aria-label={t('run.steps')}
        tabIndex={0}
        aria-activedescendant={all[focused] ? `step-${all[focused].key}` : undefined}
        onKeyDown={onKeyDown}
      >
        <div className="waterfall-lines" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const line = all[index];
            if (!line) return null;
            const current = index === focused;
            const props = { current, top: start, nameOf };
            return line.kind === 'round' ? (
              <Round key={line.key} line={line} {...props} onToggle={() => toggle(line.key)} />
            ) : (
              <Step
                key={line.key}
                line={line}
                {...props}
                chosen={line.key === chosen}
                onChoose={() => {
                  setFocused(index);
                  onChoose(line.row);
                }}
                onOpen={() => onOpen(line.row)}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface LineProps<T extends Line> {
  line: T;
  current: boolean;
  top: number;
}

function timeOf({ finished, started, status }: StepRow): string {
  return finished === null || status === 'waiting' ? '…' : duration(finished - started);
}

const indent = (depth: number) => ({ paddingLeft: 12 + depth * 16 });
const place = (line: Line) => ({ left: `${line.left * 100}%`, width: `${line.width * 100}%` });

function Step({
  line,
  current,
  top,
  nameOf,
  chosen,
  onChoose,
  onOpen,
}: LineProps<StepLine> & {
  nameOf: (node: string) => string;
  chosen: boolean;
  onChoose: () => void;
  onOpen: () => void;
}) {
  const { row } = line;
  const items = Object.values(row.items).reduce((sum, count) => sum + count, 0);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it has the keys
    <div
      id={`step-${line.key}`}
      role="treeitem"
      tabIndex={-1}
      aria-level={line.depth + 1}
      aria-selected={chosen}
      className={`waterfall-line ${row.status} ${current ? 'current' : ''}`}
      style={{ transform: `translateY(${top}px)` }}
      onClick={onChoose}
      onDoubleClick={onOpen}
    >
      <span className="waterfall-name" style={indent(line.depth)}>
        <StatusIcon status={row.status} />
        <span className="truncate">{nameOf(row.node)}</span>
        {row.attempt > 1 && <span className="chip warn">{t('run.attempt', { number: row.attempt })}</span>}
      </span>
      <span className="waterfall-count">{items > 0 ? t('run.items', { count: items }) : ''}</span>
      <span className="waterfall-track">
        {!line.earlier && <span className={`waterfall-bar ${row.status}`} style={place(line)} />}
      </span>
      <span className="waterfall-time">{line.earlier ? t('run.earlier') : timeOf(row)}</span>
    </div>
  );
}

function Round({ line, current, top, onToggle }: LineProps<RoundLine> & { onToggle: () => void }) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it has the keys
    <div
      id={`step-${line.key}`}
      role="treeitem"
      tabIndex={-1}
      aria-level={line.depth + 1}
      aria-expanded={line.open}
      aria-selected={false}
      className={`waterfall-line round ${current ? 'current' : ''}`}
      style={{ transform: `translateY(${top}px)` }}
      onClick={onToggle}
    >
      <span className="waterfall-name" style={indent(line.depth)}>
        <ChevronRight size={16} strokeWidth={1.75} aria-hidden="true" className={line.open ? 'open' : ''} />
        <span className="truncate">{t('run.round', { number: line.round + 1 })}</span>
        {line.failed > 0 && <span className="chip err">{t('run.failed_count', { count: line.failed })}</span>}
      </span>
      <span className="waterfall-count">{t('run.step_count', { count: line.count, shown: number(line.count) })}</span>
      <span className="waterfall-track">
        <span className="waterfall-bar round" style={place(line)} />
      </span>
      <span className="waterfall-time">{line.finished === null ? '…' : duration(line.finished - line.started)}</span>
    </div>
  );
}
