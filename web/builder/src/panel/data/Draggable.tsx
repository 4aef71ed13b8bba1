import { GripVertical } from 'lucide-react';
import type { DragEvent, ReactNode } from 'react';
import { t } from '@/lib/i18n';
import { Tip } from '@/ui/Tooltip';
import { DRAG_TYPE, useMapping } from '../form/host';

interface DraggableProps {
  /** What it puts into a field. */
  expression: string;
  children: ReactNode;
  className?: string;
}

/** A field of the data: dragged onto a parameter, or clicked to go into the one that had the focus last. */
export function Draggable({ expression, children, className = '' }: DraggableProps) {
  const target = useMapping((mapping) => mapping.target);
  function start(event: DragEvent) {
    event.dataTransfer.setData(DRAG_TYPE, expression);
    event.dataTransfer.setData('text/plain', `{{ ${expression} }}`);
    event.dataTransfer.effectAllowed = 'copy';
    const pill = document.createElement('div');
    pill.className = 'np-drag-pill';
    pill.textContent = expression;
    document.body.append(pill);
    event.dataTransfer.setDragImage(pill, 12, 12);
    setTimeout(() => pill.remove());
    useMapping.setState({ dragged: expression });
  }
  return (
    <Tip
      side="top"
      text={`${expression}\n${target ? t('panel.click_inserts', { field: target.label }) : t('panel.drag_or_focus')}`}
    >
      <button
        type="button"
        draggable
        className={`np-draggable ${className}`}
        onDragStart={start}
        onDragEnd={() => useMapping.setState({ dragged: null })}
        onMouseDown={(event) => event.stopPropagation()}
        onClick={() => target?.insert(expression)}
      >
        <GripVertical size={12} strokeWidth={1.75} aria-hidden="true" className="np-grip" />
        {children}
      </button>
    </Tip>
  );
}
