import '../styles/run.css';
import type { Node } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { ErrorBox } from '@/run/ErrorBox';
import { useRun } from '@/run/store';

/** Why the node failed in the run that is shown; the field at fault is one press away. */
export function RunError({ node }: { node: Node }) {
  const error = useRun((run) => run.nodes[node.id]?.error ?? null);
  const execution = useRun((run) => run.execution ?? '');
  const workflow = useDocument((state) => state.filing?.id ?? '');
  if (!error) return null;
  const [first = '', ...more] = error.message.split('\n');
  const { field } = error;
  const focus = () => useView.getState().openNode(node.id, field?.startsWith('params.') ? field : `params.${field}`);
  return (
    <section className="np-error" aria-label={t('panel.run_failed')}>
      <ErrorBox
        error={{ ...error, message: first }}
        context={{ workflow, execution, node: node.id, type: node.type, details: more.join('\n') }}
        onFocus={field ? focus : undefined}
      />
      {more.length > 0 && (
        <details>
          <summary>{t('panel.details')}</summary>
          <pre>{more.join('\n')}</pre>
        </details>
      )}
    </section>
  );
}
