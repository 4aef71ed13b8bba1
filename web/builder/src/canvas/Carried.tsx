import type { PointerEvent as ReactPointerEvent } from 'react';
import { TypeIcon } from '@/catalogue/TypeIcon';
import type { NodeType } from '@/catalogue/types';
import { useView } from '@/editor/view';
import { toCanvas } from './camera';
import { insert } from './edits';
import { wireAt } from './linking';
import { canvas, setCanvas, useCanvas } from './state';

const THRESHOLD = 8;

/** Follow the pointer from an entry of the palette; once it moves, the palette makes way and the type is carried. */
export function beginCarrying(event: ReactPointerEvent, type: NodeType): void {
  if (event.button !== 0 || event.pointerType === 'touch') return;
  const { clientX: startX, clientY: startY } = event;
  const ended = new AbortController();
  const { signal } = ended;
  const end = () => {
    ended.abort();
    setCanvas({ carried: null, target: null });
  };
  window.addEventListener(
    'pointermove',
    ({ clientX: x, clientY: y }) => {
      if (!canvas().carried && Math.hypot(x - startX, y - startY) < THRESHOLD) return;
      if (!canvas().carried) useView.getState().show(null);
      setCanvas({ carried: { type, x, y }, target: type.inputs[0] && type.outputs[0] ? wireAt(x, y) : null });
    },
    { signal },
  );
  window.addEventListener(
    'pointerup',
    ({ clientX: x, clientY: y }) => {
      const { carried, target } = canvas();
      end();
      const over = document.elementFromPoint(x, y);
      if (!carried || !over?.closest('.react-flow')) return;
      insert(type, target ? { edge: target } : { position: toCanvas([x, y]) }, false);
    },
    { signal },
  );
  window.addEventListener('pointercancel', end, { signal });
  window.addEventListener('keydown', (key) => key.key === 'Escape' && end(), { signal, capture: true });
}

/** What hangs on the pointer. */
export function Carried() {
  const carried = useCanvas((state) => state.carried);
  if (!carried) return null;
  const { type, x, y } = carried;
  return (
    <div
      className="carried"
      style={{ transform: `translate(${x}px, ${y}px) translate(-50%, -50%)` }}
      aria-hidden="true"
    >
      <span className={`tile ${type.group}`}>
        <TypeIcon type={type} />
      </span>
      {type.title}
    </div>
  );
}
