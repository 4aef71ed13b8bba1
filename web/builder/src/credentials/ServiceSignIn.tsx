import { useQueryClient } from '@tanstack/react-query';
import { CircleCheck, ExternalLink, LogIn } from 'lucide-react';
import { useEffect, useState } from 'react';
import { client, Problem, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { moment } from '@/lib/time';
import { Button } from '@/ui/Button';
import type { Credential } from './queries';

interface ServiceSignInProps {
  state: Credential['oauth'];
  /** Saves what is filled in; gives the credential's id, or null where that was refused. */
  save: () => Promise<string | null>;
}

interface Told {
  type: 'a8n.oauth';
  status: string;
  message?: string;
  credential?: string;
}

function told(data: unknown): data is Told {
  return typeof data === 'object' && data !== null && 'type' in data && data.type === 'a8n.oauth';
}

/** Signing in at a service (OAuth2) in a pop-up, which comes back by `/oauth/done`. */
export function ServiceSignIn({ state, save }: ServiceSignInProps) {
  const queries = useQueryClient();
  const [link, setLink] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState('');

  useEffect(() => {
    const listen = ({ origin, data }: MessageEvent<unknown>) => {
      if (origin !== location.origin || !told(data)) return;
      setLink(null);
      setFailed(data.status === 'ok' ? '' : (data.message ?? t('credentials.sign_in_failed')));
      void queries.invalidateQueries({ queryKey: ['credential'] });
      void queries.invalidateQueries({ queryKey: ['credentials'] });
    };
    window.addEventListener('message', listen);
    return () => window.removeEventListener('message', listen);
  }, [queries]);

  async function connect() {
    setBusy(true);
    setFailed('');
    // Opened by the click itself: a pop-up that comes after an answer is blocked.
    const popup = window.open('about:blank', 'a8n-oauth', 'popup,width=560,height=720');
    try {
      const id = await save();
      if (id === null) {
        popup?.close();
        return;
      }
      const { url } = await take(client.POST('/api/credentials/{id}/oauth/start', { params: { path: { id } } }));
      setLink(url);
      if (popup) popup.location.href = url;
    } catch (error) {
      popup?.close();
      if (error instanceof Problem) setFailed(error.message);
    } finally {
      setBusy(false);
    }
  }

  return (
    <section className="credential-part" aria-label={t('credentials.service')}>
      <div className="credential-line">
        {state?.connected ? (
          <span className="chip ok">
            <CircleCheck size={12} aria-hidden="true" /> {t('credentials.connected')}
          </span>
        ) : (
          <span className="chip warn">{t('credentials.not_connected')}</span>
        )}
        {state?.expires_at && (
          <span className="meta">{t('credentials.until', { time: moment(state.expires_at) })}</span>
        )}
        <Button size="small" icon={LogIn} busy={busy} onClick={() => void connect()}>
          {state?.connected ? t('credentials.reconnect') : t('credentials.connect')}
        </Button>
      </div>
      {link && (
        <a href={link} target="a8n-oauth">
          <ExternalLink size={14} aria-hidden="true" /> {t('credentials.no_popup')}
        </a>
      )}
      {(failed || state?.error) && (
        <p className="field-error" role="alert">
          {failed || state?.error}
        </p>
      )}
    </section>
  );
}
