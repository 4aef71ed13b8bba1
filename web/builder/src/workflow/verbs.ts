/** What is done to a workflow as a whole, at the server. Problems are thrown. */
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';

interface Change {
  name?: string;
  folder?: string;
  tags?: string[];
  archived?: boolean;
}

export async function patch(id: string, body: Change): Promise<void> {
  await client.PATCH('/api/workflows/{id}', { params: { path: { id }, query: { lenient: true } }, body });
}

export async function activate(id: string): Promise<void> {
  await client.POST('/api/workflows/{id}/activate', { params: { path: { id } }, body: {} });
}

export async function deactivate(id: string): Promise<void> {
  await client.POST('/api/workflows/{id}/deactivate', { params: { path: { id } } });
}

export async function remove(id: string): Promise<void> {
  await client.DELETE('/api/workflows/{id}', { params: { path: { id } } });
}

/** Make it one of one's own favourites, or none any more. */
export async function favour(id: string, on: boolean): Promise<void> {
  const params = { path: { id } };
  if (on) await client.PUT('/api/workflows/{id}/favourite', { params });
  else await client.DELETE('/api/workflows/{id}/favourite', { params });
}

/** A copy as a draft of its own; gives its id. */
export async function duplicate(id: string, name: string): Promise<string> {
  const body = { name: t('editor.copy_of', { name }).slice(0, 200) };
  return (await take(client.POST('/api/workflows/{id}/duplicate', { params: { path: { id } }, body }))).id;
}

/** Save a workflow to a file. */
export async function exportText(id: string, name: string, format: 'json' | 'yaml' = 'yaml'): Promise<void> {
  const { response } = await client.GET('/api/workflows/{id}/export', {
    params: { path: { id }, query: { format } },
    parseAs: 'stream',
  });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = `${name.replace(/[^\p{L}\p{N} _-]+/gu, '_')}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
