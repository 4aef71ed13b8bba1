/** What the palette offers: which types fit, in which order, under which headings. */
import type { Catalogue, NodeType } from '@/catalogue/types';
import type { Doc } from '@/doc/model';
import type { PaletteContext } from '@/editor/view';
import { ranked } from './rank';

const GROUPS = ['trigger', 'logic', 'data', 'app', 'database', 'ai', 'code', 'comms', 'files', 'utility'] as const;
export type Section = 'suggested' | 'recent' | 'found' | (typeof GROUPS)[number];

export interface Choice {
  key: string;
  type: NodeType;
  heading: Section;
}

export interface Request {
  catalogue: Catalogue;
  doc: Doc;
  context: PaletteContext;
  recent: readonly string[];
  query: string;
}

export function fits(type: NodeType, { from, to, edge, only, replace }: PaletteContext, doc: Doc): boolean {
  if (replace) {
    const wires = Object.values(doc.connections);
    const takes = wires.some((wire) => wire.to === replace);
    const gives = wires.some((wire) => wire.from === replace);
    if (type.key === doc.nodes[replace]?.type || (takes && type.inputs.length === 0)) return false;
    return !(gives && type.outputs.length === 0 && !type.dynamic_outputs);
  }
  if (only === 'trigger' && type.kind !== 'trigger' && type.inputs.length > 0) return false;
  if ((from || edge) && type.inputs.length === 0) return false;
  return !((to || edge) && type.outputs.length === 0 && !type.dynamic_outputs);
}

export function choices({ catalogue, doc, context, recent, query }: Request): Choice[] {
  const types = Object.values(catalogue).filter((type) => fits(type, context, doc));
  if (query.trim()) return ranked(query, types).map((type) => ({ key: type.key, type, heading: 'found' }));
  const taken = new Set<string>();
  const section = (heading: Section, list: readonly (NodeType | undefined)[]): Choice[] =>
    list
      .filter((type) => type !== undefined)
      .filter((type) => fits(type, context, doc) && !taken.has(type.key))
      .map((type) => {
        taken.add(type.key);
        return { key: type.key, type, heading };
      });
  // A workflow that has begun needs another trigger rarely.
  const [trigger, ...others] = GROUPS;
  const order = Object.keys(doc.nodes).length > 0 ? [...others, trigger] : GROUPS;
  const byTitle = types.toSorted((a, b) => a.title.localeCompare(b.title));
  return [
    ...section(
      'suggested',
      followers(doc, context)
        .slice(0, 3)
        .map((key) => catalogue[key]),
    ),
    ...section(
      'recent',
      recent.slice(0, 4).map((key) => catalogue[key]),
    ),
    ...order.flatMap((group) =>
      section(
        group,
        byTitle.filter((type) => groupOf(type) === group),
      ),
    ),
  ];
}

function groupOf(type: NodeType): Section {
  if (type.inputs.length === 0) return 'trigger';
  return GROUPS.find((group) => group === type.group) ?? 'utility';
}

/** Types that follow the same type elsewhere in this workflow, most frequent first. */
function followers(doc: Doc, { from, edge }: PaletteContext): string[] {
  const source = from?.node ?? (edge ? doc.connections[edge]?.from : undefined);
  const type = source ? doc.nodes[source]?.type : undefined;
  const counts = new Map<string, number>();
  for (const wire of Object.values(doc.connections)) {
    const next = doc.nodes[wire.to]?.type;
    if (next && type && doc.nodes[wire.from]?.type === type) counts.set(next, (counts.get(next) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([key]) => key);
}
