import '../styles/pages.css';
import { useQuery } from '@tanstack/react-query';
import { CircleCheck, TriangleAlert } from 'lucide-react';
import { TypeIcon } from '@/catalogue/TypeIcon';
import { useCatalogue } from '@/catalogue/types';
import { useKinds } from '@/credentials/queries';
import { client, type Schemas, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { Page } from '@/shell/Page';
import { Failed, Skeleton } from '@/ui/Empty';

type Plugin = Schemas['Plugin'];

/** What is installed, what it brings, and what keeps one from being in use. */
export default function Plugins() {
  const plugins = useQuery({ queryKey: ['plugins'], queryFn: () => take(client.GET('/api/plugins')) });
  const ill = plugins.data?.data.filter((plugin) => !plugin.healthy) ?? [];
  const well = plugins.data?.data.filter((plugin) => plugin.healthy) ?? [];
  return (
    <Page title={t('shell.plugins')}>
      <p className="muted start-text">{t('pages.plugins_text')}</p>
      <pre className="shell-line">
        <code>pip install a8n-{t('pages.plugin_name')}</code>
      </pre>
      {plugins.isPending && <Skeleton />}
      {plugins.error && <Failed error={plugins.error} retry={() => void plugins.refetch()} />}
      <ul className="cards">
        {[...ill, ...well].map((plugin) => (
          <PluginCard key={plugin.name} plugin={plugin} />
        ))}
      </ul>
    </Page>
  );
}

function PluginCard({ plugin }: { plugin: Plugin }) {
  const catalogue = useCatalogue();
  const kinds = useKinds();
  const types = [...plugin.triggers, ...plugin.nodes];
  return (
    <li className="plugin-card">
      <header className="plugin-head">
        <span className="tile app">
          <TypeIcon type={{ key: plugin.name, icon: '', plugin: plugin.name }} />
        </span>
        <div>
          <h2>{plugin.name}</h2>
          <span className="meta">
            {plugin.distribution} {plugin.version}
          </span>
        </div>
        <span className={`chip ${plugin.healthy ? 'ok' : 'err'}`}>
          {plugin.healthy ? (
            <CircleCheck size={12} aria-hidden="true" />
          ) : (
            <TriangleAlert size={12} aria-hidden="true" />
          )}
          {plugin.healthy ? t('pages.healthy') : t('pages.ill')}
        </span>
      </header>
      {plugin.error && <p className="field-error">{plugin.error}</p>}
      <p>{plugin.doc}</p>
      {types.length > 0 && (
        <ul className="type-chips" aria-label={t('pages.node_types')}>
          {types.map((key) => {
            const type = catalogue[key];
            return (
              <li key={key} title={key}>
                <span className={`tile tiny ${type?.group ?? ''}`}>
                  <TypeIcon type={type} size={14} />
                </span>
                {type?.title ?? key}
              </li>
            );
          })}
        </ul>
      )}
      {plugin.credentials.length > 0 && (
        <ul className="type-chips" aria-label={t('pages.credential_kinds')}>
          {plugin.credentials.map((key) => (
            <li key={key} title={key}>
              <span className="tile tiny">
                <TypeIcon type={kinds[key]} size={14} />
              </span>
              {kinds[key]?.title ?? key}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
