/** Doing one thing to many executions, a few at a time; what is refused does not stop the others. */
import { client, Problem, type Schemas, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { toast } from '@/ui/Toast';
import { ended } from './store';

export type Deed = 'retry' | 'retry_current' | 'cancel' | 'remove';
type Execution = Schemas['Execution'];

const AT_ONCE = 4;

/** Whether a deed makes sense for an execution. */
export function fits(deed: Deed, execution: Execution): boolean {
  if (deed === 'cancel') return !ended(execution.status);
  if (deed === 'remove') return ended(execution.status);
  return ended(execution.status) && execution.status !== 'succeeded';
}

async function act(deed: Deed, id: string): Promise<void> {
  const params = { path: { id } };
  if (deed === 'cancel') await take(client.POST('/api/executions/{id}/cancel', { params }));
  else if (deed === 'remove') await take(client.DELETE('/api/executions/{id}', { params }));
  else {
    const version = deed === 'retry_current' ? 'current' : 'original';
    await take(client.POST('/api/executions/{id}/retry', { params, body: { version, mode: 'async' } }));
  }
}

/** Do it to all that it fits, and say how it went. */
export async function actOn(deed: Deed, executions: readonly Execution[]): Promise<void> {
  const pending = executions.filter((execution) => fits(deed, execution));
  const count = pending.length;
  let refusal: Problem | null = null;
  let refused = 0;
  async function work() {
    for (let next = pending.shift(); next; next = pending.shift()) {
      try {
        await act(deed, next.id);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        refusal = error;
        refused += 1;
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (refused < count) toast(t(`run.bulk_${deed}`, { count: count - refused }), 'ok');
  if (refusal) toast(t('run.bulk_refused', { count: refused, message: messageOf(refusal) }), 'error');
}

const messageOf = (problem: Problem) => problem.message;
