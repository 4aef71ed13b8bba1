import { Search } from 'lucide-react';
import { type ReactNode, useCallback, useState } from 'react';
import { number, t } from '@/lib/i18n';
import { usePreferences } from '@/lib/preferences';
import { IconButton } from '@/ui/Button';
import { Failed, Skeleton } from '@/ui/Empty';
import { Input, Select } from '@/ui/Field';
import { Tabs } from '@/ui/Tabs';
import { useSample } from '../expression/usePreview';
import { Segments } from '../form/ChoiceControl';
import { FilesView } from './FilesView';
import { JsonView } from './JsonView';
import { shelfOf } from './lineage';
import { SchemaView } from './SchemaView';
import type { Page } from './server';
import { TableView } from './TableView';
import { TraceLine } from './TraceLine';
import { type Side, useOutline, usePages } from './useData';
import { useLineage } from './useLineage';

const VIEWS = ['schema', 'table', 'json', 'files'] as const;

interface DataPaneProps {
  /** The node whose data are shown. */
  node: string;
  side: Side;
  /** What expressions begin with that take a field of these data. */
  root: string;
  /** Fields can be put into the node's parameters. */
  draggable: boolean;
  /** Shown in front of the tools. */
  source?: ReactNode;
  /** Buttons, by what is there. */
  actions?: (page: Page) => ReactNode;
  /** Shown where there are no data. */
  empty: ReactNode;
}

/** The data on one side of a node: its fields, a table, JSON or files, page by page. */
export function DataPane({ node, side, root, draggable, source, actions, empty }: DataPaneProps) {
  const [port, setPort] = useState<string>();
  const [path, setPath] = useState<string>();
  const [q, setQ] = useState('');
  const [searching, setSearching] = useState(false);
  const key = `panel.view.${side}`;
  const chosen = usePreferences((state) => state.sizes[key] ?? 0);
  const item = useSample((sample) => sample.item);
  const place = { port, path };
  const pages = usePages(node, side, place, q);
  const first = pages.data?.pages[0];
  const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const hasFiles = items.some((each) => Object.keys(each.files).length > 0);
  const views = VIEWS.filter((view) => view !== 'files' || hasFiles);
  const view = views[chosen] ?? 'schema';
  const outline = useOutline(node, side, place, view === 'schema' && (first?.total ?? 0) > 0);
  const shelf = shelfOf(node, side, first);
  const { marked, lineage, item: traced, handlers } = useLineage(shelf);
  // In the wide panel both sides are there: their regions need names of their own.
  const label = `${t(`panel.${side}`)}: ${t(`panel.view_${view}`)}`;
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = pages;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  if (pages.error) return <Failed error={pages.error} retry={pages.refetch} />;
  if (!first) return <Skeleton lines={4} />;
  const ports = first.ports.filter((each) => first.ports.length > 1 || each.total > 0);
  const nothing = first.source === 'none' || (first.total === 0 && ports.every((each) => each.total === 0));
  const show = (name: string) => {
    const { sizes, set } = usePreferences.getState();
    set({
      sizes: {
        ...sizes,
        [key]: VIEWS.filter((each) => views.includes(each)).findIndex((each) => String(each) === name),
      },
    });
  };
  const tools = (
    <>
      {source}
      {first.runs.length > 1 && (
        <Select
          className="np-data-run"
          aria-label={t('panel.iteration')}
          value={path ?? first.path.join('.')}
          onChange={(event) => setPath(event.target.value)}
        >
          {first.runs.map((run) => (
            <option key={run.join('.')} value={run.join('.')}>
              {t('panel.iteration_n', { n: run.map((index) => index + 1).join('.') })}
            </option>
          ))}
        </Select>
      )}
      {!nothing && (
        <Segments
          id={`${side}-view`}
          label={t('panel.view')}
          options={views.map((each) => ({ key: each, label: t(`panel.view_${each}`) }))}
          value={view}
          onChange={show}
        />
      )}
      <span className="np-data-actions">
        {!nothing && (
          <>
            <span className="badge numbers np-data-count" title={t('panel.items', { count: first.total })}>
              {q === '' ? number(first.total) : t('panel.matches', { n: first.matches, of: first.total })}
              <span className="visually-hidden"> {t('panel.items', { count: first.total })}</span>
            </span>
            <IconButton
              icon={Search}
              size="small"
              label={t('panel.search_data')}
              aria-expanded={searching}
              onClick={() => {
                setSearching(!searching);
                setQ('');
              }}
            />
          </>
        )}
        {actions?.(first)}
      </span>
    </>
  );
  const content = (
    <>
      {searching && !nothing && (
        <Input
          className="np-data-search"
          value={q}
          placeholder={t('panel.search_data')}
          aria-label={t('panel.search_data')}
          autoFocus
          onChange={(event) => setQ(event.target.value)}
        />
      )}
      {nothing && empty}
      {!nothing &&
        view === 'schema' &&
        (outline.data ? (
          <SchemaView label={label} outline={outline.data} root={root} draggable={draggable} q={q} />
        ) : (
          <Skeleton lines={3} />
        ))}
      {!nothing && view === 'table' && (
        <TableView
          label={label}
          items={items}
          root={root}
          draggable={draggable}
          onEnd={more}
          chosen={side === 'input' ? item : -1}
          marked={marked}
          at={traced}
          onItem={(index) => useSample.setState({ item: index })}
        />
      )}
      {!nothing && view === 'json' && (
        <JsonView
          label={label}
          items={items}
          root={root}
          draggable={draggable}
          onEnd={more}
          marked={marked}
          at={traced}
        />
      )}
      {!nothing && view === 'files' && <FilesView items={items} execution={first.execution} />}
      {!nothing && shelf && (
        <TraceLine
          side={side}
          path={shelf.path}
          item={traced}
          lineage={lineage}
          marked={marked}
          rows={view === 'table' || view === 'json'}
        />
      )}
    </>
  );
  return (
    <section className="np-data" {...handlers}>
      <div className="np-data-tools">{tools}</div>
      {first.ports.length > 1 ? (
        <Tabs
          label={t('panel.branches')}
          tabs={first.ports.map((each) => ({ key: each.name, label: each.name, badge: each.total }))}
          value={first.port ?? ''}
          onChange={setPort}
        >
          {content}
        </Tabs>
      ) : (
        content
      )}
    </section>
  );
}
