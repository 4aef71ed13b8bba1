import '../styles/pages.css';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { FilePlus2, FolderClosed, Plus, Search, Upload, Workflow as WorkflowIcon } from 'lucide-react';
import { type DragEvent, useMemo, useRef, useState } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { useActions } from '@/actions/registry';
import { client, type Schemas, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { Page } from '@/shell/Page';
import { Button } from '@/ui/Button';
import { Empty, Failed, Skeleton } from '@/ui/Empty';
import { Input, Select } from '@/ui/Field';
import { BulkBar } from './workflows/BulkBar';
import { createWorkflow, importFiles } from './workflows/create';
import { WorkflowRow } from './workflows/WorkflowRow';

export type Summary = Schemas['WorkflowSummary'];

const STATES = ['all', 'active', 'inactive', 'archived'] as const;
const SORTS = ['updated', 'name', 'created'] as const;

/** The workflows: folders, tags, search, states. What is chosen stands in the address. */
export default function Workflows() {
  const [query, setQuery] = useSearchParams();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState(0);
  const [over, setOver] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const folder = query.get('folder') ?? '';
  const tag = query.get('tag') ?? '';
  const q = query.get('q') ?? '';
  const state = query.get('state') ?? 'all';
  const sort = query.get('sort') ?? 'updated';

  const list = useInfiniteQuery({
    queryKey: ['workflows', 'list', { tag, q, state }],
    queryFn: ({ pageParam, signal }) =>
      take(
        client.GET('/api/workflows', {
          params: {
            query: {
              tag: tag || undefined,
              q: q || undefined,
              active: state === 'active' ? true : state === 'inactive' ? false : undefined,
              archived: state === 'archived',
              cursor: pageParam,
              limit: 200,
            },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
    refetchInterval: 15_000,
  });
  const all = useMemo(() => list.data?.pages.flatMap((page) => page.data) ?? [], [list.data]);
  const { folders, rows } = useMemo(() => arranged(all, folder, q || tag, sort), [all, folder, q, tag, sort]);
  const tags = useMemo(() => [...new Set(all.flatMap((one) => one.tags))].sort(), [all]);

  const change = (values: Record<string, string>) => {
    const next = new URLSearchParams(query);
    for (const [key, value] of Object.entries(values)) value ? next.set(key, value) : next.delete(key);
    setQuery(next, { replace: 'q' in values });
    setChosen(new Set());
    setAt(0);
  };
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const reload = () => {
    setChosen(new Set());
    void queries.invalidateQueries({ queryKey: ['workflows'] });
  };

  const current = rows[Math.min(at, rows.length - 1)];
  const actions = useMemo(
    () => [
      { id: 'list.search', title: 'pages.search', group: 'list', keys: ['/'], run: () => search.current?.focus() },
      {
        id: 'list.down',
        title: 'pages.next_row',
        group: 'list',
        keys: ['j'],
        hidden: true,
        run: () => setAt((now) => Math.min(now + 1, rows.length - 1)),
      },
      {
        id: 'list.up',
        title: 'pages.previous_row',
        group: 'list',
        keys: ['k'],
        hidden: true,
        run: () => setAt((now) => Math.max(now - 1, 0)),
      },
      {
        id: 'list.open',
        title: 'pages.open_row',
        group: 'list',
        keys: ['o'],
        hidden: true,
        run: () => current && void navigate(`/workflow/${current.id}`),
      },
      {
        id: 'list.new',
        title: 'pages.new_workflow',
        group: 'list',
        keys: ['n'],
        run: () => void navigate('/workflows/new'),
      },
    ],
    [rows.length, current, navigate],
  );
  useActions(actions);

  async function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    const ids = await importFiles([...event.dataTransfer.files], folder);
    reload();
    if (ids.length === 1) navigate(`/workflow/${ids[0]}`);
  }

  const filtered = Boolean(q || tag || state !== 'all');
  return (
    <Page
      title={t('shell.workflows')}
      actions={
        <>
          <ImportButton folder={folder} onDone={reload} />
          <Button
            look="primary"
            icon={Plus}
            onClick={() => void createWorkflow({ folder }).then((id) => id && navigate(`/workflow/${id}`))}
          >
            {t('pages.new_workflow')}
          </Button>
        </>
      }
      bar={
        <div className="filters">
          <div className="search">
            <Search size={16} aria-hidden="true" />
            <Input
              ref={search}
              type="search"
              aria-label={t('pages.search')}
              placeholder={t('pages.search')}
              defaultValue={q}
              onChange={({ target }) => change({ q: target.value })}
            />
          </div>
          {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in a row everywhere */}
          <div className="segmented-group" role="group" aria-label={t('pages.state')}>
            {STATES.map((one) => (
              <button
                type="button"
                key={one}
                className="tab"
                aria-pressed={state === one}
                onClick={() => change({ state: one === 'all' ? '' : one })}
              >
                {t(`pages.state_${one}`)}
              </button>
            ))}
          </div>
          {tags.length > 0 && (
            <Select aria-label={t('pages.tag')} value={tag} onChange={({ target }) => change({ tag: target.value })}>
              <option value="">{t('pages.all_tags')}</option>
              {tags.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </Select>
          )}
          <Select aria-label={t('pages.sort')} value={sort} onChange={({ target }) => change({ sort: target.value })}>
            {SORTS.map((one) => (
              <option key={one} value={one}>
                {t(`pages.sort_${one}`)}
              </option>
            ))}
          </Select>
        </div>
      }
    >
      {folder && <Crumbs folder={folder} onGo={(to) => change({ folder: to })} />}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: files may be dropped here; the button beside it does the same */}
      <div
        className={`listing ${over ? 'over' : ''}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => void drop(event)}
      >
        {list.isPending && <Skeleton />}
        {list.error && !list.data && <Failed error={list.error} retry={() => void list.refetch()} />}
        {list.data &&
          rows.length + folders.length === 0 &&
          (filtered ? <NothingFound onReset={() => setQuery({})} /> : <First folder={folder} />)}
        {list.data && rows.length + folders.length > 0 && (
          <ul className="entries" aria-label={t('shell.workflows')}>
            {folders.map(([name, count]) => (
              <li key={name} className="entry folder">
                <button
                  type="button"
                  className="entry-main"
                  onClick={() => change({ folder: folder ? `${folder}/${name}` : name })}
                >
                  <span className="tile">
                    <FolderClosed size={18} strokeWidth={1.75} aria-hidden="true" />
                  </span>
                  <span className="entry-title truncate">{name}</span>
                  <span className="meta">{t('pages.count', { count })}</span>
                </button>
              </li>
            ))}
            {rows.map((one, i) => (
              <WorkflowRow
                key={one.id}
                workflow={one}
                current={i === at}
                chosen={chosen.has(one.id)}
                onChoose={() => toggle(one.id)}
                onTag={(wanted) => change({ tag: wanted })}
                onChanged={reload}
              />
            ))}
          </ul>
        )}
        {list.hasNextPage && (
          <Button className="more" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('pages.more')}
          </Button>
        )}
      </div>
      {chosen.size > 0 && (
        <BulkBar
          ids={[...chosen]}
          archived={state === 'archived'}
          onDone={reload}
          onClear={() => setChosen(new Set())}
        />
      )}
    </Page>
  );
}

/** The folders right below one, with what they hold, and the workflows in it. A search looks into all below. */
function arranged(
  all: readonly Summary[],
  folder: string,
  deep: string,
  sort: string,
): { folders: [string, number][]; rows: Summary[] } {
  const within = folder ? `${folder}/` : '';
  const below = all.filter((one) => one.folder === folder || one.folder.startsWith(within));
  const folders = new Map<string, number>();
  for (const one of deep ? [] : below) {
    if (one.folder === folder) continue;
    const name = one.folder.slice(within.length).split('/')[0] ?? '';
    folders.set(name, (folders.get(name) ?? 0) + 1);
  }
  const rows = deep ? below : below.filter((one) => one.folder === folder);
  const order: Record<string, (a: Summary, b: Summary) => number> = {
    name: (a, b) => a.name.localeCompare(b.name),
    created: (a, b) => b.created_at.localeCompare(a.created_at),
    updated: (a, b) => b.updated_at.localeCompare(a.updated_at),
  };
  return {
    folders: [...folders].sort(([a], [b]) => a.localeCompare(b)),
    rows: rows.toSorted(order[sort] ?? order.updated),
  };
}

function Crumbs({ folder, onGo }: { folder: string; onGo: (folder: string) => void }) {
  const parts = folder.split('/');
  return (
    <nav className="crumbs" aria-label={t('pages.folder')}>
      <button type="button" onClick={() => onGo('')}>
        {t('shell.workflows')}
      </button>
      {parts.map((part, i) => (
        <span key={parts.slice(0, i + 1).join('/')}>
          <span aria-hidden="true"> / </span>
          <button
            type="button"
            aria-current={i === parts.length - 1 ? 'location' : undefined}
            onClick={() => onGo(parts.slice(0, i + 1).join('/'))}
          >
            {part}
          </button>
        </span>
      ))}
    </nav>
  );
}

function NothingFound({ onReset }: { onReset: () => void }) {
  return (
    <Empty
      icon={Search}
      title={t('pages.nothing_found')}
      actions={<Button onClick={onReset}>{t('pages.reset')}</Button>}
    >
      {t('pages.nothing_found_text')}
    </Empty>
  );
}

function First({ folder }: { folder: string }) {
  const navigate = useNavigate();
  return (
    <Empty
      icon={WorkflowIcon}
      title={t('pages.first')}
      actions={
        <>
          <Button
            look="primary"
            icon={FilePlus2}
            onClick={() => void createWorkflow({ folder }).then((id) => id && navigate(`/workflow/${id}`))}
          >
            {t('pages.blank')}
          </Button>
          <Link className="button default normal" to="/workflows/new">
            {t('pages.other_starts')}
          </Link>
        </>
      }
    >
      {t('pages.first_text')}
    </Empty>
  );
}

function ImportButton({ folder, onDone }: { folder: string; onDone: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        accept=".json,.yaml,.yml"
        onChange={async ({ target }) => {
          await importFiles([...(target.files ?? [])], folder);
          target.value = '';
          onDone();
        }}
      />
      <Button icon={Upload} onClick={() => input.current?.click()}>
        {t('pages.import')}
      </Button>
    </>
  );
}
