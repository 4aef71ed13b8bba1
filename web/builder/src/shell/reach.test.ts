import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Problem } from '@/lib/api';
import { useReach, watchReach } from './reach';

describe('whether the server can be reached', () => {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  let stop = () => {};
  beforeEach(() => {
    vi.useFakeTimers();
    useReach.setState({ online: true, answers: true });
    stop = watchReach(queries);
  });
  afterEach(() => {
    stop();
    queries.clear();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  /** Ask for something that comes to this end. */
  async function ask(key: string, answer: () => Promise<string>): Promise<void> {
    await queries.fetchQuery({ queryKey: [key], queryFn: answer }).catch(() => null);
  }
  const silence = () => Promise.reject(new Problem(0, 'offline'));

  it('is told by questions that get no answer, and by the next that gets one', async () => {
    await ask('a', silence);
    expect(useReach.getState().answers).toBe(false);
    await ask('b', () => Promise.resolve('there'));
    expect(useReach.getState().answers).toBe(true);
  });

  it('takes a refusal for an answer', async () => {
    await ask('a', () => Promise.reject(new Problem(403, 'Forbidden')));
    expect(useReach.getState().answers).toBe(true);
  });

  it('learns nothing from what was put into the cache by hand', async () => {
    await ask('a', silence);
    queries.setQueryData(['b'], 'mine');
    expect(useReach.getState().answers).toBe(false);
  });

  it('is found out by asking, while nobody else asks', async () => {
    const fetch = vi.fn(() => Promise.reject(new TypeError('no route')));
    vi.stubGlobal('fetch', fetch);
    await ask('a', silence);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(fetch).toHaveBeenCalled();
    expect(useReach.getState().answers).toBe(false);
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('ok')));
    await vi.advanceTimersByTimeAsync(4_000);
    expect(useReach.getState().answers).toBe(true);
  });
});
