/**
 * How signing in at a service went, told by the window that did it to the pages that wait for it.
 *
 * By a channel and not by `window.opener`: the service shall not reach the builder's page, and many services cut their
 * windows off from whoever opened them.
 */
import { base } from '@/lib/api';

export interface Outcome {
  status: string;
  message: string;
  /** Its id; empty where the sign-in did not come so far. */
  credential: string;
}

// Other instances may live at other paths of this origin.
const NAME = `a8n.oauth:${base}`;

function isOutcome(data: unknown): data is Outcome {
  return (
    typeof data === 'object' &&
    data !== null &&
    'status' in data &&
    typeof data.status === 'string' &&
    'message' in data &&
    typeof data.message === 'string' &&
    'credential' in data &&
    typeof data.credential === 'string'
  );
}

/** Tell it to all pages of this browser. */
export function tellOutcome(outcome: Outcome): void {
  const channel = new BroadcastChannel(NAME);
  channel.postMessage(outcome);
  channel.close();
}

/** Hear of each; gives the way to stop. */
export function onOutcome(listener: (outcome: Outcome) => void): () => void {
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (isOutcome(data)) listener(data);
  };
  return () => channel.close();
}
