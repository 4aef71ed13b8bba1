import '../styles/run.css';
import { Play, X } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { duration } from '@/lib/time';
import { IconButton } from '@/ui/Button';
import { Empty } from '@/ui/Empty';
import { Splitter, useSize } from '@/ui/Splitter';
import { useNow } from './clock';
import { ErrorBox } from './ErrorBox';
import { RecentRuns } from './RecentRuns';
import { StatusIcon } from './StatusIcon';
import { StepDetails } from './StepDetails';
import { ended, type StepRow, useRun } from './store';
import { Waterfall } from './Waterfall';

/** Below the canvas: the steps of the run in time, errors first, and the workflow's latest runs. */
export default function RunDrawer() {
  const height = useSize('runs', 280);
  const { execution, status, steps, error, startedAt, finishedAt, trigger, mode } = useRun();
  const doc = useDocument((state) => state.doc);
  const workflow = useDocument((state) => state.filing?.id);
  const [chosen, setChosen] = useState<string | null>(null);
  const going = execution !== null && !ended(status);
  const now = useNow(going);
  const row = useMemo(() => steps.find((step) => step.key === chosen), [steps, chosen]);
  const failed = steps.findLast((step) => step.status === 'failed');
  const nameOf = (node: string) => doc.nodes[node]?.name ?? node;
  const began = useMemo(() => ({ at: startedAt, trigger }), [startedAt, trigger]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another run has other steps
  useEffect(() => setChosen(null), [execution]);

  function choose(step: StepRow) {
    setChosen(step.key);
    useView.getState().select([step.node]);
  }
  const open = (step: StepRow) => useView.getState().openNode(step.node, step.error?.field);
  const failure = error ?? failed?.error ?? null;
  const at = error?.node ?? failed?.node;

  return (
    <section className="run-drawer" aria-label={t('run.log')} style={{ height }}>
      <Splitter name="runs" label={t('run.log_size')} size={height} min={160} max={640} edge="top" />
      <header className="run-drawer-head">
        <h2>{t('run.log')}</h2>
        {status && <StatusIcon status={status} word />}
        {startedAt !== null && <span className="muted numbers">{duration((finishedAt ?? now) - startedAt)}</span>}
        {steps.length > 0 && <span className="muted numbers">{t('run.step_count', { count: steps.length })}</span>}
        <span className="spacer" />
        <IconButton
          icon={X}
          size="small"
          keys="l"
          label={t('run.close_log')}
          onClick={() => useView.getState().set({ log: false })}
        />
      </header>
      <div className="run-drawer-body">
        {workflow && mode === 'edit' && (
          <nav className="run-drawer-recent" aria-label={t('run.recent')}>
            <RecentRuns workflow={workflow} />
          </nav>
        )}
        <div className="run-drawer-main">
          {failure && ended(status) && row?.error?.message !== failure.message && (
            <ErrorBox
              error={failure}
              name={at && nameOf(at)}
              onFocus={at ? () => useView.getState().openNode(at, failure.field) : undefined}
              context={{ workflow: workflow ?? '', execution: execution ?? '', node: at ?? '' }}
            />
          )}
          {steps.length > 0 ? (
            <Waterfall
              steps={steps}
              going={going}
              began={began}
              nameOf={nameOf}
              chosen={chosen}
              onChoose={choose}
              onOpen={open}
            />
          ) : (
            !failure && (
              <Empty icon={Play} title={execution ? t('run.log_begins') : t('run.log_empty')}>
                {execution ? undefined : t('run.log_empty_text')}
              </Empty>
            )
          )}
        </div>
        {row && <StepDetails row={row} name={nameOf(row.node)} onClose={() => setChosen(null)} />}
      </div>
    </section>
  );
}
