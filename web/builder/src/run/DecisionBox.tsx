import { useState } from 'react';
import { client, Problem, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { Button } from '@/ui/Button';
import { toast } from '@/ui/Toast';
import { show } from './live';
import type { StepRow } from './store';

type Decision = 'retry' | 'done' | 'fail';

/** A step was under way when its process died: only a person can know whether it took effect. */
export function DecisionBox({ execution, row }: { execution: string; row: StepRow }) {
  const [busy, setBusy] = useState<Decision | null>(null);
  async function decide(decision: Decision) {
    setBusy(decision);
    try {
      await take(
        client.POST('/api/executions/{id}/decide', {
          params: { path: { id: execution } },
          body: { node: row.node, path: row.path.join('.'), decision },
        }),
      );
      await show(execution);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      toast(error.message, 'error');
    } finally {
      setBusy(null);
    }
  }
  return (
    <div className="run-decision">
      <p>{t('run.decision')}</p>
      <div className="run-error-actions">
        {(['retry', 'done', 'fail'] as const).map((decision) => (
          <Button
            key={decision}
            size="small"
            look={decision === 'fail' ? 'danger' : 'default'}
            busy={busy === decision}
            disabled={busy !== null}
            onClick={() => void decide(decision)}
          >
            {t(`run.decide_${decision}`)}
          </Button>
        ))}
      </div>
    </div>
  );
}
