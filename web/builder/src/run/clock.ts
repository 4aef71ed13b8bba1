/** Time that passes: for what counts up while an execution runs. */
import { useEffect, useState } from 'react';

/** The moment, renewed while `going`; it stands still otherwise. */
export function useNow(going: boolean, every = 250): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!going) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [going, every]);
  return now;
}
