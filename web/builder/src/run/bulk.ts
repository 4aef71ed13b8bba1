/** Doing one thing to many executions; what is refused does not stop the others. */
import { client, type Schemas, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { toast } from '@/ui/Toast';
import { ended } from './store';

export type Deed = 'retry' | 'retry_current' | 'cancel' | 'remove';
type Execution = Schemas['Execution'];

/** Executions that the server takes in one call. */
const AT_ONCE = 100;

const ORDERS = {
  retry: { action: 'retry', version: 'original' },
  retry_current: { action: 'retry', version: 'current' },
  cancel: { action: 'cancel', version: 'original' },
  remove: { action: 'delete', version: 'original' },
} as const;

/** Whether a deed makes sense for an execution. */
export function fits(deed: Deed, execution: Execution): boolean {
  if (deed === 'cancel') return !ended(execution.status);
  if (deed === 'remove') return ended(execution.status);
  return ended(execution.status) && execution.status !== 'succeeded';
}

/** Do it to all that it fits, and say how it went. Throws `Problem` where the server refuses or is away. */
export async function actOn(deed: Deed, executions: readonly Execution[]): Promise<void> {
  const ids = executions.filter((execution) => fits(deed, execution)).map((execution) => execution.id);
  let done = 0;
  const refused: Schemas['BulkRefusal'][] = [];
  try {
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      const body = { ...ORDERS[deed], ids: ids.slice(from, from + AT_ONCE) };
      const result = await take(client.POST('/api/executions/bulk', { body }));
      done += result.done.length;
      refused.push(...result.refused);
    }
  } finally {
    if (done > 0) toast(t(`run.bulk_${deed}`, { count: done }), 'ok');
  }
  const [first] = refused;
  if (first) toast(t('run.bulk_refused', { count: refused.length, message: first.message }), 'error');
}
