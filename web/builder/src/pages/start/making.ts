/** Workflows that begin: from a document, or from a text in one of three forms. */
import { EMPTY, toWire } from '@/doc/model';
import { client, Problem, take } from '@/lib/api';
import { need } from '@/lib/i18n';

export interface Place {
  project: string | null;
  folder: string;
}

export interface Made {
  id: string;
  name: string;
  /** What was not taken over, or has to be looked at. */
  problems: string[];
}

/** Also what cannot run yet is taken, as a draft that says why. */
export async function makeWorkflow(document: object): Promise<{ id: string; name: string }> {
  return take(client.POST('/api/workflows', { params: { query: { lenient: true } }, body: document }));
}

/** A workflow from JSON or YAML of ours, or from n8n's JSON. `fallback` names what has no name. */
export async function importText(text: string, place: Place, fallback: string): Promise<Made> {
  // What knows n8n is large, and comes when something is imported.
  const [{ looksLikeN8n }, { fromClipboard }] = await Promise.all([
    import('@/doc/n8n/convert'),
    import('@/doc/clipboard'),
    need('doc'),
  ]);
  const data = parsed(text);
  if (looksLikeN8n(data)) {
    const { doc, ids, problems } = fromClipboard(EMPTY, text, [0, 0]);
    if (ids.length === 0) throw new Problem(422, problems.join(' '));
    const name = 'name' in data && typeof data.name === 'string' ? data.name : fallback;
    return { ...(await makeWorkflow({ ...toWire(doc), name: name.slice(0, 200), ...place })), problems };
  }
  const made = await take(client.POST('/api/workflows/import', { body: { text, ...place } }));
  return { id: made.id, name: made.name, problems: made.issues.map((issue) => `${issue.path}: ${issue.message}`) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export interface Failure {
  name: string;
  error: unknown;
}

/** Import files one after the other; those that are refused do not keep the others out. */
export async function importFiles(files: Iterable<File>, place: Place): Promise<{ made: Made[]; failed: Failure[] }> {
  const made: Made[] = [];
  const failed: Failure[] = [];
  for (const file of files) {
    try {
      made.push(await importText(await file.text(), place, file.name.replace(/\.(json|ya?ml)$/i, '')));
    } catch (error) {
      failed.push({ name: file.name, error });
    }
  }
  return { made, failed };
}
