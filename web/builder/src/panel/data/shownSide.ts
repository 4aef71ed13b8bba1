/** Which side's data the panel shows below the parameters, where there is room for one. */
import { create } from 'zustand';
import type { Side } from './useData';

export const useShownSide = create<{ side: Side }>(() => ({ side: 'input' }));

/** Show a side and put the keyboard's focus there: on the items, or on what is there in place of them. */
export function goToSide(side: Side): void {
  useShownSide.setState({ side });
  requestAnimationFrame(() => {
    const pane = document.querySelector(`[data-testid="panel"] [data-side="${side}"]`);
    const place =
      pane?.querySelector<HTMLElement>('.np-data-scroll[tabindex]') ??
      pane?.querySelector<HTMLElement>('[role="tab"][aria-selected="true"], .np-data select, .np-data button');
    place?.focus();
  });
}
