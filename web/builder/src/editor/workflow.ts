/** What is done to a workflow as a whole, beside editing its document. */
import { forget } from '@/doc/draft';
import { fromWire, toWire } from '@/doc/model';
import { flush, takeIn } from '@/doc/save';
import { useDocument } from '@/doc/store';
import { type AnswerOf, client, Problem, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { toast } from '@/ui/Toast';

export type Activation = AnswerOf<'workflows_activate_workflow'>;

/** Show what is live now. */
export function noted(answer: Activation): void {
  const { filing } = useDocument.getState();
  if (filing) useDocument.setState({ filing: { ...filing, active: answer.active, version: answer.version } });
}

/** Say what was refused. */
export async function told(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    toast(error.offline ? t('common.offline_text') : error.message, 'error');
  }
}

/** Make the published version the draft again: one step that can be undone. */
export function discardChanges(): Promise<void> {
  return told(async () => {
    const { filing } = useDocument.getState();
    if (filing?.version) await restoreVersion(filing.id, filing.version);
  });
}

/** Put a version's document into the open draft, as one undoable step. */
export async function restoreVersion(id: string, version: number): Promise<void> {
  const path = { id, version: String(version) };
  const found = await take(client.GET('/api/workflows/{id}/versions/{version}', { params: { path } }));
  // A version is the whole document in the form of the API.
  const document = fromWire(found.document as unknown as Parameters<typeof fromWire>[0]);
  // Who went on to another workflow meanwhile must not find this one in it.
  if (useDocument.getState().filing?.id !== id) return;
  useDocument.getState().change('editor.step_restore', () => document);
}

/** Save the draft to a file, as JSON or YAML. */
export function exportWorkflow(format: 'json' | 'yaml'): Promise<void> {
  return told(async () => {
    const { filing, doc } = useDocument.getState();
    if (!filing) return;
    await flush();
    const { response } = await client.GET('/api/workflows/{id}/export', {
      params: { path: { id: filing.id }, query: { format } },
      parseAs: 'stream',
    });
    download(await response.blob(), `${doc.name.replace(/[^\p{L}\p{N} _-]+/gu, '_')}.${format}`);
  });
}

function download(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A copy of the draft as a workflow of its own; gives its id. */
export async function duplicateWorkflow(): Promise<string | null> {
  let id: string | null = null;
  await told(async () => {
    const { filing } = useDocument.getState();
    if (!filing) return;
    await flush();
    const source = await take(client.GET('/api/workflows/{id}', { params: { path: { id: filing.id } } }));
    const { project, tags, folder } = source;
    const copy = toWire(fromWire(source));
    const body: object = {
      ...copy,
      name: t('editor.copy_of', { name: copy.name }).slice(0, 200),
      project,
      tags,
      folder,
    };
    const made = await take(client.POST('/api/workflows', { params: { query: { lenient: true } }, body }));
    id = made.id;
    toast(t('editor.duplicated'), 'ok');
  });
  return id;
}

/** Delete the workflow; false where it was refused. */
export async function deleteWorkflow(id: string): Promise<boolean> {
  let gone = false;
  await told(async () => {
    await client.DELETE('/api/workflows/{id}', { params: { path: { id } } });
    await forget(id);
    gone = true;
  });
  return gone;
}

/** Change where the workflow is filed: its tags and folder. */
export function file(change: { tags?: string[]; folder?: string }): Promise<void> {
  return told(async () => {
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
