/** Workflows to begin with. None needs a credential, an account somewhere, or the internet, unless its text says so. */
import { Clock, Globe, type LucideIcon, Sparkles, Webhook } from 'lucide-react';
import { t } from '@/lib/i18n';

export interface Example {
  /** Of its texts: `pages.example_<key>`. */
  key: string;
  icon: LucideIcon;
  /** Colour of its tile. */
  tone: string;
  document: () => object;
}

interface Step {
  id: string;
  type: string;
  params: object;
  settings?: object;
  /** Column and row on the canvas. */
  at: readonly [number, number];
}

/** Distances of the canvas's own tidying, so that an example looks drawn by it. */
const [COLUMN, ROW] = [336, 128];

function drawn(key: string, steps: readonly Step[], wires: readonly string[], note?: readonly [number, number]) {
  return {
    name: t(`pages.example_${key}`),
    nodes: steps.map(({ id, type, params, settings = {}, at }) => ({
      id,
      name: t(`pages.step_${id}`),
      type,
      params,
      settings,
      position: [at[0] * COLUMN, at[1] * ROW],
    })),
    connections: wires.map((wire) => {
      const [from = '', output = '', to = ''] = wire.split(' ');
      return { from, output, to };
    }),
    notes: note
      ? [
          {
            id: 'about',
            text: t(`pages.example_${key}_note`),
            color: 'lemon',
            position: [note[0] * COLUMN, note[1] * ROW],
            size: [300, 128],
          },
        ]
      : [],
  };
}

/** What fails leaves by an output of its own. */
const CATCH = { on_error: 'output' };

const orders = (customers: readonly (readonly [string, string, number])[]) =>
  customers.map(([customer, country, total], i) => ({ order: 1001 + i, customer, country, total }));

const first: Example = {
  key: 'first',
  icon: Sparkles,
  tone: 'data',
  document: () =>
    drawn(
      'first',
      [
        {
          id: 'orders',
          type: 'manual.trigger',
          params: {
            items: orders([
              ['Ana', 'PT', 240],
              ['Ben', 'DE', 35],
              ['Chloé', 'FR', 120],
              ['Dai', 'JP', 18],
              ['Elif', 'TR', 410],
            ]),
          },
          at: [0, 0.5],
        },
        {
          id: 'large',
          type: 'flow.if',
          params: { conditions: { list: [{ left: { $: 'json.total' }, op: 'gte', right: 100 }] } },
          at: [1, 0.5],
        },
        {
          id: 'thank',
          type: 'data.set',
          params: {
            fields: [
              { name: 'message', value: { $t: 'Thank you, {{ json.customer }}! Order {{ json.order }} ships today.' } },
            ],
          },
          at: [2, 0],
        },
        {
          id: 'offer',
          type: 'data.set',
          params: {
            fields: [
              { name: 'message', value: { $t: '{{ json.customer }}, add {{ 100 - json.total }} for free shipping.' } },
            ],
          },
          at: [2, 1],
        },
      ],
      ['orders main large', 'large true thank', 'large false offer'],
      [0, -1],
    ),
};

/** A path of its own each time, since one path belongs to one workflow. */
const hook = () => ({
  path: `hello-${crypto.randomUUID().slice(0, 8)}`,
  respond: { mode: 'last_node', returns: 'first' },
});

const webhook: Example = {
  key: 'webhook',
  icon: Webhook,
  tone: 'trigger',
  document: () =>
    drawn(
      'webhook',
      [
        { id: 'hook', type: 'webhook.trigger', params: hook(), at: [0, 0] },
        {
          id: 'greet',
          type: 'data.set',
          params: { mode: 'only', fields: [{ name: 'text', value: { $t: 'Hello {{ json.body.name }}' } }] },
          at: [1, 0],
        },
      ],
      ['hook main greet'],
    ),
};

const report: Example = {
  key: 'report',
  icon: Clock,
  tone: 'data',
  document: () =>
    drawn(
      'report',
      [
        {
          id: 'monday',
          type: 'schedule.trigger',
          params: { rules: [{ kind: 'weekly', days: ['monday'], at: ['09:00'] }] },
          at: [0, 0],
        },
        {
          id: 'sales',
          type: 'data.set',
          params: {
            fields: [
              {
                name: 'sales',
                value: orders([
                  ['Ana', 'PT', 240],
                  ['Ben', 'DE', 35],
                  ['Chloé', 'FR', 120],
                  ['Jonas', 'DE', 90],
                ]),
              },
            ],
          },
          at: [1, 0],
        },
        { id: 'each', type: 'data.split_out', params: { field: 'sales' }, at: [2, 0] },
        {
          id: 'sum',
          type: 'data.summarize',
          params: { group_by: ['country'], figures: [{ op: 'sum', field: 'total', name: 'revenue' }] },
          at: [3, 0],
        },
        {
          id: 'largest',
          type: 'data.sort',
          params: { keys: [{ field: 'revenue', order: 'desc' }] },
          at: [4, 0],
        },
      ],
      ['monday main sales', 'sales main each', 'each main sum', 'sum main largest'],
    ),
};

const watch: Example = {
  key: 'watch',
  icon: Globe,
  tone: 'app',
  document: () =>
    drawn(
      'watch',
      [
        {
          id: 'often',
          type: 'schedule.trigger',
          params: { rules: [{ kind: 'interval', every: 15, unit: 'minutes' }] },
          at: [0, 0],
        },
        { id: 'ask', type: 'http.request', params: { url: 'https://example.com/' }, settings: CATCH, at: [1, 0] },
        {
          id: 'alarm',
          type: 'data.set',
          params: { fields: [{ name: 'text', value: 'The page does not answer.' }] },
          at: [2, 0],
        },
      ],
      ['often main ask', 'ask error alarm'],
    ),
};

export const EXAMPLES: readonly Example[] = [first, webhook, report, watch];
