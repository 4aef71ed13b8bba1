/** How executions are started. */
import { t } from '@/lib/i18n';

export const MODES = [
  'manual',
  'api',
  'webhook',
  'chat',
  'schedule',
  'poll',
  'listen',
  'child',
  'error',
  'test',
] as const;

/** How an execution was started, in words. */
export function modeText(mode: string): string {
  return MODES.some((known) => known === mode) ? t(`run.mode_${mode}`) : mode;
}
