import { useEffect } from 'react';
import { useSearchParams } from 'react-router';
import { useDocument } from '@/doc/store';
import { load } from './actions';
import { pinRun } from './pins';
import { useRun } from './store';

/** What the address asks the editor for: `?run=` shows an execution in it, `?debug=` loads its data as well. */
export function useArrival(): void {
  const [search, setSearch] = useSearchParams();
  const opened = useDocument((state) => state.filing !== null && !state.readOnly);
  const debug = search.get('debug');
  const run = debug ?? search.get('run');
  useEffect(() => {
    if (!opened || !run) return;
    setSearch(
      (before) => {
        before.delete('run');
        before.delete('debug');
        return before;
      },
      { replace: true },
    );
    void arrive(run, debug !== null);
  }, [opened, run, debug, setSearch]);
}

async function arrive(run: string, debug: boolean): Promise<void> {
  await load(run);
  const { execution, trigger } = useRun.getState();
  if (debug && execution === run && trigger) await pinRun(run, trigger);
}
