import { Handle, Position } from '@xyflow/react';
import { Plus } from 'lucide-react';
import type { MouseEvent } from 'react';
import { useDocument } from '@/doc/store';
import { t } from '@/lib/i18n';
import { askForNode } from './edits';
import { portY } from './geometry';
import { clickPort } from './linking';
import type { Port, Ports } from './ports';
import { useCanvas } from './state';

/** The inputs at the left and the outputs at the right of a card, with a + where an output leads nowhere. */
export function PortDots({ id, ports }: { id: string; ports: Ports }) {
  const readOnly = useDocument((state) => state.readOnly);
  const side = (list: readonly Port[], way: 'input' | 'output') =>
    list.map((port, i) => (
      <Dot
        key={`${way}.${port.name}`}
        id={id}
        port={port}
        way={way}
        top={portY(i)}
        named={list.length > 1 || port.kind !== 'plain'}
        readOnly={readOnly}
      />
    ));
  return (
    <>
      {side(ports.inputs, 'input')}
      {side(ports.outputs, 'output')}
    </>
  );
}

/** The places of the ports where they are too small to be seen: React Flow looks for them to know where wires end. */
export function PortPlaces({ ports }: { ports: Ports }) {
  const place = (port: Port, i: number, type: 'source' | 'target') => (
    <span
      key={`${type}.${port.name}`}
      className={`port-place ${type}`}
      data-handleid={port.name}
      data-handlepos={type === 'source' ? Position.Right : Position.Left}
      style={{ top: portY(i) }}
    />
  );
  return (
    <>
      {ports.inputs.map((port, i) => place(port, i, 'target'))}
      {ports.outputs.map((port, i) => place(port, i, 'source'))}
    </>
  );
}

interface DotProps {
  id: string;
  port: Port;
  way: 'input' | 'output';
  top: number;
  named: boolean;
  readOnly: boolean;
}

function Dot({ id, port, way, top, named, readOnly }: DotProps) {
  const linking = useCanvas(
    ({ linking: end }) => end !== null && end.node === id && end.port === port.name && end.side === way,
  );
  const click = (event: MouseEvent) => {
    event.stopPropagation();
    clickPort({ node: id, port: port.name, side: way });
  };
  const stub = way === 'output' && port.open && !readOnly;
  return (
    <>
      <Handle
        type={way === 'output' ? 'source' : 'target'}
        id={port.name}
        position={way === 'output' ? Position.Right : Position.Left}
        isConnectable={!readOnly && port.kind !== 'unknown'}
        className={`port ${port.kind} ${linking ? 'linking' : ''}`}
        style={{ top }}
        title={port.kind === 'unknown' ? t('canvas.port_unknown', { name: port.name }) : port.name}
        onClick={readOnly ? undefined : click}
      />
      {named && (
        <span className={`port-name ${way === 'output' ? 'out' : 'in'} ${port.kind}`} style={{ top }}>
          {port.name}
        </span>
      )}
      {stub && (
        <span className={`stub ${named ? 'long' : ''}`} style={{ top }}>
          <button
            type="button"
            tabIndex={-1}
            className="stub-add nodrag nopan"
            aria-label={t('canvas.add_after', { port: port.name })}
            title={t('canvas.add_after', { port: port.name })}
            onClick={(event) => {
              event.stopPropagation();
              askForNode({ from: { node: id, output: port.name } });
            }}
          >
            <Plus size={14} strokeWidth={2} aria-hidden="true" />
          </button>
        </span>
      )}
    </>
  );
}
