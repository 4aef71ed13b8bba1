/** Pins: the output of a node kept in the document, so that test runs need not make it again. */
import { pin } from '@/doc/commands';
import type { Json } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { request, url } from '@/lib/api';
import { t } from '@/lib/i18n';
import { announce, toast } from '@/ui/Toast';
import { type Bag, isBag } from '../form/schema';
import { fetchPage, type Page } from './server';

/** Bytes: pins travel with every save. */
export const MOST = 1_048_576;

/** Pin these items at the ports of a node; says why where it is too much. */
export function pinItems(node: string, ports: Record<string, Json[]>): boolean {
  if (new Blob([JSON.stringify(ports)]).size > MOST) {
    toast(t('panel.pin_too_large'), 'error');
    return false;
  }
  const name = useDocument.getState().doc.nodes[node]?.name ?? node;
  useDocument.getState().change(t('panel.undo_pin', { node: name }), (doc) => pin(doc, node, ports));
  return true;
}

export function unpin(node: string): void {
  const name = useDocument.getState().doc.nodes[node]?.name ?? node;
  useDocument.getState().change(t('panel.undo_unpin', { node: name }), (doc) => pin(doc, node, null));
}

/** Pin what a node gave last, or unpin it. Says why where it cannot be. */
export async function togglePin(node: string): Promise<void> {
  const { pins, nodes } = useDocument.getState().doc;
  const name = nodes[node]?.name ?? node;
  if (node in pins) {
    unpin(node);
    return announce(t('panel.undo_unpin', { node: name }));
  }
  try {
    const page = await fetchPage(node, 'output', {}, 0, '');
    const ports = page.source === 'execution' ? await recordedPorts(node, page) : {};
    if (Object.keys(ports).length === 0) toast(t('panel.nothing_to_pin'));
    else if (pinItems(node, ports)) announce(t('panel.undo_pin', { node: name }));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    toast(error.message, 'error');
  }
}

/** The JSON of items as the API carries them: pins and runs take it without the files beside it. */
export function plainItems(items: readonly unknown[]): Bag[] {
  return items.map((item) => (isBag(item) && isBag(item.json) ? item.json : {}));
}

/** All that a recorded step gave, whole, by port. */
export async function recordedPorts(node: string, page: Page): Promise<Record<string, Json[]>> {
  const ports: Record<string, Json[]> = {};
  for (const port of page.ports.filter((each) => each.total > 0)) {
    const query = new URLSearchParams({ node, side: 'output', port: port.name, path: page.path.join('.') });
    const place = url(`api/executions/${encodeURIComponent(page.execution ?? '')}/items?${query}`);
    const response = await request(new Request(new URL(place, location.origin)));
    if (Number(response.headers.get('Content-Length') ?? 0) > 4 * MOST) throw new Error(t('panel.pin_too_large'));
    const items: Json = await response.json();
    ports[port.name] = Array.isArray(items) ? plainItems(items) : [];
  }
  return ports;
}
