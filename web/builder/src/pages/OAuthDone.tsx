import { useEffect } from 'react';
import { useSearchParams } from 'react-router';
import { tellOutcome } from '@/credentials/outcome';
import { t } from '@/lib/i18n';
import { Welcome } from './Welcome';

/** Where the window of a service comes back to: it tells the page that waits for it, and closes. */
export default function OAuthDone() {
  const [query] = useSearchParams();
  const failed = query.get('status') !== 'ok';
  useEffect(() => {
    tellOutcome({
      status: query.get('status') ?? '',
      message: query.get('message') ?? '',
      credential: query.get('credential') ?? '',
    });
    // A tab that somebody opened by hand stays, and says how it went.
    window.close();
  }, [query]);
  return (
    <Welcome
      title={failed ? t('pages.oauth_failed') : t('pages.oauth_done')}
      text={failed ? (query.get('message') ?? '') : t('pages.oauth_close')}
    />
  );
}
