import type { NodeProps } from '@xyflow/react';
import { memo, useState } from 'react';
import { TypeIcon } from '@/catalogue/TypeIcon';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { useRun } from '@/run/store';
import { CardBar } from './CardBar';
import { CardName } from './CardName';
import type { CardNode } from './elements';
import { useDetail } from './lod';
import { Marks } from './Marks';
import { PortDots, PortPlaces } from './PortDots';
import { setCanvas, useCanvas } from './state';
import { firstLine, type Status, statusOf } from './status';
import { asText, type Part, subtitle } from './subtitle';

/** A step. It reads its own part of the execution, so that a run redraws only what ran. */
export const NodeCard = memo(function NodeCard({ id, data, selected, dragging }: NodeProps<CardNode>) {
  const { node, ports, pinned, step } = data;
  const type = useCanvas((state) => state.catalogue[node.type]);
  const known = useCanvas((state) => type !== undefined || Object.keys(state.catalogue).length === 0);
  const issues = useCanvas((state) => state.issues.get(id) ?? 0);
  const tabStop = useCanvas((state) => state.active === id);
  const run = useRun((state) => state.nodes[id]);
  const stale = useRun((state) => state.stale.has(id));
  const open = useView((state) => state.open === id);
  const readOnly = useDocument((state) => state.readOnly);
  const [hover, setHover] = useState(false);
  const detail = useDetail();

  const status = statusOf({ node, known, run, stale, pinned, issues });
  const parts = type ? subtitle(type, node) : [known ? '' : t('canvas.status_missing', { type: node.type })];
  const group = type?.group ?? 'utility';
  const wires = ports.outputs.filter((port) => !port.open).length;
  const label = [type?.title ?? node.type, node.name, t('canvas.step', { step }), status.text];
  const near = detail === 'near';
  return (
    // biome-ignore lint/a11y/useSemanticElements: a step is no form's fieldset
    <div
      data-node={id}
      className={`card ${detail} ${type?.kind === 'trigger' || group === 'trigger' ? 'starts' : ''} ${status.kind}`}
      data-pinned={pinned || undefined}
      data-selected={selected || undefined}
      data-open={open || undefined}
      data-dragging={dragging || undefined}
      data-takes={ports.inputs.length > 0 || undefined}
      data-gives={ports.outputs.length > 0 || undefined}
      role="group"
      aria-roledescription={t('canvas.step_role')}
      aria-label={[...label, t('canvas.connections_out', { count: wires })].filter(Boolean).join(', ')}
      aria-current={open || undefined}
      // The one tab stop of the canvas; arrow keys go on from here
      tabIndex={tabStop ? 0 : -1}
      onFocus={() => setCanvas({ active: id })}
      onMouseEnter={() => setHover(true)}
      onMouseLeave={() => setHover(false)}
    >
      <span className={`tile ${group}`}>{detail !== 'tiny' && <TypeIcon type={known ? type : undefined} />}</span>
      {detail !== 'tiny' && (
        <div className="card-text">
          <CardName id={id} name={node.name} />
          {near && <Subtitle parts={status.kind === 'failed' && run ? [firstLine(run)] : parts} />}
        </div>
      )}
      {near && <Slot status={status} />}
      {near && <Marks settings={node.settings} />}
      {near ? <PortDots id={id} ports={ports} /> : <PortPlaces ports={ports} />}
      {near && hover && !dragging && !readOnly && <CardBar id={id} disabled={node.settings.disabled} />}
    </div>
  );
});

function Subtitle({ parts }: { parts: readonly Part[] }) {
  return (
    <div className="card-sub truncate" title={asText(parts)}>
      {parts.map((part, i) =>
        typeof part === 'string' ? (
          part
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one template do not move
          <span key={i} className="fx">
            fx
          </span>
        ),
      )}
    </div>
  );
}

function Slot({ status: { icon: Icon, kind, text, count } }: { status: Status }) {
  if (!Icon) return null;
  return (
    <span className={`card-status ${kind}`} title={text}>
      <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
      {count && <span className="numbers">{count}</span>}
    </span>
  );
}
