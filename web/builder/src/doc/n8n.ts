/** n8n's workflow JSON, converted where there is a counterpart; the rest is kept as a labelled placeholder. */
import { t } from '@/lib/i18n';
import type { Json, Params } from './model';

interface N8nNode {
  name: string;
  type: string;
  parameters?: Params;
  position?: [number, number];
  disabled?: boolean;
  notes?: string;
}

interface N8nWorkflow {
  name?: string;
  nodes: N8nNode[];
  connections: Record<string, Record<string, ({ node: string; index: number }[] | null)[]>>;
}

interface Counterpart {
  type: string;
  /** Output ports in n8n's order; `main` alone where absent. */
  outputs?: readonly string[];
  params?: (params: Params) => Params;
}

const COUNTERPARTS: Readonly<Record<string, Counterpart>> = {
  'n8n-nodes-base.manualTrigger': { type: 'manual.trigger' },
  'n8n-nodes-base.webhook': { type: 'webhook.trigger', params: webhook },
  'n8n-nodes-base.scheduleTrigger': { type: 'schedule.trigger' },
  'n8n-nodes-base.set': { type: 'data.set', params: assignments },
  'n8n-nodes-base.if': { type: 'flow.if', outputs: ['true', 'false'] },
  'n8n-nodes-base.filter': { type: 'flow.filter', outputs: ['true', 'false'] },
  'n8n-nodes-base.httpRequest': { type: 'http.request', params: request },
  'n8n-nodes-base.noOp': { type: 'flow.noop' },
  'n8n-nodes-base.merge': { type: 'flow.merge' },
  'n8n-nodes-base.splitInBatches': { type: 'flow.loop', outputs: ['done', 'loop'] },
  'n8n-nodes-base.limit': { type: 'data.limit' },
  'n8n-nodes-base.sort': { type: 'data.sort' },
  'n8n-nodes-base.respondToWebhook': { type: 'webhook.respond' },
};
const NOTE = 'n8n-nodes-base.stickyNote';

export function looksLikeN8n(data: unknown): data is N8nWorkflow {
  if (typeof data !== 'object' || data === null || !('nodes' in data) || !('connections' in data)) return false;
  const { nodes, connections } = data;
  if (!Array.isArray(nodes) || typeof connections !== 'object' || connections === null || Array.isArray(connections))
    return false;
  return nodes.every(
    (node) =>
      typeof node === 'object' && node !== null && typeof node.type === 'string' && typeof node.name === 'string',
  );
}

/** The parts of one of our documents, and what has no counterpart here or has to be looked over. */
export function fromN8n(source: N8nWorkflow): { part: unknown; problems: string[] } {
  const steps = source.nodes.filter((node) => node.type !== NOTE);
  const ids = new Map(steps.map((node, i) => [node.name, `n${i}`]));
  const problems = steps
    .filter((node) => !(node.type in COUNTERPARTS))
    .map((node) => t('doc.paste_unknown', { name: node.name, type: node.type }));
  const nodes = steps.map((node) => {
    const known = COUNTERPARTS[node.type];
    const params = known ? (known.params?.(node.parameters ?? {}) ?? {}) : converted(node.parameters ?? {});
    return {
      id: ids.get(node.name) ?? node.name,
      name: node.name,
      type: known?.type ?? node.type,
      params,
      settings: { disabled: node.disabled ?? false, notes: node.notes ?? '' },
      position: (node.position ?? [0, 0]).map((at) => at * 1.4),
    };
  });
  const notes = source.nodes
    .filter((node) => node.type === NOTE)
    .map((node, i) => ({
      id: `note${i}`,
      text: String(node.parameters?.content ?? ''),
      position: (node.position ?? [0, 0]).map((at) => at * 1.4),
    }));
  return { part: { nodes, notes, connections: wires(source, ids) }, problems };
}

function wires(source: N8nWorkflow, ids: ReadonlyMap<string, string>): object[] {
  const types = new Map(source.nodes.map((node) => [node.name, node.type]));
  return Object.entries(source.connections).flatMap(([name, kinds]) =>
    (kinds.main ?? []).flatMap((targets, output) =>
      (targets ?? []).map(({ node }) => ({
        from: ids.get(name) ?? '',
        output: COUNTERPARTS[types.get(name) ?? '']?.outputs?.[output] ?? (output === 0 ? 'main' : `output_${output}`),
        to: ids.get(node) ?? '',
        input: 'main',
      })),
    ),
  );
}

/** n8n marks expressions by a leading `=` and names data `$json`; simple ones are ours as well. */
function converted<T extends Json>(value: T): Json {
  if (Array.isArray(value)) return value.map(converted);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, converted(part)]));
  if (typeof value !== 'string' || !value.startsWith('=')) return value;
  const text = value
    .slice(1)
    .replace(/\$json\b/g, 'json')
    .replace(/\$\('([^']*)'\)\.item\.json/g, 'node("$1").item.json');
  const alone = /^\{\{((?:(?!\}\}).)*)\}\}$/s.exec(text);
  return alone ? { $: (alone[1] ?? '').trim() } : { $t: text };
}

function webhook(params: Params): Params {
  const modes: Record<string, Json> = { lastNode: { mode: 'last_node' }, responseNode: { mode: 'respond_node' } };
  return {
    path: String(params.path ?? ''),
    methods: [String(params.httpMethod ?? 'GET')],
    respond: modes[String(params.responseMode)] ?? { mode: 'immediately' },
  };
}

function assignments(params: Params): Params {
  const holder = params.assignments;
  const list = typeof holder === 'object' && holder !== null && !Array.isArray(holder) ? holder.assignments : undefined;
  if (!Array.isArray(list)) return {};
  const fields = list.flatMap((one) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? [{ name: String(one.name ?? ''), value: converted(one.value ?? null) }]
      : [],
  );
  return { fields };
}

function request(params: Params): Params {
  return { method: String(params.method ?? 'GET'), url: converted(params.url ?? '') };
}
