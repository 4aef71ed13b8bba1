/** A node type for tests. */
import type { NodeType } from '@/catalogue/types';

export function type(more: Partial<NodeType>): NodeType {
  return {
    key: 'a.step',
    version: 1,
    title: 'Step',
    description: 'Does a step. And more.',
    group: 'data',
    kind: 'node',
    place: '',
    plugin: 'a8n_a',
    icon: '',
    subtitle: '',
    inputs: ['main'],
    outputs: ['main'],
    dynamic_outputs: false,
    effect: 'pure',
    batch: false,
    loop: false,
    params: {},
    output_schema: null,
    options: {},
    examples: [],
    ...more,
  };
}
