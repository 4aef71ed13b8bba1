import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Pin, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { flush } from '@/doc/save';
import { useDocument } from '@/doc/store';
import { client, type FieldProblem, Problem, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { moment } from '@/lib/time';
import { Button } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { Skeleton } from '@/ui/Empty';
import { Field, Input, Textarea } from '@/ui/Field';
import { toast } from '@/ui/Toast';
import { Changes } from './Changes';
import { IssueList } from './Issues';
import { type Activation, noted } from './workflow';

interface PublishDialogProps {
  id: string;
  version: number | null;
  onClose: () => void;
}

/** What will be live: what changed, what is in the way, and what to call it. */
export default function PublishDialog({ id, version, onClose }: PublishDialogProps) {
  const pins = useDocument((state) => Object.keys(state.doc.pins).length);
  const issues = useDocument((state) => state.issues);
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<{ message: string; errors: FieldProblem[] } | null>(null);
  const [done, setDone] = useState<Activation | null>(null);
  const changes = useQuery({
    queryKey: ['changes', id],
    queryFn: async () => {
      await flush();
      return version === null ? null : take(client.GET('/api/workflows/{id}/diff', { params: { path: { id } } }));
    },
    gcTime: 0,
    staleTime: 0,
  });

  async function publish() {
    setBusy(true);
    setRefusal(null);
    try {
      await flush();
      const header = { 'If-Match': `"${useDocument.getState().revision}"` };
      const answer = await take(
        client.POST('/api/workflows/{id}/activate', { params: { path: { id }, header }, body: { name, note } }),
      );
      noted(answer);
      setDone(answer);
      void queries.invalidateQueries({ queryKey: ['workflows'] });
      void queries.invalidateQueries({ queryKey: ['versions', id] });
    } catch (error) {
      if (error instanceof Problem) setRefusal({ message: error.message, errors: error.errors });
    } finally {
      setBusy(false);
    }
  }

  if (done) return <Published answer={done} onClose={onClose} />;
  const shown = refusal?.errors.length ? refusal.errors : issues;
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('editor.publish_title')}
      description={version === null ? t('editor.publish_first') : t('editor.publish_next', { version: version + 1 })}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" busy={busy} disabled={issues.length > 0} onClick={() => void publish()}>
            {t('editor.publish')}
          </Button>
        </>
      }
    >
      <div className="publish">
        {shown.length > 0 && (
          <section>
            <h3 className="err">
              <TriangleAlert size={16} aria-hidden="true" /> {t('editor.publish_blocked', { count: shown.length })}
            </h3>
            <IssueList issues={shown} onGo={onClose} />
          </section>
        )}
        {refusal && refusal.errors.length === 0 && <p className="field-error">{refusal.message}</p>}
        {pins > 0 && (
          <p className="publish-pins">
            <Pin size={16} aria-hidden="true" /> {t('editor.publish_pins', { count: pins })}
          </p>
        )}
        {changes.isPending && <Skeleton lines={3} />}
        {changes.error && <p className="field-error">{changes.error.message}</p>}
        {changes.data && <Changes difference={changes.data} />}
        <Field label={t('editor.version_name')} help={t('editor.version_name_help')}>
          {(ids) => <Input {...ids} value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label={t('editor.version_note')}>
          {(ids) => <Textarea {...ids} value={note} rows={2} onChange={(event) => setNote(event.target.value)} />}
        </Field>
      </div>
    </Dialog>
  );
}

function Published({ answer, onClose }: { answer: Activation; onClose: () => void }) {
  return (
    <Dialog
      open
      size="small"
      onClose={onClose}
      title={t('editor.published', { version: answer.version ?? 1 })}
      description={answer.triggers.length ? t('editor.published_triggers') : t('editor.published_manual')}
      footer={
        <Button look="primary" onClick={onClose}>
          {t('common.close')}
        </Button>
      }
    >
      <ul className="live-triggers">
        {answer.triggers.map((trigger) => (
          <Listening key={trigger.node} trigger={trigger} />
        ))}
      </ul>
      {(answer.problems ?? []).map((problem) => (
        <p key={problem} className="field-error">
          {problem}
        </p>
      ))}
    </Dialog>
  );
}

function Listening({ trigger }: { trigger: Activation['triggers'][number] }) {
  const name = useDocument((state) => state.doc.nodes[trigger.node]?.name ?? trigger.node);
  const copy = async (text: string) => {
    await navigator.clipboard.writeText(text);
    toast(t('common.copied'), 'ok');
  };
  return (
    <li>
      <strong>{name}</strong>
      {trigger.next && trigger.next.length > 0 && (
        <p className="live-next">{t('editor.next', { time: moment(trigger.next[0] ?? '') })}</p>
      )}
      {trigger.url && (
        <span className="live-url">
          <code>{trigger.url}</code>
          <Button size="small" onClick={() => void copy(trigger.url ?? '')}>
            {t('common.copy')}
          </Button>
        </span>
      )}
    </li>
  );
}
