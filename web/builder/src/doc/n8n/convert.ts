/** A workflow of n8n, or a part of one, in the form of a8n. What has no counterpart stays, as a node to be replaced. */
import * as v from 'valibot';
import { t } from '@/lib/i18n';
import type { Part } from '../clipboard';
import { type Connection, type Json, type Node, type NodeSettings, type Note, type Params, SETTINGS } from '../model';
import { converted } from './expressions';
import { COUNTERPARTS, type Counterpart, object, type Source, word } from './types';

const json = v.custom<Json>(() => true);
const node = v.looseObject({
  name: v.pipe(v.string(), v.nonEmpty()),
  type: v.pipe(v.string(), v.nonEmpty()),
  typeVersion: v.optional(v.number(), 1),
  parameters: v.optional(v.record(v.string(), json), {}),
  position: v.optional(
    v.union([v.tuple([v.number(), v.number()]), v.object({ x: v.number(), y: v.number() })]),
    [0, 0],
  ),
});
const target = v.object({
  node: v.string(),
  type: v.optional(v.string(), 'main'),
  index: v.optional(v.number(), 0),
});
const workflow = v.object({
  nodes: v.array(node),
  connections: v.optional(v.record(v.string(), v.record(v.string(), v.array(v.nullable(v.array(target))))), {}),
  pinData: v.optional(v.record(v.string(), v.array(json)), {}),
});
type Foreign = v.InferOutput<typeof node>;

const STICKY = /\.stickyNote$/;
const COLORS = ['lemon', 'lemon', 'lemon', 'rose', 'mint', 'sky', 'lilac', 'lemon'] as const;

/** Wires are an object by node names in n8n, and its nodes have `parameters`. */
export function looksLikeN8n(value: unknown): value is v.InferInput<typeof workflow> {
  if (!v.is(workflow, value)) return false;
  return value.nodes.some((each) => 'parameters' in each) && value.nodes.every((each) => !('params' in each));
}

export function fromN8n(value: unknown): { part: Part; problems: string[] } {
  const { nodes, connections, pinData } = v.parse(workflow, value);
  const problems: string[] = [];
  const part: Part = { nodes: [], connections: [], notes: [], pins: {} };
  const made = new Map<string, { id: string; outputs: string[]; inputs: string[]; source: Foreign }>();
  nodes.forEach((source, i) => {
    if (STICKY.test(source.type)) {
      part.notes.push(sticky(source, `note_${i}`));
      return;
    }
    const id = `node_${i}`;
    const found = translated(source, id, problems);
    part.nodes.push(found.node);
    made.set(source.name, { id, outputs: found.outputs, inputs: found.inputs, source });
    const pinned = pinData[source.name];
    if (pinned) part.pins[id] = { [found.outputs[0] ?? 'main']: pinned.map((item) => object(item).json ?? item) };
  });
  for (const [name, kinds] of Object.entries(connections)) {
    const from = made.get(name);
    if (!from) continue;
    for (const [kind, outputs] of Object.entries(kinds)) {
      outputs.forEach((targets, index) => {
        for (const end of targets ?? []) {
          const to = made.get(end.node);
          if (to) part.connections.push(wire(from, kind, index, to, end));
        }
      });
    }
  }
  return { part, problems };
}

interface End {
  id: string;
  outputs: string[];
  inputs: string[];
  source: Foreign;
}

function wire(from: End, kind: string, index: number, to: End, end: v.InferOutput<typeof target>): Connection {
  // Wires to models, memories and tools have no like here; under their own name they stay visible, and a problem.
  if (kind !== 'main') return { from: from.id, output: kind, to: to.id, input: end.type };
  const failing = from.source.onError === 'continueErrorOutput' && index === from.outputs.length;
  const output = failing ? 'error' : (from.outputs[index] ?? `output_${index}`);
  return { from: from.id, output, to: to.id, input: to.inputs[end.index] ?? 'main' };
}

function translated(
  source: Foreign,
  id: string,
  problems: string[],
): { node: Node; outputs: string[]; inputs: string[] } {
  const kind = source.type.slice(source.type.lastIndexOf('.') + 1);
  const known: Counterpart | undefined =
    source.type.startsWith('n8n-nodes-base.') && Object.hasOwn(COUNTERPARTS, kind) ? COUNTERPARTS[kind] : undefined;
  const name = [...source.name].slice(0, 200).join('');
  const doubts: string[] = [];
  const parameters = known ? object(converted(source.parameters, '', doubts)) : source.parameters;
  const given: Source = { parameters, typeVersion: source.typeVersion };
  if (!known) problems.push(t('doc.paste_unknown', { name, type: source.type }));
  if (Object.keys(object(credentialsOf(source))).length > 0) problems.push(t('doc.paste_credential', { name }));
  if (doubts.length > 0) problems.push(t('doc.paste_expression', { name, fields: doubts.join(', ') }));
  return {
    node: {
      id,
      name,
      type: known?.type ?? source.type.slice(0, 200),
      version: known ? 1 : Math.max(1, Math.floor(source.typeVersion)),
      params: known?.params(given) ?? parameters,
      settings: settings(source),
      position: place(source),
    },
    outputs: known?.outputs?.(given) ?? ['main'],
    inputs: known?.inputs ?? ['main'],
  };
}

function credentialsOf(source: Foreign): Json | undefined {
  return v.is(v.record(v.string(), json), source.credentials) ? source.credentials : undefined;
}

/** n8n's cards are narrower than ours. */
const SPREAD = 1.5;

function place({ position }: Foreign): readonly [number, number] {
  const [x, y] = Array.isArray(position) ? position : [position.x, position.y];
  return [Math.round(x * SPREAD), y];
}

function settings(source: Foreign): NodeSettings {
  const attempts = source.retryOnFail === true ? number(source.maxTries, 3) : 1;
  const on_error =
    source.onError === 'continueErrorOutput'
      ? 'output'
      : source.onError === 'continueRegularOutput' || source.continueOnFail === true
        ? 'continue'
        : 'stop';
  return {
    ...SETTINGS,
    retry: {
      ...SETTINGS.retry,
      attempts,
      ...(attempts > 1 ? { backoff: 'constant', delay: number(source.waitBetweenTries, 1000) / 1000 } : {}),
    },
    on_error,
    disabled: source.disabled === true,
    once: source.executeOnce === true,
    always_output: source.alwaysOutputData === true,
    notes: typeof source.notes === 'string' ? source.notes.slice(0, 10_000) : '',
  };
}

function number(value: unknown, otherwise: number): number {
  return typeof value === 'number' && value > 0 ? value : otherwise;
}

function sticky(source: Foreign, id: string): Note {
  const { content, color, width, height } = source.parameters satisfies Params;
  return {
    id,
    text: word(content).slice(0, 20_000),
    color: COLORS[number(color, 1)] ?? 'lemon',
    position: place(source),
    size: [number(width, 240), number(height, 160)],
  };
}
