import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { usePreferences } from '@/lib/preferences';

interface SplitterProps {
  /** Key under which the size is remembered. */
  name: string;
  label: string;
  /** Of the pane that it sizes, px. */
  size: number;
  min: number;
  max: number;
  /** Which edge of that pane it is. */
  edge: 'left' | 'right' | 'top';
}

/** The size that is remembered for a pane, px. */
export function useSize(name: string, initial: number): number {
  return usePreferences((state) => state.sizes[name] ?? initial);
}

/** A border that is dragged, or moved by arrow keys, to size a pane. */
export function Splitter({ name, label, size, min, max, edge }: SplitterProps) {
  const start = useRef<{ at: number; size: number } | null>(null);
  const vertical = edge !== 'top';
  const sign = edge === 'right' ? 1 : -1;

  function resize(wanted: number) {
    const { sizes, set } = usePreferences.getState();
    set({ sizes: { ...sizes, [name]: Math.round(Math.min(max, Math.max(min, wanted))) } });
  }
  function down(event: PointerEvent<HTMLDivElement>) {
    event.currentTarget.setPointerCapture(event.pointerId);
    start.current = { at: vertical ? event.clientX : event.clientY, size };
  }
  function moved(event: PointerEvent) {
    if (start.current)
      resize(start.current.size + sign * ((vertical ? event.clientX : event.clientY) - start.current.at));
  }
  function key(event: KeyboardEvent) {
    const steps: Record<string, number> = vertical
      ? { ArrowLeft: -16, ArrowRight: 16 }
      : { ArrowUp: -16, ArrowDown: 16 };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    resize(size + sign * step);
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that is focusable and moved has no element of its own
    <div
      className={`splitter ${edge}`}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={vertical ? 'vertical' : 'horizontal'}
      aria-valuenow={size}
      aria-valuemin={min}
      aria-valuemax={max}
      onPointerDown={down}
      onPointerMove={moved}
      onPointerUp={() => {
        start.current = null;
      }}
      onKeyDown={key}
    />
  );
}
