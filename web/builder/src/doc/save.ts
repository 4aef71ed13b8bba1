/** Saving the draft: soon after each change, merged with what others saved, kept while the server is away. */
import { client, Problem } from '@/lib/api';
import { usePreferences } from '@/lib/preferences';
import { type Conflict, equal, merge } from './merge';
import { type Doc, fromWire, toWire } from './model';
import { useDocument } from './store';

const QUIET_MS = 1_000;
const LONGEST_MS = 5_000;
const BACK_OFF_MS = [1_000, 2_000, 5_000, 10_000, 20_000];

interface Pending {
  timer: ReturnType<typeof setTimeout> | null;
  /** When the first change since the last save was made. */
  since: number;
  running: Promise<void> | null;
  failures: number;
}

const pending: Pending = { timer: null, since: 0, running: null, failures: 0 };
const savedListeners = new Set<(revision: number) => void>();

/** Call back after each save. Gives the way to stop. */
export function onSaved(listener: (revision: number) => void): () => void {
  savedListeners.add(listener);
  return () => savedListeners.delete(listener);
}

/** Watch the document and save what changes. Gives the way to stop. */
export function startSaving(): () => void {
  const unsubscribe = useDocument.subscribe((now, before) => {
    if (now.doc !== before.doc && now.save.kind === 'dirty' && !usePreferences.getState().manualSave)
      schedule(QUIET_MS);
  });
  const online = () => dirty() && void save();
  window.addEventListener('online', online);
  return () => {
    unsubscribe();
    window.removeEventListener('online', online);
    cancel();
  };
}

function dirty(): boolean {
  const { doc, saved, filing, readOnly } = useDocument.getState();
  return filing !== null && !readOnly && !equal(doc, saved);
}

function schedule(wait: number): void {
  const now = Date.now();
  if (pending.timer === null) pending.since = now;
  else clearTimeout(pending.timer);
  const latest = pending.since + LONGEST_MS - now;
  pending.timer = setTimeout(() => void save(), Math.max(0, Math.min(wait, latest)));
}

function cancel(): void {
  if (pending.timer !== null) clearTimeout(pending.timer);
  pending.timer = null;
}

/** Save now, and again what was changed meanwhile; does not throw, the document's save state tells. */
export async function save(): Promise<void> {
  cancel();
  while (pending.running) await pending.running;
  if (!dirty()) {
    settle();
    return;
  }
  pending.running = attempt().finally(() => {
    pending.running = null;
  });
  await pending.running;
}

function settle(): void {
  const { save: state, filing } = useDocument.getState();
  if (filing && state.kind !== 'saved') useDocument.setState({ save: { kind: 'saved', at: Date.now() } });
}

async function attempt(): Promise<void> {
  const { filing, doc, saved, revision } = useDocument.getState();
  if (!filing) return;
  useDocument.setState({ save: { kind: 'saving' } });
  try {
    const { data } = await client.PATCH('/api/workflows/{id}', {
      params: { path: { id: filing.id }, query: { lenient: true }, header: { 'If-Match': `"${revision}"` } },
      body: changedParts(saved, doc),
    });
    if (data) accepted(doc, data);
  } catch (error) {
    await refused(error);
  }
}

/** The parts of the document that differ, in the API's form. */
function changedParts(saved: Doc, doc: Doc): object {
  const before = toWire(saved);
  return Object.fromEntries(
    Object.entries(toWire(doc)).filter(([key, part]) => !equal(part, before[key as keyof Doc])),
  );
}

type Answer = Parameters<typeof fromWire>[0] & {
  id: string;
  revision: number;
  issues: { path: string; message: string }[];
};

/** The server has `sent`; what was changed since stays unsaved. */
function accepted(sent: Doc, answer: Answer): void {
  pending.failures = 0;
  const { doc, filing } = useDocument.getState();
  if (filing?.id !== answer.id) return;
  const more = doc !== sent;
  useDocument.setState({
    saved: sent,
    revision: answer.revision,
    issues: answer.issues,
    save: more ? { kind: 'dirty' } : { kind: 'saved', at: Date.now() },
  });
  for (const listener of savedListeners) listener(answer.revision);
  if (more) schedule(QUIET_MS);
}

