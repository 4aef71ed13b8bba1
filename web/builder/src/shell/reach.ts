/** Whether the server can be reached: its last answer says so, or that none came. */
import type { QueryClient } from '@tanstack/react-query';
import { create } from 'zustand';
import { Problem, url } from '@/lib/api';

const ASK_MS = 3_000;

export const useReach = create(() => ({ online: navigator.onLine, answers: true }));

const unreached = (error: unknown) => error instanceof Problem && error.offline;

/** Follow what comes of questions to the server. Gives the way to stop. */
export function watchReach(queries: QueryClient): () => void {
  const heard = (error: unknown) => useReach.setState({ answers: !unreached(error) });
  const stopQueries = queries.getQueryCache().subscribe((event) => {
    if (event.type !== 'updated') return;
    if (event.action.type === 'failed' || event.action.type === 'error') heard(event.action.error);
    // What was put into the cache by hand says nothing of the server.
    else if (event.action.type === 'success' && !event.action.manual) heard(null);
  });
  const changed = () => useReach.setState({ online: navigator.onLine });
  window.addEventListener('online', changed);
  window.addEventListener('offline', changed);
  const timer = setInterval(() => void askAgain(queries), ASK_MS);
  return () => {
    stopQueries();
    window.removeEventListener('online', changed);
    window.removeEventListener('offline', changed);
    clearInterval(timer);
  };
}

/** While the server is silent, ask it; what is shown is asked for anew as soon as it answers. */
async function askAgain(queries: QueryClient): Promise<void> {
  if (useReach.getState().answers) return;
  const there = await fetch(url('healthz'), { cache: 'no-store' }).then(
    (response) => response.ok,
    () => false,
  );
  if (!there) return;
  useReach.setState({ answers: true });
  await queries.invalidateQueries();
}
