import { useQueryClient } from '@tanstack/react-query';
import { CloudOff } from 'lucide-react';
import { useEffect } from 'react';
import { t } from '@/lib/i18n';
import { useReach, watchReach } from './reach';

/** Says that there is no connection, or that the server does not answer. */
export function Offline() {
  const queries = useQueryClient();
  const { online, answers } = useReach();
  useEffect(() => watchReach(queries), [queries]);
  if (online && answers) return null;
  return (
    <div className="banner warn" role="alert">
      <CloudOff size={16} aria-hidden="true" />
      <span className="banner-text">{t('common.offline_text')}</span>
    </div>
  );
}