async function refused(error: unknown): Promise<void> {
  if (!(error instanceof Problem)) throw error;
  if (error.status === 412 || error.status === 409) {
    if (await mergeNewest()) schedule(0);
  } else if (error.offline || error.status >= 500 || error.status === 401 || error.status === 429) {
    useDocument.setState({ save: { kind: 'offline' } });
    schedule(BACK_OFF_MS[Math.min(pending.failures++, BACK_OFF_MS.length - 1)] ?? 20_000);
  } else {
    const places = error.errors.map((one) => `${one.path}: ${one.message}`);
    useDocument.setState({ save: { kind: 'refused', message: places.join('\n') || error.message } });
  }
}

/** What both sides changed differently; empty while there is nothing to decide. */
export let conflicts: readonly Conflict[] = [];

/** Take in what the server has now. False where somebody has to decide, or the server is away. */
export async function mergeNewest(): Promise<boolean> {
  const { filing } = useDocument.getState();
  if (!filing) return false;
  try {
    const { data } = await client.GET('/api/workflows/{id}', { params: { path: { id: filing.id } } });
    return data ? takeIn(data) : false;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    useDocument.setState({ save: { kind: 'offline' } });
    schedule(BACK_OFF_MS[Math.min(pending.failures++, BACK_OFF_MS.length - 1)] ?? 20_000);
    return false;
  }
}

function takeIn(answer: Answer): boolean {
  const { doc, saved, revision, filing } = useDocument.getState();
  if (filing?.id !== answer.id || answer.revision <= revision) return true;
  const theirs = fromWire(answer);
  const found: Conflict[] = [];
  const merged = sound(merge(saved, doc, theirs, found));
  conflicts = found;
  const { active, version, tags, folder } = answer as unknown as {
    active: boolean;
    version: number | null;
    tags: string[];
    folder: string;
  };
  const state = found.length > 0 ? 'conflict' : equal(merged, theirs) ? 'saved' : 'dirty';
  useDocument.setState({
    doc: merged,
    saved: theirs,
    revision: answer.revision,
    issues: answer.issues,
    filing: { ...filing, active, version, tags, folder },
    save: state === 'saved' ? { kind: 'saved', at: Date.now() } : { kind: state },
  });
  return found.length === 0;
}

/** A document without wires and pins of nodes that one side deleted. */
export function sound(doc: Doc): Doc {
  const wires = Object.entries(doc.connections).filter(([, wire]) => wire.from in doc.nodes && wire.to in doc.nodes);
  const pins = Object.entries(doc.pins).filter(([id]) => id in doc.nodes);
  const whole = wires.length === Object.keys(doc.connections).length && pins.length === Object.keys(doc.pins).length;
  return whole ? doc : { ...doc, connections: Object.fromEntries(wires), pins: Object.fromEntries(pins) };
}

/** Decide a conflict: for each, in order, whether the other side's value is taken. Then save. */
export function decide(theirs: readonly boolean[]): void {
  const { change } = useDocument.getState();
  const chosen = conflicts.filter((_, i) => theirs[i]);
  conflicts = [];
  useDocument.setState({ save: { kind: 'dirty' } });
  change('doc.step_merge', (doc) => sound(chosen.reduce((result, one) => put(result, one.path, one.theirs), doc)));
  schedule(0);
}

function put(doc: Doc, path: readonly string[], value: unknown): Doc {
  return placed(doc, path, value) as Doc;
}

function placed(target: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const object = { ...(target as Record<string, unknown> | undefined) };
  const part = placed(object[key], rest, value);
  if (part === undefined) delete object[key];
  else object[key] = part;
  return object;
}

/** Resolves when nothing is unsaved. Raises where saving is not possible now: who runs or publishes needs the draft. */
export async function flush(): Promise<void> {
  for (let i = 0; i < 5 && dirty(); i++) await save();
  const { save: state } = useDocument.getState();
  if (dirty()) throw new Problem(0, state.kind === 'refused' ? state.message : 'unsaved');
}
