import { CircleCheck, ExternalLink, LogIn, TriangleAlert } from 'lucide-react';
import { t } from '@/lib/i18n';
import { moment } from '@/lib/time';
import { Button } from '@/ui/Button';
import type { Credential } from './queries';
import { type Step, useServiceWindow } from './useServiceWindow';

interface ServiceSignInProps {
  state: Credential['oauth'];
  /** Saves what is filled in; gives the credential's id, or null where that was refused. */
  save: () => Promise<string | null>;
}

/** Signing in at a service (OAuth2) in a window of its own, which comes back by `/oauth/done`. */
export function ServiceSignIn({ state, save }: ServiceSignInProps) {
  const { step, start } = useServiceWindow(save);
  const connected = state?.connected ?? false;
  return (
    <section className="credential-part" aria-label={t('credentials.service')}>
      <div className="credential-line">
        <span className="credential-standing" role="status">
          {connected ? (
            <span className="chip ok">
              <CircleCheck size={12} aria-hidden="true" /> {t('credentials.connected')}
            </span>
          ) : (
            <span className="chip warn">
              <TriangleAlert size={12} aria-hidden="true" /> {t('credentials.not_connected')}
            </span>
          )}
          {connected && state?.expires_at && (
            <span className="meta">{t('credentials.until', { time: moment(state.expires_at) })}</span>
          )}
        </span>
        <Button icon={LogIn} busy={step.is === 'starting'} onClick={() => void start()}>
          {connected || state?.error ? t('credentials.reconnect') : t('credentials.connect')}
        </Button>
      </div>
      <How step={step} error={state?.error ?? null} />
    </section>
  );
}

/** How the latest attempt goes, or why the one before ended. */
function How({ step, error }: { step: Step; error: string | null }) {
  if (step.is === 'waiting')
    return (
      <p className="credential-how" role="status">
        <span className="spinner" aria-hidden="true" />
        <span>{t('credentials.waiting')}</span>
      </p>
    );
  if (step.is === 'blocked')
    return (
      <div className="credential-how warn" role="alert">
        <TriangleAlert size={16} aria-hidden="true" />
        <span>
          {t('credentials.blocked')}{' '}
          <a href={step.url} target="_blank" rel="noopener noreferrer">
            {t('credentials.no_popup')} <ExternalLink size={12} aria-hidden="true" />
          </a>
        </span>
      </div>
    );
  const told = step.is === 'closed' ? t('credentials.closed') : step.is === 'failed' ? step.message : null;
  if (told === null && (error === null || step.is === 'starting')) return null;
  return (
    <p className={`credential-how ${step.is === 'closed' ? 'warn' : 'err'}`} role="alert">
      <TriangleAlert size={16} aria-hidden="true" />
      <span>{told ?? t('credentials.ended', { reason: error ?? '' })}</span>
    </p>
  );
}
