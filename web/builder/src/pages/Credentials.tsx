import '../styles/pages.css';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Plus, Search } from 'lucide-react';
import { Suspense, useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { type Credential, useKinds } from '@/credentials/queries';
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { later } from '@/lib/later';
import { rank } from '@/shell/matching';
import { Page } from '@/shell/Page';
import { Button } from '@/ui/Button';
import { Empty, Failed, Skeleton } from '@/ui/Empty';
import { Input, Select } from '@/ui/Field';
import { CredentialRow } from './credentials/CredentialRow';

// The form of a credential comes when one is opened.
const CredentialDialog = later(async () => ({
  default: (await import('@/credentials/CredentialDialog')).CredentialDialog,
}));
const DeleteCredential = later(async () => ({
  default: (await import('./credentials/DeleteCredential')).DeleteCredential,
}));

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
  const all = list.data?.pages.flatMap((page) => page.data) ?? [];
  const rows = all.filter((one) => rank(`${one.name} ${kinds[one.kind]?.title ?? ''} ${one.kind}`, query) > 0);
  const known = projects.data?.data ?? [];
  // A new one goes where one may put it, and only there can one be changed.
  const editable = known.filter((one) => one.role !== 'viewer');
  const own = editable.find((one) => one.id === project) ?? editable[0];
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
          {known.length > 1 && (
            <Select aria-label={t('pages.project')} value={project} onChange={({ target }) => setProject(target.value)}>
              <option value="">{t('pages.all_projects')}</option>
              {known.map((one) => (
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
              <CredentialRow
                key={one.id}
                credential={one}
                kind={kinds[one.kind]}
                editable={!one.shared && editable.some((it) => it.id === one.project)}
                project={known.length > 1 ? known.find((it) => it.id === one.project)?.name : undefined}
                onDelete={() => setDeleting(one)}
              />
            ))}
          </ul>
        )}
        {list.hasNextPage && (
          <div className="listing-more">
            <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {t('pages.more')}
            </Button>
          </div>
        )}
      </div>
      <Suspense>
        {making && own && <CredentialDialog open project={own.id} onClose={() => setMaking(false)} onSaved={reload} />}
        {id && own && (
          <CredentialDialog
            open
            id={id}
            project={all.find((one) => one.id === id)?.project ?? own.id}
            onClose={() => navigate('/credentials')}
            onSaved={reload}
          />
        )}
        {deleting && (
          <DeleteCredential
            id={deleting.id}
            name={deleting.name}
            onClose={() => setDeleting(null)}
            onDeleted={reload}
          />
        )}
      </Suspense>
    </Page>
  );
}
