import { CloudOff } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { t } from '@/lib/i18n';

function watch(changed: () => void): () => void {
  window.addEventListener('online', changed);
  window.addEventListener('offline', changed);
  return () => {
    window.removeEventListener('online', changed);
    window.removeEventListener('offline', changed);
  };
}

/** Says that the browser has no connection. */
export function Offline() {
  const online = useSyncExternalStore(watch, () => navigator.onLine);
  if (online) return null;
  return (
    <div className="banner warn" role="alert">
      <CloudOff size={16} aria-hidden="true" />
      <span className="banner-text">{t('common.offline_text')}</span>
    </div>
  );
}
