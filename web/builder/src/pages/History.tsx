import '../styles/editor.css';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { ChevronRight, GitCommitVertical } from 'lucide-react';
import { useEffect } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { Places } from '@/editor/Places';
import { client, take } from '@/lib/api';
import { t, useLanguage } from '@/lib/i18n';
import { clock } from '@/lib/time';
import { Button } from '@/ui/Button';
import { Empty, Failed, Skeleton } from '@/ui/Empty';
import { byDay, DRAFT, type Version } from './history/days';
import { VersionDetail } from './history/VersionDetail';

/** The published versions of a workflow: what each changed, and the way back to it. `?v=` is the one looked at. */
export default function History() {
  const { id = '' } = useParams();
  const [query, setQuery] = useSearchParams();
  const workflow = useQuery({
    queryKey: ['workflow-name', id],
    queryFn: () => take(client.GET('/api/workflows/{id}', { params: { path: { id } } })),
    staleTime: 0,
  });
  const versions = useInfiniteQuery({
    queryKey: ['versions', id],
    queryFn: ({ pageParam }) =>
      take(client.GET('/api/workflows/{id}/versions', { params: { path: { id }, query: { cursor: pageParam } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const people = useQuery({
    queryKey: ['members', workflow.data?.project],
    queryFn: () =>
      take(client.GET('/api/projects/{id}/members', { params: { path: { id: workflow.data?.project ?? '' } } })),
    enabled: workflow.data !== undefined,
  });
  const language = useLanguage((state) => state.language);
  const list = versions.data?.pages.flatMap((page) => page.data) ?? [];
  const chosen = query.get('v') ?? DRAFT;
  const choose = (version: string) => setQuery(version === DRAFT ? {} : { v: version });
  useEffect(() => {
    document.title = `${workflow.data?.name ?? ''} · ${t('editor.history')} · a8n`;
  }, [workflow.data?.name]);

  if (versions.error) return <Failed whole error={versions.error} retry={() => void versions.refetch()} />;
  return (
    <main className="history">
      <header className="editor-head">
        <div className="head-where">
          <Link className="head-crumb" to="/workflows">
            {t('editor.workflows')}
          </Link>
          <ChevronRight size={14} aria-hidden="true" className="head-chevron" />
          <h1 className="truncate" tabIndex={-1}>
            {workflow.data?.name}
          </h1>
        </div>
        <Places id={id} />
        <div className="head-actions" />
      </header>
      {versions.isPending && <Skeleton />}
      {versions.data && (
        <div className="history-body">
          <nav className="history-list" aria-label={t('editor.versions')}>
            <VersionLine title={t('editor.draft')} chosen={chosen === DRAFT} onChoose={() => choose(DRAFT)} />
            {byDay(list, language).map(({ day, versions: published }) => (
              <section key={day} aria-label={day}>
                <h2 className="history-day">{day}</h2>
                {published.map((version) => (
                  <VersionLine
                    key={version.version}
                    title={t('editor.version', { version: version.version })}
                    version={version}
                    chosen={chosen === String(version.version)}
                    onChoose={() => choose(String(version.version))}
                  />
                ))}
              </section>
            ))}
            {versions.hasNextPage && <Button onClick={() => void versions.fetchNextPage()}>{t('editor.older')}</Button>}
          </nav>
          <section className="history-detail" aria-live="polite">
            {list.length === 0 ? (
              <Empty icon={GitCommitVertical} title={t('editor.no_versions')}>
                {t('editor.no_versions_text')}
              </Empty>
            ) : (
              <VersionDetail
                key={chosen}
                id={id}
                chosen={chosen}
                versions={list}
                against={query.get('with')}
                onCompare={(other) => setQuery(chosen === DRAFT ? { with: other } : { v: chosen, with: other })}
                people={new Map(people.data?.data.map((one) => [one.user_id, one.name || one.email]))}
              />
            )}
          </section>
        </div>
      )}
    </main>
  );
}

interface VersionLineProps {
  title: string;
  version?: Version;
  chosen: boolean;
  onChoose: () => void;
}

function VersionLine({ title, version, chosen, onChoose }: VersionLineProps) {
  return (
    <button type="button" className="history-line" aria-current={chosen} onClick={onChoose}>
      <span className="history-title">
        <strong>{version?.name || title}</strong>
        {version?.live && <span className="chip ok">{t('editor.live')}</span>}
      </span>
      {version && (
        <span className="meta">
          {version.name ? `${title} · ` : ''}
          {clock(version.created_at)}
        </span>
      )}
    </button>
  );
}
