/** The verbs of running: what starts an execution from the editor, and what stops it. */
import { queries } from '@/app';
import type { Catalogue } from '@/catalogue/types';
import type { Json } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { client, type FieldProblem, Problem, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { announce, toast } from '@/ui/Toast';
import { triggersOf, triggerTo } from './graph';
import { follow, leave, look, show } from './live';
import { saved } from './saving';
import { ended, useRun } from './store';

export type Items = { [key: string]: Json }[];

interface Order {
  trigger?: string;
  from?: string;
  to?: string;
  items?: Items;
  /** Take what this execution recorded before `from`. */
  execution?: string;
  pins?: Record<string, Record<string, Items>>;
}

/** Run the whole workflow, from one of its triggers. */
export function runAll(trigger?: string): Promise<void> {
  return start({ trigger });
}

/** Run a node and all before it. */
export function runTo(node: string): Promise<void> {
  return start({ to: node, trigger: leadingTo(node) });
}

/** Run one node alone, on what the nodes before it gave in the run that is shown; those that gave nothing run too. */
export function runStep(node: string): Promise<void> {
  return start({ from: node, to: node, trigger: leadingTo(node), execution: recorded() });
}

/** Run a node and all after it, on what the nodes before it gave. */
export function runFrom(node: string): Promise<void> {
  return start({ from: node, trigger: leadingTo(node), execution: recorded() });
}

/** Run with given items in place of what a trigger would bring. */
export function runWith(items: Items, trigger: string): Promise<void> {
  const { doc } = useDocument.getState();
  const port = catalogue()[doc.nodes[trigger]?.type ?? '']?.outputs[0] ?? 'main';
  // A pin of the trigger would win over the items.
  return start({ items, trigger, pins: doc.pins[trigger] ? { [trigger]: { [port]: items } } : undefined });
}

/** Stop the execution that is shown, and stop listening for a call. */
export async function stop(): Promise<void> {
  const { execution, status, listeningUntil } = useRun.getState();
  if (listeningUntil !== null) await stopListening();
  if (!execution || ended(status)) return;
  await attempt(async () => {
    await take(client.POST('/api/executions/{id}/cancel', { params: { path: { id: execution } } }));
    await look();
  });
}

/** Load a recorded execution into the editor. */
export async function load(execution: string): Promise<void> {
  await attempt(() => show(execution));
}

/** Forget the run that is shown. */
export function forget(): void {
  leave();
  useRun.getState().clear();
}

/** Why nothing can be run now, as a sentence; null where it can. */
export function obstacle(types: Catalogue): string | null {
  const { doc, readOnly, save } = useDocument.getState();
  if (readOnly) return t('run.cannot_read_only');
  if (save.kind === 'offline') return t('run.cannot_offline');
  if (save.kind === 'conflict') return t('run.cannot_conflict');
  if (Object.keys(doc.nodes).length === 0) return t('run.cannot_empty');
  if (Object.keys(types).length > 0 && triggersOf(doc, types).length === 0) return t('run.cannot_no_trigger');
  return null;
}

/** Whether an execution goes on, or is about to. */
export function running(): boolean {
  const { starting, execution, status } = useRun.getState();
  return starting || (execution !== null && status !== null && !ended(status));
}

function catalogue(): Catalogue {
  return queries.getQueryData<Catalogue>(['node-types']) ?? {};
}

function leadingTo(node: string): string | undefined {
  return triggerTo(useDocument.getState().doc, catalogue(), node, useRun.getState().trigger)?.id;
}

/** The run whose records may be taken over: the one that is shown, of this workflow. */
function recorded(): string | undefined {
  const { execution, workflow, status } = useRun.getState();
  return execution && ended(status) && workflow === useDocument.getState().filing?.id ? execution : undefined;
}

async function start(order: Order): Promise<void> {
  const { filing, readOnly } = useDocument.getState();
  if (!filing || readOnly || useRun.getState().starting) return;
  useRun.setState({ starting: true });
  await attempt(async () => {
    await saved();
    const { doc } = useDocument.getState();
    const accepted = await take(
      client.POST('/api/workflows/{id}/run', {
        params: { path: { id: filing.id } },
        body: { ...order, mode: 'async', version: 'draft' },
      }),
    );
    follow(accepted.execution_id, { workflow: filing.id, trigger: order.trigger ?? null, ran: doc });
    announce(t('run.said_started'));
    void queries.invalidateQueries({ queryKey: ['executions'] });
  });
  useRun.setState({ starting: false });
}

/** Do it; what the server refuses is shown where it belongs. */
async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    refused(error);
    return false;
  }
}

