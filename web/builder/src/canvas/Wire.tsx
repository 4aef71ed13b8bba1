import { EdgeLabelRenderer, type EdgeProps, getBezierPath } from '@xyflow/react';
import { Plus, Trash2 } from 'lucide-react';
import { type CSSProperties, memo } from 'react';
import { useDocument } from '@/doc/store';
import { number, t } from '@/lib/i18n';
import { duration } from '@/lib/time';
import { useRun } from '@/run/store';
import { askForNode, cut } from './edits';
import type { CanvasEdge } from './elements';
import { hoverWire } from './hovering';
import { useDetail } from './lod';
import { useCanvas } from './state';

/** A connection: its line, how many items went along it, and what can be done to it. */
export const Wire = memo(function Wire(props: EdgeProps<CanvasEdge>) {
  const { id, source, sourceHandleId, target: end, selected, data } = props;
  const run = useRun((state) => state.nodes[source]);
  const hovered = useCanvas((state) => state.hovered === id);
  const target = useCanvas((state) => state.target === id);
  const readOnly = useDocument((state) => state.readOnly);
  const near = useDetail() === 'near';
  const [path, x, y] = getBezierPath(props);
  const items = run?.status === 'succeeded' ? run.items[sourceHandleId ?? ''] : undefined;
  const running = useRun((state) => state.nodes[end]?.status === 'running') && items !== undefined && items > 0;
  const classes = [
    'wire',
    selected && 'selected',
    (hovered || target) && 'hovered',
    target && 'target',
    data?.broken && 'broken',
    data?.error && 'error',
    data?.pinned && 'pinned',
    data?.passes && 'passes',
    items !== undefined && items > 0 && 'carried',
    running && 'running',
  ];
  const tools = near && !readOnly && (hovered || selected);
  return (
    <g data-edge={id} className={classes.filter(Boolean).join(' ')}>
      {near && run && items !== undefined && (
        <title>{`${t('canvas.items', { count: items })} · ${duration(run.ms)}`}</title>
      )}
      <path className="wire-line" d={path} />
      {near && running && <Dot path={path} />}
      {near && (
        <path className="react-flow__edge-interaction" d={path} fill="none" strokeOpacity={0} strokeWidth={40} />
      )}
      {near && !tools && items !== undefined && <Chip x={x} y={y} text={number(items)} />}
      {tools && <Tools id={id} x={x} y={y} broken={data?.broken ?? false} />}
    </g>
  );
});

/** Moves along the wire while the step at its end works on what came. */
function Dot({ path }: { path: string }) {
  const style: CSSProperties = { offsetPath: `path("${path}")` };
  return <circle className="wire-dot" r={4} style={style} />;
}

function Chip({ x, y, text }: { x: number; y: number; text: string }) {
  const width = 12 + text.length * 7;
  return (
    <g className="wire-chip" transform={`translate(${x} ${y})`}>
      <rect x={-width / 2} y={-9} width={width} height={18} rx={9} />
      <text textAnchor="middle" dy="0.35em">
        {text}
      </text>
    </g>
  );
}

function Tools({ id, x, y, broken }: { id: string; x: number; y: number; broken: boolean }) {
  return (
    <EdgeLabelRenderer>
      <div
        className="wire-tools nodrag nopan"
        style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
        onPointerEnter={() => hoverWire(id)}
        onPointerLeave={() => hoverWire(null)}
      >
        {!broken && (
          <button
            type="button"
            className="bar-button"
            tabIndex={-1}
            aria-label={t('canvas.add_here')}
            title={t('canvas.add_here')}
            onClick={() => askForNode({ edge: id })}
          >
            <Plus size={14} strokeWidth={2} aria-hidden="true" />
          </button>
        )}
        <button
          type="button"
          className="bar-button"
          tabIndex={-1}
          aria-label={t('canvas.disconnect')}
          title={t('canvas.disconnect')}
          onClick={() => cut([id])}
        >
          <Trash2 size={14} strokeWidth={1.75} aria-hidden="true" />
        </button>
      </div>
    </EdgeLabelRenderer>
  );
}
