/** A copy of unsaved work in this browser (IndexedDB), so that a crash or a dead server costs nothing. */
import { merge } from './merge';
import type { Doc } from './model';
import { sound } from './save';
import { useDocument } from './store';

export interface Draft {
  /** Of the workflow. */
  id: string;
  /** What the server had when the draft was made. */
  base: Doc;
  doc: Doc;
  at: number;
}

const EVERY_MS = 1_000;

function database(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('a8n', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('drafts', { keyPath: 'id' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function store<T>(mode: IDBTransactionMode, act: (drafts: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await database();
  return new Promise((resolve, reject) => {
    const request = act(db.transaction('drafts', mode).objectStore('drafts'));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  }).finally(() => db.close()) as Promise<T>;
}

/** The draft of a workflow that was not saved, if there is one. */
export async function draftOf(id: string): Promise<Draft | undefined> {
  // Some browsers refuse IndexedDB in private windows: then there is no draft, and saving goes on without.
  return store<Draft | undefined>('readonly', (drafts) => drafts.get(id)).catch(() => undefined);
}

export async function forget(id: string): Promise<void> {
  await store('readwrite', (drafts) => drafts.delete(id)).catch(() => undefined);
}

async function keep(draft: Draft): Promise<void> {
  await store('readwrite', (drafts) => drafts.put(draft)).catch(() => undefined);
}

/** Keep a copy while there is unsaved work, at most once a second. Gives the way to stop. */
export function startKeeping(): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let kept = false;
  const write = () => {
    timer = null;
    const { filing, doc, saved, save } = useDocument.getState();
    if (!filing || save.kind === 'saved') return;
    kept = true;
    void keep({ id: filing.id, base: saved, doc, at: Date.now() });
  };
  const unsubscribe = useDocument.subscribe(({ filing, save, doc }, before) => {
    if (!filing || filing.id !== before.filing?.id) return;
    if (save.kind === 'saved' && before.save.kind !== 'saved') {
      if (kept || timer) void forget(filing.id);
      kept = false;
    } else if (doc !== before.doc && save.kind !== 'saved') timer ??= setTimeout(write, EVERY_MS);
  });
  window.addEventListener('pagehide', write);
  return () => {
    unsubscribe();
    window.removeEventListener('pagehide', write);
    if (timer) clearTimeout(timer);
    write();
  };
}

/** Put a draft into the open document, together with what the server has got since. */
export function restore(draft: Draft): void {
  useDocument.getState().change('doc.step_restore', (doc) => sound(merge(draft.base, draft.doc, doc)));
}
