/** Other tabs and other people at the same workflow: what they save is taken in as soon as it is known. */
import { client, TAB } from '@/lib/api';
import { t } from '@/lib/i18n';
import { toast } from '@/ui/Toast';
import { answered, mergeNewest, onSaved } from './save';
import { useDocument } from './store';
import { Watch } from './watch';

const ASK_MS = 20_000;

interface Notice {
  workflow: string;
  revision: number;
  tab: string;
}

/** Listen to the other tabs of this browser and to the server, which is asked where its stream is cut off. */
export function startListening(id: string): () => void {
  const channel = new BroadcastChannel('a8n.saves');
  channel.onmessage = ({ data }: MessageEvent<Notice>) => {
    if (data.workflow === id && data.tab !== TAB) void newer(data.revision);
  };
  const stopTelling = onSaved((revision) => channel.postMessage({ workflow: id, revision, tab: TAB } satisfies Notice));
  const watch = new Watch(id, {
    saved: ({ revision, by }) => void newer(revision, by?.name),
    switched: (version) => switched(id, version),
    ask: () => asked(id),
  });
  const visible = () => document.visibilityState === 'visible';
  const ask = () => visible() && !watch.open && void asked(id);
  const turned = () => {
    ask();
    if (visible()) watch.start();
    else watch.stop();
  };
  turned();
  document.addEventListener('visibilitychange', turned);
  window.addEventListener('focus', ask);
  const timer = setInterval(ask, ASK_MS);
  return () => {
    watch.stop();
    stopTelling();
    channel.close();
    document.removeEventListener('visibilitychange', turned);
    window.removeEventListener('focus', ask);
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

/** Take in what was saved elsewhere, and say by whom. */
async function newer(revision: number, by?: string): Promise<void> {
  await answered();
  const { revision: ours, readOnly, doc } = useDocument.getState();
  if (revision <= ours || readOnly) return;
  await mergeNewest();
  if (useDocument.getState().doc === doc) return;
  toast(by ? t('doc.changed_by', { name: by }) : t('doc.changed_elsewhere'));
}

function switched(id: string, version: number | null): void {
  const { filing } = useDocument.getState();
  if (filing?.id !== id) return;
  const active = version !== null;
  useDocument.setState({ filing: { ...filing, active, version: version ?? filing.version } });
}
