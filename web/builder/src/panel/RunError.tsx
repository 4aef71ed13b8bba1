import { CircleX, Copy } from 'lucide-react';
import type { Node } from '@/doc/model';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { useRun } from '@/run/store';
import { Button } from '@/ui/Button';
import { toast } from '@/ui/Toast';

/** Why the node failed in the run that is shown: what happened, where, and what can be done. */
export function RunError({ node }: { node: Node }) {
  const error = useRun((run) => run.nodes[node.id]?.error ?? null);
  const execution = useRun((run) => run.execution);
  if (!error) return null;
  const [first, ...rest] = error.message.split('\n');
  const details = JSON.stringify({ execution, node: node.id, type: node.type, ...error }, null, 2);
  const { field } = error;
  return (
    <section className="run-error" aria-label={t('panel.run_failed')}>
      <CircleX size={16} strokeWidth={1.75} aria-hidden="true" />
      <div>
        <p className="run-error-text">{first}</p>
        {error.hint && <p>{error.hint}</p>}
        {error.item !== undefined && error.item !== null && (
          <p className="meta">{t('panel.at_item', { n: error.item + 1 })}</p>
        )}
        <div className="run-error-actions">
          {field && (
            <Button
              size="small"
              onClick={() =>
                useView.getState().openNode(node.id, field.startsWith('params.') ? field : `params.${field}`)
              }
            >
              {t('panel.go_to_field', { field })}
            </Button>
          )}
          {error.docs && (
            <a href={error.docs} target="_blank" rel="noreferrer">
              {t('panel.docs')}
            </a>
          )}
          <Button
            size="small"
            look="quiet"
            icon={Copy}
            onClick={() => void navigator.clipboard.writeText(details).then(() => toast(t('common.copied'), 'ok'))}
          >
            {t('panel.copy_details')}
          </Button>
        </div>
        <details>
          <summary>{t('panel.details')}</summary>
          <pre>{rest.length > 0 ? rest.join('\n') : details}</pre>
        </details>
      </div>
    </section>
  );
}
