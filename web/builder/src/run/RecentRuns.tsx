import { useQuery } from '@tanstack/react-query';
import { DatabaseBackup } from 'lucide-react';
import { useEffect } from 'react';
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { ago, duration, moment } from '@/lib/time';
import { IconButton } from '@/ui/Button';
import { Failed, Skeleton } from '@/ui/Empty';
import { load } from './actions';
import { pinRun } from './pins';
import { StatusIcon } from './StatusIcon';
import { useRun } from './store';

const SHOWN = 20;

/** The latest executions of a workflow: each can be looked at in the editor, and its data loaded. */
export function RecentRuns({ workflow }: { workflow: string }) {
  const [shown, status] = [useRun((state) => state.execution), useRun((state) => state.status)];
  const runs = useQuery({
    queryKey: ['executions', 'recent', workflow],
    queryFn: () => take(client.GET('/api/executions', { params: { query: { workflow, limit: SHOWN } } })),
    refetchInterval: 10_000,
  });
  const { refetch } = runs;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another status makes the list another
  useEffect(() => void refetch(), [refetch, shown, status]);
  if (runs.error) return <Failed error={runs.error} retry={refetch} />;
  if (!runs.data) return <Skeleton lines={5} />;
  if (runs.data.data.length === 0) return <p className="muted recent-none">{t('run.recent_none')}</p>;
  return (
    <ul className="recent" aria-label={t('run.recent')}>
      {runs.data.data.map((run) => {
        const ms = run.started_at && run.finished_at ? Date.parse(run.finished_at) - Date.parse(run.started_at) : null;
        return (
          <li key={run.id} className={run.id === shown ? 'recent-run shown' : 'recent-run'}>
            <button
              type="button"
              className="recent-pick"
              aria-current={run.id === shown}
              title={moment(run.created_at)}
              onClick={() => void load(run.id)}
            >
              <StatusIcon status={run.status} />
              <span className="truncate">{ago(run.created_at)}</span>
              <span className="muted">{ms === null ? '' : duration(ms)}</span>
            </button>
            <IconButton
              icon={DatabaseBackup}
              size="small"
              label={t('run.load_data')}
              onClick={() => void pinRun(run.id, run.trigger)}
            />
          </li>
        );
      })}
    </ul>
  );
}
