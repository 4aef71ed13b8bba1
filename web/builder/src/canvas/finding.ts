/** Searching a workflow: names, types, parameter values, settings' notes and notes. */
import type { Catalogue } from '@/catalogue/types';
import type { Doc, Json } from '@/doc/model';
import { stepNumbers } from './graph';

export interface Found {
  id: string;
  /** What is shown of it: its name, or the first line of a note. */
  title: string;
  /** Where it was found, when not in the name: `url`, and the text around it. */
  field: string;
  excerpt: string;
}

const AROUND = 24;

export function find(doc: Doc, catalogue: Catalogue, query: string): Found[] {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return [];
  const steps = stepNumbers(doc);
  const nodes = Object.values(doc.nodes).sort((a, b) => (steps.get(a.id) ?? 0) - (steps.get(b.id) ?? 0));
  const found: Found[] = [];
  for (const node of nodes) {
    const hit = inNode(
      wanted,
      node.name,
      `${catalogue[node.type]?.title ?? ''} ${node.type}`,
      node.params,
      node.settings.notes,
    );
    if (hit) found.push({ id: node.id, title: node.name, ...hit });
  }
  for (const note of Object.values(doc.notes)) {
    const excerpt = around(note.text, wanted);
    if (excerpt)
      found.push({ id: note.id, title: note.text.split('\n', 1)[0]?.replace(/^[#\s]+/, '') ?? '', field: '', excerpt });
  }
  return found;
}

function inNode(
  wanted: string,
  name: string,
  type: string,
  params: Json,
  notes: string,
): Pick<Found, 'field' | 'excerpt'> | null {
  if (name.toLowerCase().includes(wanted)) return { field: '', excerpt: '' };
  if (type.toLowerCase().includes(wanted)) return { field: '', excerpt: type.trim() };
  const note = around(notes, wanted);
  return note ? { field: '', excerpt: note } : inValue(wanted, params, '');
}

function inValue(wanted: string, value: Json, path: string): Pick<Found, 'field' | 'excerpt'> | null {
  if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value)) {
      const hit = inValue(wanted, part, key.startsWith('$') ? path : path ? `${path}.${key}` : key);
      if (hit) return hit;
    }
    return null;
  }
  const excerpt = around(String(value), wanted);
  return excerpt ? { field: path, excerpt } : null;
}

function around(text: string, wanted: string): string {
  const at = text.toLowerCase().indexOf(wanted);
  if (at < 0) return '';
  const [start, end] = [Math.max(0, at - AROUND), Math.min(text.length, at + wanted.length + AROUND)];
  const cut = text.slice(start, end).replace(/\s+/g, ' ');
  return `${start > 0 ? '…' : ''}${cut}${end < text.length ? '…' : ''}`;
}
