import { ArrowRight, CornerDownLeft, Waypoints } from 'lucide-react';
import { Fragment } from 'react';
import { t } from '@/lib/i18n';
import { type Hop, hops, type Lineage, numbered } from './lineage';
import type { Side } from './useData';

interface TraceLineProps {
  side: Side;
  path: string;
  /** The item of this pane that is looked at. */
  item: number | null;
  lineage: Lineage | undefined;
  /** The items of this pane that belong to one elsewhere. */
  marked: readonly number[];
  /** These data are shown as items, which can be pointed at. */
  rows: boolean;
}

/** One line below the items: where the one that is looked at came from, and what became of it. */
export function TraceLine({ side, path, item, lineage, marked, rows }: TraceLineProps) {
  const shown = item !== null && lineage !== undefined;
  if (!rows && marked.length === 0) return null;
  return (
    <p className="np-trace" data-over={!rows || undefined} role="status">
      {shown ? (
        <Told item={item} side={side} path={path} lineage={lineage} />
      ) : marked.length > 0 ? (
        <>
          <CornerDownLeft size={14} strokeWidth={1.75} aria-hidden="true" />
          <span className="truncate">
            {t(side === 'input' ? 'panel.trace_made_from' : 'panel.trace_made', { items: named(marked) })}
          </span>
        </>
      ) : (
        <span className="np-trace-hint truncate">
          <Waypoints size={14} strokeWidth={1.75} aria-hidden="true" />
          {t('panel.trace_hint')}
        </span>
      )}
    </p>
  );
}

function named(items: readonly number[]): string {
  const text = numbered(items);
  if (text === null) return t('panel.items', { count: items.length });
  return t(items.length === 1 ? 'panel.trace_item' : 'panel.trace_items', { n: text });
}

function Told({ item, side, path, lineage }: { item: number; side: Side; path: string; lineage: Lineage }) {
  const way = hops(lineage, path);
  const became = side === 'input' ? lineage.across.map((spot) => spot.item) : [];
  return (
    <>
      <Waypoints size={14} strokeWidth={1.75} aria-hidden="true" />
      <span className="truncate">
        <span className="np-trace-item">{t('panel.item_n', { n: item + 1 })}</span>{' '}
        {way.length === 0 && t('panel.trace_none')}
        {way.map((hop, index) => (
          <Fragment key={hop.key}>
            {index === 0 ? `${t('panel.trace_from')} ` : hop.distance === way[index - 1]?.distance ? ', ' : ' ← '}
            <Stop hop={hop} />
          </Fragment>
        ))}
        {!lineage.whole && ' …'}
      </span>
      {became.length > 0 && (
        <span className="np-trace-became">
          <ArrowRight size={14} strokeWidth={1.75} aria-hidden="true" />
          {t('panel.trace_became', { items: named(became) })}
        </span>
      )}
    </>
  );
}

/** The nearest step in words; those before it briefly, for there is one line. */
function Stop({ hop }: { hop: Hop }) {
  const near = hop.distance === 1;
  const text = numbered(hop.items);
  return (
    <>
      {near && `${t('panel.trace_of', { items: named(hop.items) })} `}
      <em>{hop.name}</em>
      {!near && (text === null ? ` (${t('panel.items', { count: hop.items.length })})` : ` #${text}`)}
      {hop.port !== 'main' && ` (${hop.port})`}
      {hop.iteration !== '' && ` · ${t('panel.iteration_n', { n: hop.iteration })}`}
    </>
  );
}
