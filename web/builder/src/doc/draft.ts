/** A copy of unsaved work in this browser (IndexedDB), so that a crash or a dead server costs nothing. */
import { TAB } from '@/lib/api';
import type { Doc } from './model';
import { useDocument } from './store';
import { together } from './together';

export interface Draft {
  /** Of the workflow and the tab: two tabs do not overwrite each other's. */
  key: string;
  workflow: string;
  tab: string;
  /** What the server had when the draft was made. */
  base: Doc;
  doc: Doc;
  at: number;
}

const EVERY_MS = 1_000;
const lockOf = (tab: string) => `a8n.tab.${tab}`;
const keyOf = (workflow: string) => `${workflow}/${TAB}`;

function database(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('a8n.drafts', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('drafts', { keyPath: 'key' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function store<T>(mode: IDBTransactionMode, act: (drafts: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await database();
  return new Promise<T>((resolve, reject) => {
    const transaction = db.transaction('drafts', mode);
    const request = act(transaction.objectStore('drafts'));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  }).finally(() => db.close());
}

// Some browsers refuse IndexedDB in private windows: then there is no draft, and saving goes on without.

/** The latest draft of a workflow that was not saved and that no open tab is at work on. */
export async function draftOf(workflow: string): Promise<Draft | undefined> {
  const all = await store<Draft[]>('readonly', (drafts) => drafts.getAll()).catch(() => []);
  const open = await openTabs();
  return all
    .filter((draft) => draft.workflow === workflow && (draft.tab === TAB || !open.has(draft.tab)))
    .sort((a, b) => b.at - a.at)[0];
}

/** Tabs hold a lock as long as they live; without HTTPS there are no locks, and no tab is known to be open. */
async function openTabs(): Promise<Set<string>> {
  const { held = [] } = (await navigator.locks?.query().catch(() => undefined)) ?? {};
  return new Set(held.flatMap(({ name }) => (name?.startsWith(lockOf('')) ? name.slice(lockOf('').length) : [])));
}

let holding = false;

function hold(): void {
  if (holding || !navigator.locks) return;
  holding = true;
  void navigator.locks.request(lockOf(TAB), () => new Promise(() => undefined));
}

/** Drop this tab's draft of a workflow, or another one by its key. */
export async function forget(workflow: string, key = keyOf(workflow)): Promise<void> {
  await store('readwrite', (drafts) => drafts.delete(key)).catch(() => undefined);
}

async function keep(workflow: string, base: Doc, doc: Doc): Promise<void> {
  const draft: Draft = { key: keyOf(workflow), workflow, tab: TAB, base, doc, at: Date.now() };
  await store('readwrite', (drafts) => drafts.put(draft)).catch(() => undefined);
}

/** Keep a copy while there is unsaved work, at most once a second. Gives the way to stop. */
export function startKeeping(): () => void {
  hold();
  let timer: ReturnType<typeof setTimeout> | null = null;
  let kept = false;
  const write = () => {
    if (timer) clearTimeout(timer);
    timer = null;
    const { filing, doc, saved, save } = useDocument.getState();
    if (!filing || save.kind === 'saved') return;
    kept = true;
    void keep(filing.id, saved, doc);
  };
  const unsubscribe = useDocument.subscribe(({ filing, save, doc }, before) => {
    if (!filing || filing.id !== before.filing?.id) return;
    if (save.kind === 'saved') {
      if (before.save.kind === 'saved') return;
      if (timer) clearTimeout(timer);
      timer = null;
      if (kept) void forget(filing.id);
      kept = false;
    } else if (doc !== before.doc) timer ??= setTimeout(write, EVERY_MS);
  });
  window.addEventListener('pagehide', write);
  return () => {
    unsubscribe();
    window.removeEventListener('pagehide', write);
    write();
  };
}

/** Put a draft into the open document, together with what the server has got since: one step that can be undone. */
export async function restore(draft: Draft): Promise<void> {
  useDocument.getState().change('doc.step_restore', (doc) => together(draft.base, draft.doc, doc).doc);
  const { filing, saved, doc } = useDocument.getState();
  // The copy under this tab's own key is there before the old one goes.
  if (filing?.id === draft.workflow) await keep(filing.id, saved, doc);
  if (draft.key !== keyOf(draft.workflow)) await forget(draft.workflow, draft.key);
}
