import { useQuery } from '@tanstack/react-query';
import { client, take, url } from '@/lib/api';
import { t } from '@/lib/i18n';
import { Part } from './Part';

/** Which version this is, and where to read on. */
export function About() {
  const plugins = useQuery({ queryKey: ['plugins'], queryFn: () => take(client.GET('/api/plugins')) });
  const ready = useQuery({
    queryKey: ['ready'],
    queryFn: async () => (await client.GET('/readyz')).response.ok,
    retry: false,
  });
  const version = plugins.data?.data.find((plugin) => plugin.distribution === 'a8n')?.version;
  return (
    <Part title={t('settings.about')}>
      <dl className="about-facts">
        <dt>{t('settings.version')}</dt>
        <dd>{version ?? '–'}</dd>
        <dt>{t('settings.health')}</dt>
        <dd>
          <span className={`chip ${ready.data ? 'ok' : ready.isPending ? '' : 'err'}`}>
            {ready.data ? t('settings.ready') : ready.isPending ? '…' : t('settings.not_ready')}
          </span>
        </dd>
        <dt>{t('settings.api')}</dt>
        <dd>
          <a href={url('docs')}>{t('settings.api_docs')}</a>
        </dd>
      </dl>
    </Part>
  );
}
