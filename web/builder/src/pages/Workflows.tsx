import '../styles/pages.css';
import '../styles/run.css';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ChevronRight, Plus, Search, Upload } from 'lucide-react';
import { type DragEvent, Suspense, useMemo, useRef, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { useActions } from '@/actions/registry';
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { later } from '@/lib/later';
import { Page } from '@/shell/Page';
import { Button } from '@/ui/Button';
import { Empty, Failed, Skeleton } from '@/ui/Empty';
import { BulkBar } from './workflows/BulkBar';
import { arranged, readWanted, useSummaries, type Wanted, writeWanted } from './workflows/list';
import { WorkflowFilters } from './workflows/WorkflowFilters';

// Asked for while the rows are on their way.
const WorkflowTable = later(() => import('./workflows/WorkflowTable'));

// What a list that is in use seldom shows comes when it is asked for.
const ImportDialog = later(async () => ({ default: (await import('./start/ImportDialog')).ImportDialog }));
const Starts = later(async () => ({ default: (await import('./start/Starts')).Starts }));

const NONE: ReadonlySet<string> = new Set();

/** The workflows: folders, tags, search, states. What is asked for stands in the address. */
export default function Workflows() {
  const [query, setQuery] = useSearchParams();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const wanted = useMemo(() => readWanted(query), [query]);
  const [chosen, setChosen] = useState(NONE);
  const [importing, setImporting] = useState<readonly File[] | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const list = useSummaries(wanted.project, wanted.state === 'archived');
  const projects = useQuery({ queryKey: ['projects'], queryFn: () => take(client.GET('/api/projects')) });
  const { folders, rows } = useMemo(() => arranged(list.data ?? [], wanted), [list.data, wanted]);
  const tags = useMemo(() => [...new Set(list.data?.flatMap((one) => one.tags))].sort(), [list.data]);
  const { folder, q, tag, state, project } = wanted;

  const change = (values: Partial<Wanted>) => {
    setQuery(writeWanted({ ...wanted, ...values }), { replace: 'q' in values });
    setChosen(NONE);
  };
  const reload = () => {
    setChosen(NONE);
    void queries.invalidateQueries({ queryKey: ['workflows'] });
  };
  const actions = useMemo(
    () => [
      { id: 'list.search', title: 'pages.search', group: 'list', keys: ['/'], run: () => search.current?.focus() },
      {
        id: 'list.new',
        title: 'pages.new_workflow',
        group: 'list',
        keys: ['n'],
        run: () => void navigate(`/workflows/new${place(folder, project)}`),
      },
      { id: 'list.import', title: 'pages.import', group: 'list', run: () => setImporting([]) },
    ],
    [navigate, folder, project],
  );
  useActions(actions);

  const narrowed = q !== '' || tag !== '' || state !== 'all';
  const nothing = rows.length + folders.length === 0;
  const first = list.data && nothing && !narrowed && !folder;
  return (
    <DropFiles onDrop={setImporting}>
      <Page
        title={t('shell.workflows')}
        heading={folder && <Crumbs folder={folder} onGo={(to) => change({ folder: to })} />}
        actions={
          <>
            <Button icon={Upload} onClick={() => setImporting([])}>
              {t('pages.import')}
            </Button>
            <Button look="primary" icon={Plus} onClick={() => void navigate(`/workflows/new${place(folder, project)}`)}>
              {t('pages.new_workflow')}
            </Button>
          </>
        }
        bar={
          !first && (
            <WorkflowFilters
              wanted={wanted}
              onChange={change}
              tags={tags}
              projects={projects.data?.data ?? []}
              searchRef={search}
            />
          )
        }
      >
        {list.isPending && <Skeleton lines={10} />}
        {list.error && !list.data && <Failed error={list.error} retry={() => void list.refetch()} />}
        {first && <First project={project} />}
        {list.data && nothing && !first && (
          <Empty
            icon={Search}
            title={t('pages.nothing_found')}
            actions={<Button onClick={() => setQuery({})}>{t('pages.reset')}</Button>}
          >
            {t('pages.nothing_found_text')}
          </Empty>
        )}
        {!nothing && (
          <Suspense fallback={<Skeleton />}>
            <WorkflowTable
              folders={folders}
              rows={rows}
              withFolder={narrowed}
              chosen={chosen}
              onChoose={setChosen}
              onFolder={(path) => change({ folder: path })}
              onTag={(wish) => change({ tag: wish })}
              onChanged={reload}
            />
          </Suspense>
        )}
        {chosen.size > 0 && (
          <BulkBar
            rows={rows.filter((row) => chosen.has(row.id))}
            archived={state === 'archived'}
            onDone={reload}
            onClear={() => setChosen(NONE)}
          />
        )}
        <Suspense>
          {importing && (
            <ImportDialog
              place={{ folder, project: project || null }}
              files={importing}
              onClose={() => setImporting(null)}
            />
          )}
        </Suspense>
      </Page>
    </DropFiles>
  );
}

/** The address says where a new workflow goes. */
function place(folder: string, project: string): string {
  const query = new URLSearchParams({ ...(folder && { folder }), ...(project && { project }) }).toString();
  return query && `?${query}`;
}

function Crumbs({ folder, onGo }: { folder: string; onGo: (folder: string) => void }) {
  const parts = folder.split('/');
  return (
    <span className="crumbs">
      <button type="button" onClick={() => onGo('')}>
        {t('shell.workflows')}
      </button>
      {parts.map((part, i) => {
        const path = parts.slice(0, i + 1).join('/');
        return (
          <span key={path} className="crumb">
            <ChevronRight size={16} aria-hidden="true" />
            {i === parts.length - 1 ? (
              <span dir="auto">{part}</span>
            ) : (
              <button type="button" onClick={() => onGo(path)}>
                <span dir="auto">{part}</span>
              </button>
            )}
          </span>
        );
      })}
    </span>
  );
}

/** Nothing is here yet: what a workflow is, and three ways to the first. */
function First({ project }: { project: string }) {
  return (
    <section className="first-flow">
      <h2>{t('pages.first')}</h2>
      <p className="muted">{t('pages.first_text')}</p>
      <Suspense>
        <Starts place={{ folder: '', project: project || null }} />
      </Suspense>
    </section>
  );
}

/** Files that are dropped anywhere on the page are imported. */
function DropFiles({ onDrop, children }: { onDrop: (files: readonly File[]) => void; children: React.ReactNode }) {
  const [over, setOver] = useState(false);
  const carries = (event: DragEvent) => event.dataTransfer.types.includes('Files');
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the import button does the same
    <div
      className={`drop-page ${over ? 'over' : ''}`}
      onDragOver={(event) => {
        if (!carries(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => !event.currentTarget.contains(event.relatedTarget as Node | null) && setOver(false)}
      onDrop={(event) => {
        if (!carries(event)) return;
        event.preventDefault();
        setOver(false);
        onDrop([...event.dataTransfer.files]);
      }}
    >
      {children}
      {over && (
        <div className="drop-hint" aria-hidden="true">
          <Upload size={20} strokeWidth={1.75} />
          {t('pages.drop_to_import')}
        </div>
      )}
    </div>
  );
}
