/** What runs is what is shown: the draft is at the server before it runs. */
import { flush } from '@/doc/save';
import { useDocument } from '@/doc/store';
import { Problem } from '@/lib/api';
import { t } from '@/lib/i18n';

/** Resolves when nothing is unsaved; raises a problem that says why not. */
export async function saved(): Promise<void> {
  try {
    await flush();
  } catch (error) {
    const { save } = useDocument.getState();
    if (save.kind === 'conflict') throw new Problem(409, t('run.cannot_conflict'));
    if (save.kind === 'refused') throw new Problem(422, save.message);
    throw error;
  }
}
