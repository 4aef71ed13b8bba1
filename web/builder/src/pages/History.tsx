import '../styles/editor.css';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { GitCommitVertical, RotateCcw } from 'lucide-react';
import { useEffect } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { Changes } from '@/editor/Changes';
import { Places } from '@/editor/Places';
import { restoredVersion } from '@/editor/restored';
import { client, Problem, type Schemas, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { moment } from '@/lib/time';
import { Button } from '@/ui/Button';
import { Empty, Failed, Skeleton } from '@/ui/Empty';
import { toast } from '@/ui/Toast';

type Version = Schemas['Version'];

/** The published versions of a workflow: what each changed, and the way back to it. `?v=` is the one looked at. */
export default function History() {
  const { id = '' } = useParams();
  const [query, setQuery] = useSearchParams();
  const workflow = useQuery({
    queryKey: ['workflow-name', id],
    queryFn: () => take(client.GET('/api/workflows/{id}', { params: { path: { id } } })),
  });
  const versions = useInfiniteQuery({
    queryKey: ['versions', id],
    queryFn: ({ pageParam }) =>
      take(client.GET('/api/workflows/{id}/versions', { params: { path: { id }, query: { cursor: pageParam } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const list = versions.data?.pages.flatMap((page) => page.data) ?? [];
  const chosen = query.get('v') ?? 'draft';
  useEffect(() => {
    document.title = `${workflow.data?.name ?? ''} · ${t('editor.history')} · a8n`;
  }, [workflow.data?.name]);

  if (versions.error) return <Failed error={versions.error} retry={() => void versions.refetch()} />;
  return (
    <div className="history">
      <header className="editor-head">
        <div className="head-where">
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
            <VersionLine title={t('editor.draft')} chosen={chosen === 'draft'} onChoose={() => setQuery({})} />
            {list.map((version, i) => (
              <div key={version.version}>
                {day(version) !== (list[i - 1] && day(list[i - 1] as Version)) && (
                  <h2 className="history-day">{day(version)}</h2>
                )}
                <VersionLine
                  title={t('editor.version', { version: version.version })}
                  version={version}
                  chosen={chosen === String(version.version)}
                  onChoose={() => setQuery({ v: String(version.version) })}
                />
              </div>
            ))}
            {versions.hasNextPage && <Button onClick={() => void versions.fetchNextPage()}>{t('editor.older')}</Button>}
          </nav>
          <section className="history-detail" aria-live="polite">
            {list.length === 0 ? (
              <Empty icon={GitCommitVertical} title={t('editor.no_versions')}>
                {t('editor.no_versions_text')}
              </Empty>
            ) : (
              <Detail id={id} chosen={chosen} versions={list} />
            )}
          </section>
        </div>
      )}
    </div>
  );
}

function day(version: Version): string {
  return new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'full' }).format(
    new Date(version.created_at),
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
          {moment(version.created_at)}
        </span>
      )}
    </button>
  );
}

function Detail({ id, chosen, versions }: { id: string; chosen: string; versions: readonly Version[] }) {
  const navigate = useNavigate();
  const at = versions.findIndex((one) => String(one.version) === chosen);
  const version = versions[at];
  const before = version ? versions[at + 1] : versions[0];
  const from = before ? String(before.version) : undefined;
  const difference = useQuery({
    queryKey: ['difference', id, from, chosen],
    queryFn: () =>
      take(client.GET('/api/workflows/{id}/diff', { params: { path: { id }, query: { from, to: chosen } } })),
    enabled: from !== undefined,
  });

  async function restore() {
    if (!version) return;
    try {
      await restoredVersion(id, version.version);
      toast(t('editor.restored', { version: version.version }), 'ok');
      navigate(`/workflow/${id}`);
    } catch (error) {
      if (error instanceof Problem) toast(error.message, 'error');
    }
  }

  return (
    <>
      <div className="history-head">
        <div>
          <h2>{version ? version.name || t('editor.version', { version: version.version }) : t('editor.draft')}</h2>
          <p className="muted">{from ? t('editor.compared', { version: from }) : t('editor.first_version')}</p>
        </div>
        {version && (
          <Button icon={RotateCcw} onClick={() => void restore()}>
            {t('editor.restore')}
          </Button>
        )}
      </div>
      {version?.note && <p className="history-note">{version.note}</p>}
      {from !== undefined && difference.isPending && <Skeleton lines={4} />}
      {difference.error && <Failed error={difference.error} retry={() => void difference.refetch()} />}
      {difference.data && <Changes difference={difference.data} />}
    </>
  );
}
