/** A past execution's data in the editor: what its trigger brought, pinned, so that runs begin with it. */
import { pin } from '@/doc/commands';
import { useDocument } from '@/doc/store';
import { client, Problem, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { toast } from '@/ui/Toast';
import { type Items, jsonOf } from './actions';
import { useRun } from './store';

const PAGE = 1000;
/** Items of a port that are taken over at most. */
const MOST = 10_000;

/** Pin what an execution's trigger gave at that trigger of the open document. Gives whether it could. */
export async function pinRun(execution: string, trigger: string): Promise<boolean> {
  const name = useDocument.getState().doc.nodes[trigger]?.name;
  if (name === undefined) {
    toast(t('run.no_such_trigger'), 'error');
    return false;
  }
  try {
    const ports = await outputs(execution, trigger);
    if (Object.keys(ports).length === 0) {
      toast(t('run.no_data'), 'error');
      return false;
    }
    const { execution: shown, ran } = useRun.getState();
    // It is what that run began with: what the run shows is no staler for it.
    if (shown === execution && ran) useRun.setState({ ran: pin(ran, trigger, ports) });
    useDocument.getState().change('run.loaded_data', (doc) => pin(doc, trigger, ports));
    toast(t('run.loaded_data_at', { name }), 'ok', {
      label: t('common.undo'),
      run: () => void useDocument.getState().undo(),
    });
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    toast(error.message, 'error');
    return false;
  }
}

/** What a node gave, port by port. */
export async function outputs(id: string, node: string): Promise<Record<string, Items>> {
  const ports: Record<string, Items> = {};
  for (let offset = 0; offset < MOST; offset += PAGE) {
    const query = { node, path: '', offset, limit: PAGE };
    const page = await take(client.GET('/api/executions/{id}/steps', { params: { path: { id }, query } }));
    const found = Object.entries(page.data[0]?.output ?? {});
    for (const [port, { items }] of found) ports[port] = [...(ports[port] ?? []), ...items.map(jsonOf)];
    if (found.every(([, { total }]) => total <= offset + PAGE)) break;
  }
  return ports;
}
