import { NodeToolbar, Position } from '@xyflow/react';
import { Ellipsis, Play, Power, Trash2 } from 'lucide-react';
import type { MouseEvent, ReactNode } from 'react';
import { useRegistry } from '@/actions/registry';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { deleteSelected, toggleDisabled } from './edits';
import { setCanvas } from './state';

/** What is done to a step most, above it while the pointer is on it. All of it has a key or is in the menu as well. */
export function CardBar({ id, disabled }: { id: string; disabled: boolean }) {
  const run = useRegistry((state) => state.actions.find((action) => action.id === 'run.step'));
  const alone = (act: () => void) => () => {
    useView.getState().select([id]);
    act();
  };
  return (
    <NodeToolbar isVisible position={Position.Top} align="start" offset={0} className="card-bar nodrag nopan">
      {run && (
        <BarButton label={t(run.title)} onClick={alone(run.run)}>
          <Play size={14} strokeWidth={1.75} aria-hidden="true" />
        </BarButton>
      )}
      <BarButton label={t(disabled ? 'canvas.enable' : 'canvas.disable')} onClick={() => toggleDisabled([id])}>
        <Power size={14} strokeWidth={1.75} aria-hidden="true" />
      </BarButton>
      <BarButton label={t('common.delete')} onClick={alone(() => deleteSelected())}>
        <Trash2 size={14} strokeWidth={1.75} aria-hidden="true" />
      </BarButton>
      <BarButton
        label={t('canvas.more')}
        onClick={(event) => {
          useView.getState().select([id]);
          const { left, bottom } = event.currentTarget.getBoundingClientRect();
          setCanvas({ menu: { x: left, y: bottom, on: { kind: 'selection' } } });
        }}
      >
        <Ellipsis size={14} strokeWidth={1.75} aria-hidden="true" />
      </BarButton>
    </NodeToolbar>
  );
}

interface BarButtonProps {
  label: string;
  onClick: (event: MouseEvent<HTMLButtonElement>) => void;
  children: ReactNode;
}

function BarButton({ label, onClick, children }: BarButtonProps) {
  return (
    <button
      type="button"
      className="bar-button"
      tabIndex={-1}
      aria-label={label}
      title={label}
      onClick={(event) => {
        event.stopPropagation();
        onClick(event);
      }}
    >
      {children}
    </button>
  );
}
