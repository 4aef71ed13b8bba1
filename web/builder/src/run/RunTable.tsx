import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Link } from 'react-router';
import { type Action, useActions } from '@/actions/registry';
import { t } from '@/lib/i18n';
import { ago, duration, moment } from '@/lib/time';
import { useNow } from './clock';
import { errorOf } from './events';
import { type Execution, lengthOf } from './executions';
import { modeText } from './modes';
import { StatusIcon } from './StatusIcon';
import { ended } from './store';

const ROW = 44;

interface RunTableProps {
  rows: readonly Execution[];
  /** Whether the rows are of many workflows, and name them. */
  workflows: boolean;
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
  /** Called near the end of the list. */
  onEnd: () => void;
}

/** Executions in rows: j and k go up and down, x selects, Enter opens. */
export default function RunTable({ rows, workflows, selected, onSelect, onEnd }: RunTableProps) {
  const scroll = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const anchor = useRef<number | null>(null);
  const now = useNow(
    rows.some((row) => !ended(row.status)),
    1000,
  );
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW,
    overscan: 10,
    getItemKey: (index) => rows[index]?.id ?? index,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - 10) onEnd();
  }, [last, rows.length, onEnd]);

  const state = useRef({ rows, current, selected });
  state.current = { rows, current, selected };
  const actions = useMemo<readonly Action[]>(() => {
    function go(by: number) {
      const { rows, current } = state.current;
      const at = rows.findIndex((row) => row.id === current);
      const next = Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by));
      setCurrent(rows[next]?.id ?? null);
      virtual.scrollToIndex(next);
      requestAnimationFrame(() => scroll.current?.querySelector<HTMLElement>(`[data-row="${next}"] a`)?.focus());
    }
    function mark() {
      const { current, selected } = state.current;
      if (current) onSelect(toggled(selected, [current], !selected.has(current)));
    }
    return [
      { id: 'runs.next', title: 'run.next_row', group: 'run', keys: ['j'], hidden: true, run: () => go(1) },
      { id: 'runs.previous', title: 'run.previous_row', group: 'run', keys: ['k'], hidden: true, run: () => go(-1) },
      { id: 'runs.mark', title: 'run.mark_row', group: 'run', keys: ['x'], hidden: true, run: mark },
    ];
  }, [virtual, onSelect]);
  useActions(actions);

  function pick(index: number, on: boolean, through: boolean) {
    const from = through && anchor.current !== null ? anchor.current : index;
    const ids = rows.slice(Math.min(from, index), Math.max(from, index) + 1).map((row) => row.id);
    anchor.current = index;
    onSelect(toggled(selected, ids, on));
  }
  const all = rows.length > 0 && rows.every((row) => selected.has(row.id));

  return (
    <div className={workflows ? 'run-table with-workflow' : 'run-table'}>
      <div className="run-row head">
        <span className="run-check">
          <input
            type="checkbox"
            aria-label={t('run.select_all')}
            checked={all}
            onChange={() => onSelect(all ? new Set() : new Set(rows.map((row) => row.id)))}
          />
        </span>
        {COLUMNS.filter((column) => workflows || column !== 'workflow').map((column) => (
          <span key={column} className={column === 'took' ? 'right' : undefined}>
            {t(`run.column_${column}`)}
          </span>
        ))}
      </div>
      <div className="run-rows" ref={scroll}>
        <ul className="run-rows-all" aria-label={t('run.runs')} style={{ height: virtual.getTotalSize() }}>
          {shown.map(({ index, start, key }) => {
            const row = rows[index];
            if (!row) return null;
            const ms = lengthOf(row, now);
            const error = errorOf(row.error);
            const marks = `${selected.has(row.id) ? 'selected' : ''} ${row.id === current ? 'current' : ''}`;
            return (
              <li
                key={key}
                data-row={index}
                aria-setsize={rows.length}
                aria-posinset={index + 1}
                className={`run-row ${marks}`}
                style={{ transform: `translateY(${start}px)` }}
              >
                <span className="run-check">
                  <input
                    type="checkbox"
                    aria-label={t('run.select_run', { time: moment(row.created_at) })}
                    checked={selected.has(row.id)}
                    onClick={(event) => pick(index, event.currentTarget.checked, event.shiftKey)}
                    onChange={() => undefined}
                  />
                </span>
                <StatusIcon status={row.status} word />
                {workflows && <span className="truncate">{row.workflow_name ?? row.workflow}</span>}
                <Link
                  className="truncate"
                  to={`/workflow/${row.workflow}/runs/${row.id}`}
                  title={moment(row.created_at)}
                  onFocus={() => setCurrent(row.id)}
                >
                  {ago(row.created_at)}
                </Link>
                <span className="right numbers">{ms === null ? '–' : duration(ms)}</span>
                <span className="truncate muted">
                  {modeText(row.mode)}
                  {row.trigger_name && ` · ${row.trigger_name}`}
                  {row.retry_of && ` · ${t('run.retried')}`}
                </span>
                <span className="muted numbers">
                  {row.version === null ? t('run.draft') : t('run.version', { number: row.version })}
                </span>
                <span className="truncate run-row-error" title={error?.message}>
                  {error?.message}
                </span>
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}

const COLUMNS = ['status', 'workflow', 'began', 'took', 'by', 'version', 'error'] as const;

function toggled(selected: ReadonlySet<string>, ids: readonly string[], on: boolean): ReadonlySet<string> {
  const next = new Set(selected);
  for (const id of ids) {
    if (on) next.add(id);
    else next.delete(id);
  }
  return next;
}
