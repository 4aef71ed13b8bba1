/** A workflow that runs without any credential and shows the main ideas: an answer, a decision, data that flows. */
import { t } from '@/lib/i18n';

export function example(): object {
  const path = `hello-${crypto.randomUUID().slice(0, 8)}`;
  return {
    name: t('pages.example_name'),
    nodes: [
      {
        id: 'call',
        name: 'Webhook',
        type: 'webhook.trigger',
        params: { path, methods: ['GET', 'POST'], respond: { mode: 'last_node', returns: 'first' } },
        position: [0, 96],
      },
      {
        id: 'known',
        name: t('pages.example_if'),
        type: 'flow.if',
        params: { conditions: { combine: 'all', list: [{ left: { $: 'json.query.name' }, op: 'not_empty' }] } },
        position: [336, 96],
      },
      {
        id: 'greet',
        name: t('pages.example_greet'),
        type: 'data.set',
        params: {
          mode: 'only',
          fields: [{ name: 'text', value: { $t: t('pages.example_hello', { name: '{{ json.query.name }}' }) } }],
        },
        position: [672, 0],
      },
      {
        id: 'ask',
        name: t('pages.example_ask'),
        type: 'data.set',
        params: { mode: 'only', fields: [{ name: 'text', value: t('pages.example_who') }] },
        position: [672, 192],
      },
    ],
    connections: [
      { from: 'call', to: 'known' },
      { from: 'known', output: 'true', to: 'greet' },
      { from: 'known', output: 'false', to: 'ask' },
    ],
    notes: [
      { id: 'note', text: t('pages.example_note', { path }), color: 'sky', position: [0, -140], size: [312, 160] },
    ],
  };
}
