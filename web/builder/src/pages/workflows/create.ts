/** Ways in which workflows come into being. */
import { EMPTY, toWire } from '@/doc/model';
import { client, Problem, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { toast } from '@/ui/Toast';

/** Tell what was refused; gives undefined then. */
export async function told<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const [first] = error.errors;
    toast(error.offline ? t('common.offline') : first ? `${first.path}: ${first.message}` : error.message, 'error');
    return undefined;
  }
}

/** Make a workflow of a document, or an empty one; gives its id. */
export function createWorkflow({
  folder = '',
  document = {},
}: {
  folder?: string;
  document?: object;
}): Promise<string | undefined> {
  const body: object = { name: t('pages.untitled'), ...document, folder };
  return told(
    async () => (await take(client.POST('/api/workflows', { params: { query: { lenient: true } }, body }))).id,
  );
}

/** Make a workflow of text: YAML or JSON as exported here, or n8n's JSON. Gives its id. */
export async function importText(text: string, name: string, folder = ''): Promise<string | undefined> {
  const [{ looksLikeN8n }, { fromClipboard }] = await Promise.all([
    import('@/doc/n8n/convert'),
    import('@/doc/clipboard'),
  ]);
  const data = parsed(text);
  if (looksLikeN8n(data)) {
    const { doc, problems } = fromClipboard(EMPTY, text, [0, 0]);
    for (const problem of problems.slice(0, 3)) toast(problem);
    const { nodes, connections, notes } = toWire(doc);
    return createWorkflow({
      folder,
      document: { name: 'name' in data && typeof data.name === 'string' ? data.name : name, nodes, connections, notes },
    });
  }
  return told(async () => (await take(client.POST('/api/workflows/import', { body: { text, folder } }))).id);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // YAML, or broken: the server says where
  }
}

/** Make a workflow of each file; gives the ids of those that went well. */
export async function importFiles(files: readonly File[], folder = ''): Promise<string[]> {
  const ids: string[] = [];
  for (const file of files) {
    const id = await importText(await file.text(), file.name.replace(/\.\w+$/, ''), folder);
    if (id) ids.push(id);
  }
  if (ids.length > 0) toast(t('pages.imported', { count: ids.length }), 'ok');
  return ids;
}
