import { useSyncExternalStore } from 'react';

const query = matchMedia('(max-width: 759px)');

/** A phone: the graph is looked at, the list of steps is worked in. */
export function useNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      query.addEventListener('change', changed);
      return () => query.removeEventListener('change', changed);
    },
    () => query.matches,
  );
}
