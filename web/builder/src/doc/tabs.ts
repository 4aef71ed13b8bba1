/** Other tabs and other people at the same workflow: what they save is taken in as soon as it is known. */
import { client, TAB } from '@/lib/api';
import { t } from '@/lib/i18n';
import { toast } from '@/ui/Toast';
import { answered, mergeNewest, onSaved } from './save';
import { useDocument } from './store';

const ASK_MS = 20_000;

interface Notice {
  workflow: string;
  revision: number;
  tab: string;
}

/** Listen to the other tabs of this browser, and ask the server now and then. Gives the way to stop. */
export function startListening(id: string): () => void {
  const channel = new BroadcastChannel('a8n.saves');
  channel.onmessage = ({ data }: MessageEvent<Notice>) => {
    if (data.workflow === id && data.tab !== TAB) void newer(data.revision);
  };
  const stopTelling = onSaved((revision) => channel.postMessage({ workflow: id, revision, tab: TAB } satisfies Notice));
  const ask = () => void asked(id);
  const shown = () => document.visibilityState === 'visible' && ask();
  document.addEventListener('visibilitychange', shown);
  window.addEventListener('focus', shown);
  const timer = setInterval(shown, ASK_MS);
  return () => {
    stopTelling();
    channel.close();
    document.removeEventListener('visibilitychange', shown);
    window.removeEventListener('focus', shown);
    clearInterval(timer);
  };
}

async function asked(id: string): Promise<void> {
  const { revision, readOnly } = useDocument.getState();
  if (readOnly) return;
  const header = { 'If-None-Match': `"${revision}"` };
  const answer = await client.GET('/api/workflows/{id}', { params: { path: { id }, header } }).catch(() => null);
  if (answer?.response.status === 200 && answer.data) await newer(answer.data.revision);
}

async function newer(revision: number): Promise<void> {
  await answered();
  const { revision: ours, readOnly, doc } = useDocument.getState();
  if (revision <= ours || readOnly) return;
  await mergeNewest();
  if (useDocument.getState().doc === doc) return;
  toast(t('doc.changed_elsewhere'));
}
