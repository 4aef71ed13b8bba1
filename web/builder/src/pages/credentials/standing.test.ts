import { describe, expect, it } from 'vitest';
import { standing } from './standing';

const now = Date.parse('2026-03-09T12:00:00Z');
const state = { connected: true, expires_at: null, scopes: [], error: null };
const word = (more: object) => standing({ ...state, ...more }, now)?.word;

describe('how a credential stands', () => {
  it('is nothing to tell of where nobody signs in', () => expect(standing(null, now)).toBeNull());

  it('warns before it ends, and says when it has', () => {
    expect(word({})).toBe('signed_in');
    expect(word({ expires_at: '2026-06-01T00:00:00Z' })).toBe('signed_in');
    expect(word({ expires_at: '2026-03-12T00:00:00Z' })).toBe('ends');
    expect(word({ expires_at: '2026-03-09T11:59:59Z' })).toBe('ended');
  });

  it('puts what the service refuses before all else', () => {
    expect(word({ connected: false })).toBe('signed_out');
    expect(word({ connected: false, error: 'revoked', expires_at: '2026-03-01T00:00:00Z' })).toBe('refused');
    expect(standing({ ...state, error: 'revoked' }, now)?.reason).toBe('revoked');
  });
});
