import { useEffect } from 'react';
import { useSearchParams } from 'react-router';
import { t } from '@/lib/i18n';
import { Welcome } from './Welcome';

/** Where the pop-up of a service comes back to: it tells the page that opened it, and closes. */
export default function OAuthDone() {
  const [query] = useSearchParams();
  const failed = query.get('status') !== 'ok';
  useEffect(() => {
    if (!window.opener) return;
    window.opener.postMessage({ type: 'a8n.oauth', ...Object.fromEntries(query) }, location.origin);
    window.close();
  }, [query]);
  return (
    <Welcome
      title={failed ? t('pages.oauth_failed') : t('pages.oauth_done')}
      text={failed ? (query.get('message') ?? '') : t('pages.oauth_close')}
    />
  );
}
