import { type ComponentType, lazy } from 'react';

const WAITS_MS = [500, 1_000, 2_000, 5_000, 10_000];

/**
 * A component that comes when it is first shown. A server that is away for a moment must not take the page with it, so
 * what does not come is asked for again.
 */
export function later<Props>(fetch: () => Promise<{ default: ComponentType<Props> }>) {
  return lazy(() => persistently(fetch));
}

/** What `fetch` gives, asked for again while it fails. */
export async function persistently<T>(fetch: () => Promise<T>): Promise<T> {
  for (const wait of WAITS_MS) {
    try {
      return await fetch();
    } catch {
      await new Promise((done) => setTimeout(done, wait));
    }
  }
  return fetch();
}
