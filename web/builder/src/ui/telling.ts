import { Problem } from '@/lib/api';
import { t } from '@/lib/i18n';
import { toast } from './Toast';

/** Do something at the server; what it refuses is told, and gives undefined. */
export async function told<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const [first] = error.errors;
    const text = first ? [first.path, first.message].filter(Boolean).join(': ') : error.message;
    toast(error.offline ? t('common.offline_text') : text, 'error');
    return undefined;
  }
}
