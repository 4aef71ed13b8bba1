import '../styles/pages.css';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Ellipsis, KeyRound, Pencil, Plus, Search, Trash2 } from 'lucide-react';
import { Suspense, useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { TypeIcon } from '@/catalogue/TypeIcon';
import { useKinds } from '@/credentials/queries';
import { client, type Schemas, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { later } from '@/lib/later';
import { ago } from '@/lib/time';
import { Page } from '@/shell/Page';
import { Button, IconButton } from '@/ui/Button';
import { Empty, Failed, Skeleton } from '@/ui/Empty';
import { Input, Select } from '@/ui/Field';
import { Menu } from '@/ui/Menu';
import { Confirm } from './workflows/Ask';
import { told } from './workflows/telling';

// The form of a credential comes when one is opened.
const CredentialDialog = later(async () => ({
  default: (await import('@/credentials/CredentialDialog')).CredentialDialog,
}));

type Credential = Schemas['Credential'];

/** The credentials one may use; their secrets are never shown. `/credentials/<id>` has one open. */
export default function Credentials() {
  const { id } = useParams();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const kinds = useKinds();
  const [query, setQuery] = useState('');
  const [project, setProject] = useState('');
  const [making, setMaking] = useState(false);
  const [deleting, setDeleting] = useState<Credential | null>(null);
  const projects = useQuery({ queryKey: ['projects'], queryFn: () => take(client.GET('/api/projects')) });
  const list = useInfiniteQuery({
    queryKey: ['credentials', 'list', project],
    queryFn: ({ pageParam }) =>
      take(
        client.GET('/api/credentials', {
          params: { query: { project: project || undefined, cursor: pageParam, limit: 200 } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const rows = (list.data?.pages.flatMap((page) => page.data) ?? []).filter((one) =>
    `${one.name} ${one.kind}`.toLowerCase().includes(query.toLowerCase()),
  );
  const own = projects.data?.data.find((one) => one.id === project) ?? projects.data?.data[0];
  const reload = () => void queries.invalidateQueries({ queryKey: ['credentials'] });

  return (
    <Page
      title={t('shell.credentials')}
      actions={
        <Button look="primary" icon={Plus} onClick={() => setMaking(true)}>
          {t('pages.new_credential')}
        </Button>
      }
      bar={
        <div className="filters">
          <div className="search">
            <Search size={16} aria-hidden="true" />
            <Input
              type="search"
              aria-label={t('pages.search_credentials')}
              placeholder={t('pages.search_credentials')}
              value={query}
              onChange={({ target }) => setQuery(target.value)}
            />
          </div>
          {(projects.data?.data.length ?? 0) > 1 && (
            <Select aria-label={t('pages.project')} value={project} onChange={({ target }) => setProject(target.value)}>
              <option value="">{t('pages.all_projects')}</option>
              {projects.data?.data.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </Select>
          )}
        </div>
      }
    >
      <div className="listing">
        {list.isPending && <Skeleton />}
        {list.error && <Failed error={list.error} retry={() => void list.refetch()} />}
        {list.data && rows.length === 0 && (
          <Empty icon={KeyRound} title={query ? t('pages.nothing_found') : t('pages.no_credentials')}>
            {query ? t('pages.nothing_found_text') : t('pages.no_credentials_text')}
          </Empty>
        )}
        {rows.length > 0 && (
          <ul className="entries" aria-label={t('shell.credentials')}>
            {rows.map((one) => (
              <li key={one.id} className="entry">
                <button type="button" className="entry-main" onClick={() => navigate(`/credentials/${one.id}`)}>
                  <span className="tile">
                    <TypeIcon type={kinds[one.kind]} size={18} />
                  </span>
                  <span className="entry-text">
                    <span className="entry-title truncate" dir="auto">
                      {one.name}
                    </span>
                    <span className="meta">
                      {kinds[one.kind]?.title ?? one.kind} · {t('pages.changed', { time: ago(one.updated_at) })}
                    </span>
                  </span>
                </button>
                <span className="entry-tags">
                  {(projects.data?.data.length ?? 0) > 1 && (
                    <span className="chip">{projects.data?.data.find((it) => it.id === one.project)?.name}</span>
                  )}
                </span>
                <Menu
                  align="end"
                  label={t('pages.more_about', { name: one.name })}
                  items={[
                    [{ label: t('pages.edit'), icon: Pencil, onSelect: () => void navigate(`/credentials/${one.id}`) }],
                    [{ label: t('pages.delete'), icon: Trash2, danger: true, onSelect: () => setDeleting(one) }],
                  ]}
                >
                  <IconButton icon={Ellipsis} label={t('pages.more_about', { name: one.name })} />
                </Menu>
              </li>
            ))}
          </ul>
        )}
      </div>
      <Suspense>
        {making && own && <CredentialDialog open project={own.id} onClose={() => setMaking(false)} onSaved={reload} />}
        {id && own && (
          <CredentialDialog open id={id} project={own.id} onClose={() => navigate('/credentials')} onSaved={reload} />
        )}
      </Suspense>
      {deleting && (
        <Confirm
          title={t('pages.delete_credential', { name: deleting.name })}
          text={t('pages.delete_credential_text')}
          verb={t('pages.delete')}
          onClose={() => setDeleting(null)}
          onDone={() =>
            void told(() => client.DELETE('/api/credentials/{id}', { params: { path: { id: deleting.id } } })).then(
              reload,
            )
          }
        />
      )}
    </Page>
  );
}
