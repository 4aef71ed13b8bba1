import { cloneElement, type ReactElement } from 'react';

export type Side = 'top' | 'bottom' | 'left' | 'right';

interface TipProps {
  text: string;
  keys?: string;
  side?: Side;
  children: ReactElement<Record<string, unknown>>;
}

/** A tooltip for one control, which has to pass on what it is given: `TipLayer` shows it, so that having one is free. */
export function Tip({ text, keys, side, children }: TipProps) {
  return cloneElement(children, { 'data-tip': text, 'data-tip-keys': keys, 'data-tip-side': side });
}
