import '../styles/editor.css';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Bookmark, ChevronRight, GitCommitVertical } from 'lucide-react';
import { useEffect } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { Places } from '@/editor/Places';
import { client, take } from '@/lib/api';
import { t, useLanguage } from '@/lib/i18n';
import { clock } from '@/lib/time';
import { Button } from '@/ui/Button';
import { Empty, Failed, Skeleton } from '@/ui/Empty';
import { PointDetail } from './history/PointDetail';
import { byDay, DRAFT, kindOf, type Point, points } from './history/points';

/** Versions and checkpoints of a workflow: what each changed, and the way back to it. `?v=` is the one looked at. */
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
  const checkpoints = useQuery({
    queryKey: ['checkpoints', id],
    queryFn: () => take(client.GET('/api/workflows/{id}/checkpoints', { params: { path: { id } } })),
    staleTime: 0,
  });
  const people = useQuery({
    queryKey: ['members', workflow.data?.project],
    queryFn: () =>
      take(client.GET('/api/projects/{id}/members', { params: { path: { id: workflow.data?.project ?? '' } } })),
    enabled: workflow.data !== undefined,
  });
  const language = useLanguage((state) => state.language);
  const list = points(versions.data?.pages.flatMap((page) => page.data) ?? [], checkpoints.data?.data ?? []);
  const pending = versions.isPending || checkpoints.isPending;
  const chosen = query.get('v') ?? DRAFT;
  const choose = (key: string) => setQuery(key === DRAFT ? {} : { v: key });
  useEffect(() => {
    document.title = `${workflow.data?.name ?? ''} · ${t('editor.history')} · a8n`;
  }, [workflow.data?.name]);

  const failed = versions.error ? versions : checkpoints;
  if (failed.error) return <Failed whole error={failed.error} retry={() => void failed.refetch()} />;
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
      {pending && <Skeleton />}
      {!pending && (
        <div className="history-body">
          <nav className="history-list" aria-label={t('editor.versions')}>
            <Line title={t('editor.draft')} chosen={chosen === DRAFT} onChoose={() => choose(DRAFT)} />
            {byDay(list, language).map(({ day, points: marked }) => (
              <section key={day} aria-label={day}>
                <h2 className="history-day">{day}</h2>
                {marked.map((point) => (
                  <Line
                    key={point.key}
                    title={kindOf(point)}
                    point={point}
                    chosen={chosen === point.key}
                    onChoose={() => choose(point.key)}
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
              <PointDetail
                key={chosen}
                id={id}
                chosen={chosen}
                points={list}
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

interface LineProps {
  title: string;
  point?: Point;
  chosen: boolean;
  onChoose: () => void;
}

function Line({ title, point, chosen, onChoose }: LineProps) {
  return (
    <button type="button" className={`history-line ${point?.kind ?? ''}`} aria-current={chosen} onClick={onChoose}>
      <span className="history-title">
        {point?.kind === 'checkpoint' && <Bookmark size={14} strokeWidth={1.75} aria-hidden="true" />}
        <strong>{point?.name || title}</strong>
        {point?.live && <span className="chip ok">{t('editor.live')}</span>}
      </span>
      {point && (
        <span className="meta">
          {point.name ? `${title} · ` : ''}
          {clock(point.created_at)}
        </span>
      )}
    </button>
  );
}
