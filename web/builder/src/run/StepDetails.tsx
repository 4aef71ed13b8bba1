import { ExternalLink, X } from 'lucide-react';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { clock, duration, moment } from '@/lib/time';
import { Button, IconButton } from '@/ui/Button';
import { DecisionBox } from './DecisionBox';
import { ErrorBox } from './ErrorBox';
import { Printed } from './Printed';
import { StatusIcon } from './StatusIcon';
import { type StepRow, useRun } from './store';

/** One step: how it went, what it waits for, what it printed. */
export function StepDetails({ row, name, onClose }: { row: StepRow; name: string; onClose: () => void }) {
  const execution = useRun((state) => state.execution);
  const ports = Object.entries(row.items);
  return (
    <section className="step-details" aria-label={name}>
      <header className="step-details-head">
        <h3 className="truncate">{name}</h3>
        <IconButton
          icon={ExternalLink}
          size="small"
          label={t('run.open_node')}
          onClick={() => useView.getState().openNode(row.node)}
        />
        <IconButton icon={X} size="small" label={t('common.close')} onClick={onClose} />
      </header>
      <div className="step-details-body">
        <StatusIcon status={row.status} word />
        {row.error && (
          <ErrorBox
            error={row.error}
            onFocus={() => useView.getState().openNode(row.node, row.error?.field)}
            context={{ execution: execution ?? '', node: row.node }}
          />
        )}
        {row.wait?.kind === 'decision' && execution && <DecisionBox execution={execution} row={row} />}
        {row.wait && row.wait.kind !== 'decision' && <p>{waitText(row.wait.kind, row.wait.until)}</p>}
        <dl className="facts">
          <dt>{t('run.began')}</dt>
          <dd title={moment(new Date(row.started).toISOString())}>
            {clock(row.started)}
            {row.finished !== null && row.status !== 'waiting' && ` · ${duration(row.finished - row.started)}`}
          </dd>
          {row.path.length > 0 && (
            <>
              <dt>{t('run.rounds')}</dt>
              <dd>{row.path.map((round) => round + 1).join(' / ')}</dd>
            </>
          )}
          {row.attempt > 1 && (
            <>
              <dt>{t('run.attempts')}</dt>
              <dd>{row.attempt}</dd>
            </>
          )}
          {ports.map(([port, count]) => (
            <div key={port} className="contents">
              <dt>{ports.length === 1 ? t('run.output') : port}</dt>
              <dd>
                <Button size="small" look="quiet" onClick={() => useView.getState().openNode(row.node)}>
                  {t('run.items', { count })}
                </Button>
              </dd>
            </div>
          ))}
        </dl>
        {row.logs.length > 0 && (
          <>
            <h4>{t('run.printed')}</h4>
            <Printed lines={row.logs} />
          </>
        )}
      </div>
    </section>
  );
}

const WAITS = ['time', 'call', 'form', 'reply', 'children', 'retry'];

/** What a step waits for, as a sentence. */
export function waitText(kind: string, until: string | null): string {
  const text = t(WAITS.includes(kind) ? `run.wait_${kind}` : 'run.wait');
  return until ? `${text} ${t('run.until', { time: moment(until) })}` : text;
}