function refused(problem: Problem): void {
  const places = problem.errors.map((error) => ({ error, place: placeOf(error) }));
  const found = places.find(({ place }) => place !== null) ?? places[0];
  const text = problem.offline ? t('common.offline') : found?.error.message || problem.message;
  const place = found?.place;
  if (!place) {
    toast(text, 'error');
    return;
  }
  const name = useDocument.getState().doc.nodes[place.node]?.name ?? place.node;
  useView.getState().openNode(place.node, place.field);
  toast(t('run.refused_at', { name, message: text }), 'error');
}

/** The node and the field that a problem is about: `nodes.greet.params.url`. */
export function placeOf(problem: FieldProblem): { node: string; field: string | null } | null {
  const [head, node, ...field] = problem.path.split('.');
  if (head !== 'nodes' || !node || !(node in useDocument.getState().doc.nodes)) return null;
  return { node, field: field.join('.') || null };
}

/** Let the draft's webhooks answer for a while; the first call that comes is followed. */
export async function listen(): Promise<void> {
  const { filing } = useDocument.getState();
  if (!filing || useRun.getState().listeningUntil !== null) return;
  await attempt(async () => {
    await saved();
    const params = { path: { id: filing.id } };
    const since = await latest(filing.id);
    const answer = await take(client.POST('/api/webhooks/{id}/listen', { params }));
    if (answer.data.length === 0) return toast(t('run.listen_nothing'), 'error');
    useRun.setState({ listeningUntil: Date.now() + answer.seconds * 1000 });
    announce(t('run.said_listening'));
    void awaitCall(filing.id, since);
  });
}

export async function stopListening(): Promise<void> {
  const id = useDocument.getState().filing?.id;
  useRun.setState({ listeningUntil: null });
  if (id) await attempt(() => take(client.DELETE('/api/webhooks/{id}/listen', { params: { path: { id } } })));
}

const LOOK_MS = 1000;

/** The id of a workflow's newest execution. */
async function latest(workflow: string): Promise<string | undefined> {
  const page = await take(client.GET('/api/executions', { params: { query: { workflow, limit: 1 } } }));
  return page.data[0]?.id;
}

async function awaitCall(workflow: string, since: string | undefined): Promise<void> {
  const until = useRun.getState().listeningUntil;
  while (until !== null && useRun.getState().listeningUntil === until) {
    await new Promise((done) => setTimeout(done, LOOK_MS));
    if (useDocument.getState().filing?.id !== workflow) return useRun.setState({ listeningUntil: null });
    if (Date.now() > until) {
      useRun.setState({ listeningUntil: null });
      return toast(t('run.listen_over'));
    }
    const newest = await latest(workflow).catch(() => since);
    if (newest === undefined || newest === since || useRun.getState().listeningUntil !== until) continue;
    await load(newest);
    await stopListening();
  }
}

/** Run once more on the call that came last. */
export async function replayCall(): Promise<void> {
  const { filing, doc } = useDocument.getState();
  if (!filing) return;
  await attempt(async () => {
    const page = await take(client.GET('/api/webhooks/{id}/captures', { params: { path: { id: filing.id } } }));
    const last = page.data.find((capture) => capture.node in doc.nodes);
    if (!last) return toast(t('run.replay_nothing'));
    await runWith(last.items.map(jsonOf), last.node);
  });
}

/** The object in an item as the API gives it, beside its files. */
export function jsonOf(item: { [key: string]: unknown }): { [key: string]: Json } {
  const { json } = item;
  return isObject(json) ? json : {};
}

function isObject(value: unknown): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
