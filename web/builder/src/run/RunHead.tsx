import { ArrowLeft, Bug, ChevronDown, ChevronLeft, ChevronRight, PencilLine, RotateCcw } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { type Action, useActions } from '@/actions/registry';
import { t } from '@/lib/i18n';
import { duration, moment } from '@/lib/time';
import { Button, IconButton } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { Menu } from '@/ui/Menu';
import { actOn } from './bulk';
import { useNow } from './clock';
import { type Execution, useNeighbours } from './executions';
import { look } from './live';
import { modeText } from './modes';
import { StatusIcon } from './StatusIcon';
import { ended, useRun } from './store';
import { useRetries } from './useRetries';

interface RunHeadProps {
  execution: Execution;
  /** Of the workflow. */
  name: string;
}

/** What execution this is, and what can be done about it. */
export function RunHead({ execution, name }: RunHeadProps) {
  const navigate = useNavigate();
  const { startedAt, finishedAt } = useRun();
  const status = useRun((state) => state.status) ?? execution.status;
  const over = ended(status);
  const now = useNow(!over, 500);
  const { older, newer } = useNeighbours(execution).data ?? { older: null, newer: null };
  const retries = useRetries(execution, status);
  const [asking, setAsking] = useState(false);
  const list = `/workflow/${execution.workflow}/runs`;
  const actions = useMemo<readonly Action[]>(
    () =>
      [
        { id: 'run.older', title: 'run.older', keys: ['j'], to: older },
        { id: 'run.newer', title: 'run.newer', keys: ['k'], to: newer },
      ].map(({ to, ...action }) => ({
        ...action,
        group: 'run',
        when: () => to !== null,
        run: () => void navigate(`${list}/${to}`),
      })),
    [older, newer, list, navigate],
  );
  useActions(actions);
  const neighbour = (to: string | null, label: string, icon: typeof ChevronLeft, keys: string) => (
    <IconButton
      icon={icon}
      label={label}
      keys={keys}
      disabled={to === null}
      onClick={() => void navigate(`${list}/${to}`)}
    />
  );
  async function remove() {
    setAsking(false);
    await actOn('remove', [{ ...execution, status }]);
    void navigate(list);
  }

  return (
    <>
      <IconButton icon={ArrowLeft} label={t('run.all_runs')} onClick={() => void navigate(list)} />
      <h1 className="run-head-name truncate">
        <Link to={`/workflow/${execution.workflow}`} dir="auto">
          {name}
        </Link>
      </h1>
      <StatusIcon status={status} word />
      <span className="muted numbers truncate">
        {moment(execution.created_at)}
        {startedAt !== null && ` · ${duration((finishedAt ?? now) - startedAt)}`}
        {` · ${modeText(execution.mode)} · `}
        {execution.version === null ? t('run.draft') : t('run.version', { number: execution.version })}
      </span>
      {neighbour(newer, t('run.newer'), ChevronLeft, 'k')}
      {neighbour(older, t('run.older'), ChevronRight, 'j')}
      <span className="spacer" />
      {over ? (
        <>
          <Button icon={Bug} onClick={() => void navigate(`/workflow/${execution.workflow}?debug=${execution.id}`)}>
            {t('run.debug')}
          </Button>
          <Menu items={retries} align="end" label={t('run.retry')}>
            <Button icon={RotateCcw}>
              {t('run.retry')}
              <ChevronDown size={16} strokeWidth={1.75} aria-hidden="true" />
            </Button>
          </Menu>
          <Button look="danger" onClick={() => setAsking(true)}>
            {t('common.delete')}
          </Button>
        </>
      ) : (
        <Button look="danger" onClick={() => void actOn('cancel', [{ ...execution, status }]).then(look)}>
          {t('run.stop')}
        </Button>
      )}
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        size="small"
        title={t('run.remove_title', { count: 1 })}
        footer={
          <>
            <Button onClick={() => setAsking(false)}>{t('common.cancel')}</Button>
            <Button look="danger" onClick={() => void remove()}>
              {t('common.delete')}
            </Button>
          </>
        }
      >
        {t('run.remove_text')}
      </Dialog>
    </>
  );
}

/** Said above the canvas where the workflow is no longer what ran, or (`gone`) where nobody knows what ran. */
export function RunBanner({ workflow, gone }: { workflow: string; gone: boolean }) {
  const navigate = useNavigate();
  return (
    <div className={gone ? 'banner warn' : 'banner'}>
      <PencilLine size={16} strokeWidth={1.75} aria-hidden="true" />
      <span className="banner-text">{gone ? t('run.document_gone') : t('run.changed_since')}</span>
      <Button size="small" onClick={() => void navigate(`/workflow/${workflow}`)}>
        {t('run.open_in_editor')}
      </Button>
    </div>
  );
}
