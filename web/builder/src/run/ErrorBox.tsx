import { Copy, Crosshair } from 'lucide-react';
import type { ReactNode } from 'react';
import { t } from '@/lib/i18n';
import { Button } from '@/ui/Button';
import { toast } from '@/ui/Toast';
import type { RunError } from './store';

interface ErrorBoxProps {
  error: RunError;
  /** Name of the node where it happened. */
  name?: string;
  /** Bring the reader to the field, or to the node. */
  onFocus?: () => void;
  /** What support needs to know beside the error: workflow, execution, node. */
  context: Record<string, string>;
  actions?: ReactNode;
}

/** What went wrong, what to do about it, and where. */
export function ErrorBox({ error, name, onFocus, context, actions }: ErrorBoxProps) {
  async function copy() {
    const report = { ...context, ...error };
    await navigator.clipboard.writeText(JSON.stringify(report, null, 2));
    toast(t('common.copied'), 'ok');
  }
  return (
    <div className="run-error">
      {name && <p className="run-error-where">{t('run.failed_at', { name })}</p>}
      <p className="run-error-text">{error.message}</p>
      {error.hint && <p className="muted">{error.hint}</p>}
      {(error.field || error.item !== undefined) && (
        <p className="run-error-place">
          {error.field && (
            <span>
              {t('run.field')} <code>{error.field.replace(/^params\./, '')}</code>
            </span>
          )}
          {error.item !== undefined && <span>{t('run.item', { number: error.item + 1 })}</span>}
          {error.kind && <code className="muted">{error.kind}</code>}
        </p>
      )}
      <div className="run-error-actions">
        {onFocus && (
          <Button size="small" icon={Crosshair} onClick={onFocus}>
            {error.field ? t('run.focus_field') : t('run.open_node')}
          </Button>
        )}
        <Button size="small" look="quiet" icon={Copy} onClick={() => void copy()}>
          {t('run.copy_error')}
        </Button>
        {error.docs && (
          <a href={error.docs} target="_blank" rel="noreferrer">
            {t('run.docs')}
          </a>
        )}
        {actions}
      </div>
    </div>
  );
}
