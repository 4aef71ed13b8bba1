/** The window in which somebody signs in at a service: opened, waited for, and what came of it. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { onOutcome } from './outcome';

export type Step =
  | { is: 'idle' }
  | { is: 'starting' }
  /** `url` is at the service. */
  | { is: 'waiting'; url: string }
  /** The browser opened no window; a link that is clicked is never held back. */
  | { is: 'blocked'; url: string }
  /** The window went before it said anything. */
  | { is: 'closed' }
  | { is: 'failed'; message: string };

const LOOK_MS = 400;
const IDLE: Step = { is: 'idle' };

/** `save` gives the credential's id, or null where the server refused it. */
export function useServiceWindow(save: () => Promise<string | null>): { step: Step; start: () => Promise<void> } {
  const queries = useQueryClient();
  const [step, setStep] = useState<Step>(IDLE);
  const opened = useRef<Window | null>(null);
  const credential = useRef('');
  const waits = step.is === 'waiting' || step.is === 'blocked' || step.is === 'closed';

  useEffect(() => {
    if (!waits) return;
    return onOutcome(({ status, message, credential: id }) => {
      if (id !== '' && id !== credential.current) return;
      setStep(status === 'ok' ? IDLE : { is: 'failed', message: message || t('credentials.sign_in_failed') });
      void queries.invalidateQueries({ queryKey: ['credential'] });
      void queries.invalidateQueries({ queryKey: ['credentials'] });
    });
  }, [waits, queries]);

  const watched = step.is === 'waiting';
  useEffect(() => {
    if (!watched) return;
    const look = setInterval(() => {
      // What it said may have come in this very moment.
      if (opened.current?.closed) setStep((now) => (now.is === 'waiting' ? { is: 'closed' } : now));
    }, LOOK_MS);
    return () => clearInterval(look);
  }, [watched]);

  async function start() {
    setStep({ is: 'starting' });
    // Opened by the click itself: a window that comes after an answer is held back.
    const popup = window.open('about:blank', 'a8n-oauth', 'popup,width=560,height=720');
    opened.current = popup;
    try {
      const id = await save();
      if (id === null) {
        popup?.close();
        setStep(IDLE);
        return;
      }
      credential.current = id;
      const { url } = await take(client.POST('/api/credentials/{id}/oauth/start', { params: { path: { id } } }));
      if (popup) {
        // The service gets no way to the page that opened it.
        popup.opener = null;
        popup.location.href = url;
      }
      setStep({ is: popup ? 'waiting' : 'blocked', url });
    } catch (error) {
      popup?.close();
      setStep({ is: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  }

  return { step, start };
}
