/** How a credential stands at its service, in one word and one colour. */
import type { Schemas } from '@/lib/api';

export interface Standing {
  /** `pages.credential_<word>` is its text. */
  word: 'ended' | 'ends' | 'refused' | 'signed_in' | 'signed_out';
  tone: 'ok' | 'warn' | 'err';
  /** When it ends, where that is known. */
  ends: string | null;
  /** What the service said. */
  reason: string;
}

const SOON_MS = 7 * 86_400_000;

/** Null for credentials that nobody signs in for. */
export function standing(state: Schemas['OAuthState'] | null, now = Date.now()): Standing | null {
  if (!state) return null;
  const { connected, error, expires_at: ends } = state;
  const left = ends === null ? Number.POSITIVE_INFINITY : Date.parse(ends) - now;
  const is = (word: Standing['word'], tone: Standing['tone']) => ({ word, tone, ends, reason: error ?? '' });
  if (error) return is('refused', 'err');
  if (!connected) return is('signed_out', 'warn');
  if (left <= 0) return is('ended', 'err');
  return left < SOON_MS ? is('ends', 'warn') : is('signed_in', 'ok');
}
