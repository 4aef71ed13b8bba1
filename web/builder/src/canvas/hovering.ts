/** The wire below the pointer. Its buttons stay for a moment, so that they can be reached. */
import { setCanvas } from './state';

const LINGER = 600;
let leaving: ReturnType<typeof setTimeout> | undefined;

export function hoverWire(key: string | null): void {
  clearTimeout(leaving);
  if (key) setCanvas({ hovered: key });
  else leaving = setTimeout(() => setCanvas({ hovered: null }), LINGER);
}
