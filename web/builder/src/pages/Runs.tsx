import '../styles/editor.css';
import '../styles/run.css';
import { useQueryClient } from '@tanstack/react-query';
import { Ban, History, Pause, Play, RotateCcw, Trash2, X } from 'lucide-react';
import { Suspense, useCallback, useMemo, useState } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { Places } from '@/editor/Places';
import { number, t } from '@/lib/i18n';
import { later } from '@/lib/later';
import { actOn, type Deed, fits } from '@/run/bulk';
import { useExecutions, useWorkflows } from '@/run/executions';
import { chosen, type Filters, NO_FILTERS, readFilters, writeFilters } from '@/run/filters';
import { RunFilters } from '@/run/RunFilters';
import { useTriggers } from '@/run/useTriggers';
import { Button, IconButton } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { Empty, Failed, Skeleton } from '@/ui/Empty';
import { told } from '@/ui/telling';

// Asked for while the rows are on their way.
const RunTable = later(() => import('@/run/RunTable'));

/** The executions of all workflows, or of the one in the address. */
export default function Runs() {
  const { id } = useParams();
  const [search, setSearch] = useSearchParams();
  const filters = useMemo(() => readFilters(search), [search]);
  const wanted = useMemo(() => (id ? { ...filters, workflow: id } : filters), [filters, id]);
  const [live, setLive] = useState(true);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const { rows, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useExecutions(
    wanted,
    live,
  );
  const workflows = useWorkflows();
  const triggers = useTriggers(id);
  const name = workflows.data?.find((workflow) => workflow.id === id)?.name;
  const change = useCallback(
    (next: Filters) => {
      setSearch(writeFilters(next), { replace: true });
      setSelected(new Set());
    },
    [setSearch],
  );
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const narrowed = chosen(filters) > 0;
  return (
    <main className="runs-page">
      <header className="runs-head">
        <h1>
          {t('run.runs')}
          {name && (
            <>
              <span className="muted"> · </span>
              <Link to={`/workflow/${id}`}>{name}</Link>
            </>
          )}
        </h1>
        {id && <Places id={id} />}
        <Button
          look="quiet"
          icon={live ? Pause : Play}
          aria-pressed={!live}
          onClick={() => {
            setLive(!live);
            if (!live) void refetch();
          }}
        >
          {live ? t('run.pause') : t('run.paused')}
        </Button>
      </header>
      {selected.size > 0 ? (
        <Bulk
          executions={rows.filter((row) => selected.has(row.id))}
          onDone={() => setSelected(new Set())}
          key="bulk"
        />
      ) : (
        <RunFilters
          filters={filters}
          onChange={change}
          workflows={id ? undefined : workflows.data}
          triggers={triggers}
        />
      )}
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : isPending ? (
        <Skeleton lines={10} />
      ) : rows.length === 0 ? (
        <Empty
          icon={History}
          title={narrowed ? t('run.none_fit') : t('run.none')}
          actions={narrowed && <Button onClick={() => change(NO_FILTERS)}>{t('run.no_filters')}</Button>}
        >
          {narrowed ? t('run.none_fit_text') : t('run.none_text')}
        </Empty>
      ) : (
        <Suspense fallback={<Skeleton />}>
          <RunTable rows={rows} workflows={!id} selected={selected} onSelect={setSelected} onEnd={onEnd} />
        </Suspense>
      )}
    </main>
  );
}

interface BulkProps {
  executions: Parameters<typeof actOn>[1];
  onDone: () => void;
}

/** What can be done to the executions that are selected. */
function Bulk({ executions, onDone }: BulkProps) {
  const queries = useQueryClient();
  const [busy, setBusy] = useState<Deed | null>(null);
  const [asking, setAsking] = useState(false);
  const count = (deed: Deed) => executions.filter((execution) => fits(deed, execution)).length;
  async function act(deed: Deed) {
    setAsking(false);
    setBusy(deed);
    const done = await told(async () => {
      await actOn(deed, executions);
      return true;
    }).finally(() => setBusy(null));
    if (done) onDone();
    await queries.invalidateQueries({ queryKey: ['executions'] });
  }
  const button = (deed: Deed, icon: typeof Ban, look: 'default' | 'danger', run: () => void) => (
    <Button
      size="small"
      look={look}
      icon={icon}
      busy={busy === deed}
      disabled={busy !== null || count(deed) === 0}
      onClick={run}
    >
      {t(`run.${deed}`)}
      {count(deed) > 0 && <span className="numbers">{number(count(deed))}</span>}
    </Button>
  );
  return (
    <div className="run-bulk" role="toolbar" aria-label={t('run.bulk')}>
      <span className="numbers">{t('run.selected', { count: executions.length })}</span>
      {button('retry', RotateCcw, 'default', () => void act('retry'))}
      {button('retry_current', RotateCcw, 'default', () => void act('retry_current'))}
      {button('cancel', Ban, 'default', () => void act('cancel'))}
      {button('remove', Trash2, 'danger', () => setAsking(true))}
      <span className="spacer" />
      <IconButton size="small" icon={X} label={t('run.select_none')} onClick={onDone} />
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        size="small"
        title={t('run.remove_title', { count: count('remove') })}
        footer={
          <>
            <Button onClick={() => setAsking(false)}>{t('common.cancel')}</Button>
            <Button look="danger" onClick={() => void act('remove')}>
              {t('common.delete')}
            </Button>
          </>
        }
      >
        {t('run.remove_text')}
      </Dialog>
    </div>
  );
}
