/** How the triggers of the open workflow fare, as the server tells. */
import { useQuery } from '@tanstack/react-query';
import { useDocument } from '@/doc/store';
import { client, take } from '@/lib/api';
import { useRun } from '@/run/store';

const EVERY = 10_000;

/** The schedules, polls, connections and subscriptions of the published version. */
export function useStanding(node: string) {
  const filing = useDocument((state) => state.filing);
  const all = useQuery({
    queryKey: ['triggers', filing?.id, filing?.version],
    enabled: filing?.active === true,
    refetchInterval: EVERY,
    queryFn: async () =>
      (await take(client.GET('/api/workflows/{id}/triggers', { params: { path: { id: filing?.id ?? '' } } }))).data,
  });
  return all.data?.find((trigger) => trigger.node === node);
}

/** The registered URLs of the published version at a node. */
export function useWebhooks(node: string) {
  const filing = useDocument((state) => state.filing);
  const all = useQuery({
    queryKey: ['webhooks', filing?.id, filing?.version],
    enabled: filing?.active === true,
    queryFn: async () =>
      (await take(client.GET('/api/webhooks', { params: { query: { workflow: filing?.id } } }))).data,
  });
  return all.data?.filter((hook) => hook.node === node) ?? [];
}

/** The latest execution that a live trigger has started. */
export function useLastStart(node: string) {
  const filing = useDocument((state) => state.filing);
  const query = { workflow: filing?.id, trigger: node, mode: 'webhook', limit: 1 };
  const found = useQuery({
    queryKey: ['last-start', filing?.id, node],
    enabled: filing?.active === true,
    refetchInterval: EVERY,
    queryFn: async () => (await take(client.GET('/api/executions', { params: { query } }))).data,
  });
  return found.data?.[0];
}

/** The requests that came while somebody listened, the latest first. */
export function useCaptures(node: string) {
  const id = useDocument((state) => state.filing?.id);
  const listening = useRun((run) => run.listeningUntil !== null);
  const all = useQuery({
    queryKey: ['captures', id],
    enabled: id !== undefined,
    refetchInterval: listening ? 1_000 : false,
    queryFn: async () =>
      (await take(client.GET('/api/webhooks/{id}/captures', { params: { path: { id: id ?? '' } } }))).data,
  });
  return all.data?.filter((capture) => capture.node === node) ?? [];
}
