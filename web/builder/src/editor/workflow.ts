/** What the editor does to its workflow as a whole, beside editing the document. */
import { forget } from '@/doc/draft';
import { type Doc, fromWire } from '@/doc/model';
import { flush, takeIn } from '@/doc/save';
import { useDocument } from '@/doc/store';
import { type AnswerOf, client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { toast } from '@/ui/Toast';
import { told } from '@/ui/telling';
import { duplicate, exportText, remove } from '@/workflow/verbs';

export type Activation = AnswerOf<'workflows_activate_workflow'>;

/** Show what is live now. */
export function noted(answer: Activation): void {
  const { filing } = useDocument.getState();
  if (filing) useDocument.setState({ filing: { ...filing, active: answer.active, version: answer.version } });
}

/** Make the published version the draft again: one step that can be undone. */
export async function discardChanges(): Promise<void> {
  await told(async () => {
    const { filing } = useDocument.getState();
    if (filing?.version) await restorePoint(filing.id, String(filing.version));
  });
}

/** The document of a published version by its number, or of a checkpoint by its id. */
export async function pointDocument(id: string, key: string): Promise<Doc> {
  const found = /^[0-9]+$/.test(key)
    ? await take(client.GET('/api/workflows/{id}/versions/{version}', { params: { path: { id, version: key } } }))
    : await take(
        client.GET('/api/workflows/{id}/checkpoints/{checkpoint}', { params: { path: { id, checkpoint: key } } }),
      );
  // It is the whole document in the form of the API.
  return fromWire(found.document as unknown as Parameters<typeof fromWire>[0]);
}

/** Put the document of a version or checkpoint into the open draft, as one undoable step. */
export async function restorePoint(id: string, key: string): Promise<void> {
  const document = await pointDocument(id, key);
  // Who went on to another workflow meanwhile must not find this one in it.
  if (useDocument.getState().filing?.id !== id) return;
  useDocument.getState().change('editor.step_restore', () => document);
}

/** Save now, and mark the draft as a point to come back to. */
export async function checkpoint(): Promise<void> {
  await told(async () => {
    const { filing, readOnly } = useDocument.getState();
    if (!filing || readOnly) return;
    await flush();
    await take(client.POST('/api/workflows/{id}/checkpoints', { params: { path: { id: filing.id } } }));
    toast(t('editor.checkpoint_kept'), 'ok', undefined, 'checkpoint');
  });
}

/** Let test runs make all data anew. */
export function unpinAll(): void {
  useDocument.getState().change('editor.step_unpin_all', (doc) => ({ ...doc, pins: {} }));
}

/** Save the draft to a file, as JSON or YAML. */
export async function exportWorkflow(format: 'json' | 'yaml'): Promise<void> {
  await told(async () => {
    const { filing, doc } = useDocument.getState();
    if (!filing) return;
    await flush();
    await exportText(filing.id, doc.name, format);
  });
}

/** A copy of the draft as a workflow of its own; gives its id, or nothing where it was refused. */
export function duplicateWorkflow(): Promise<string | undefined> {
  return told(async () => {
    const { filing, doc } = useDocument.getState();
    if (!filing) return undefined;
    await flush();
    const id = await duplicate(filing.id, doc.name);
    toast(t('editor.duplicated'), 'ok');
    return id;
  });
}

/** Delete the workflow; false where it was refused. */
export async function deleteWorkflow(id: string): Promise<boolean> {
  const gone = await told(async () => {
    await remove(id);
    await forget(id);
    return true;
  });
  return gone ?? false;
}

/** Change where the workflow is filed: its tags and folder. */
export async function file(change: { tags?: string[]; folder?: string }): Promise<void> {
  await told(async () => {
    const { filing } = useDocument.getState();
    if (!filing) return;
    await flush();
    const answer = await take(
      client.PATCH('/api/workflows/{id}', {
        params: { path: { id: filing.id }, query: { lenient: true } },
        body: change,
      }),
    );
    // Somebody may have saved in between: their document comes with the answer.
    takeIn(answer);
  });
}
