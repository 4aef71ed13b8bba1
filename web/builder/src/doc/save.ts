/** Saving the draft: soon after each change, merged with what others saved, kept while the server is away. */
import { create } from 'zustand';
import { client, Problem } from '@/lib/api';
import { t } from '@/lib/i18n';
import { usePreferences } from '@/lib/preferences';
import { toast } from '@/ui/Toast';
import { credentialsOf, withoutForeign } from './credentials';
import { forget } from './draft';
import { type Conflict, equal, merge } from './merge';
import { type Doc, fromWire, toWire } from './model';
import { type SaveState, useDocument } from './store';
import { keyOfConflict, together } from './together';

const QUIET_MS = 1_000;
const LONGEST_MS = 5_000;
const BACK_OFF_MS = [1_000, 2_000, 5_000, 10_000, 20_000];

type Answer = Parameters<typeof fromWire>[0] & {
  id: string;
  revision: number;
  issues: { path: string; message: string }[];
  active: boolean;
  version: number | null;
  tags: string[];
  folder: string;
};

interface Pending {
  timer: ReturnType<typeof setTimeout> | null;
  /** When the first change since the last save was made. */
  since: number;
  running: Promise<void> | null;
  failures: number;
}

const pending: Pending = { timer: null, since: 0, running: null, failures: 0 };
const savedListeners = new Set<(revision: number) => void>();

interface Rival {
  /** What the server has, while somebody has to decide between it and the document. Nothing is saved meanwhile. */
  theirs: Answer | null;
  conflicts: readonly Conflict[];
}

const SETTLED: Rival = { theirs: null, conflicts: [] };

/** What both sides changed differently; empty while there is nothing to decide. */
export const useRival = create<Rival>(() => SETTLED);

/** Call back after each save. Gives the way to stop. */
export function onSaved(listener: (revision: number) => void): () => void {
  savedListeners.add(listener);
  return () => savedListeners.delete(listener);
}

/** Watch the document and save what changes. Gives the way to stop. */
export function startSaving(): () => void {
  useRival.setState(SETTLED);
  pending.failures = 0;
  const unsubscribe = useDocument.subscribe((now, before) => {
    if (now.doc === before.doc || now.filing?.id !== before.filing?.id) return;
    if (now.save.kind === 'dirty' && automatic()) schedule(QUIET_MS);
  });
  const atOnce = () => automatic() && dirty() && void save();
  const hidden = () => document.visibilityState === 'hidden' && atOnce();
  window.addEventListener('online', atOnce);
  // Who comes back finds unsaved what could not be saved before.
  if (automatic() && dirty()) schedule(QUIET_MS);
  document.addEventListener('visibilitychange', hidden);
  return () => {
    unsubscribe();
    window.removeEventListener('online', atOnce);
    document.removeEventListener('visibilitychange', hidden);
    cancel();
  };
}

function automatic(): boolean {
  return !usePreferences.getState().manualSave;
}

/** Whether the server does not have all of the document yet. */
export function dirty(): boolean {
  const { doc, saved, filing, readOnly } = useDocument.getState();
  return filing !== null && !readOnly && !equal(doc, saved);
}

function schedule(wait: number): void {
  const now = Date.now();
  if (pending.timer === null) pending.since = now;
  else clearTimeout(pending.timer);
  const latest = wait <= QUIET_MS ? pending.since + LONGEST_MS - now : wait;
  pending.timer = setTimeout(() => void save(), Math.max(0, Math.min(wait, latest)));
}

function cancel(): void {
  if (pending.timer !== null) clearTimeout(pending.timer);
  pending.timer = null;
}

/** Until no answer is on its way. */
export async function answered(): Promise<void> {
  while (pending.running) await pending.running;
}

/** Save now, and again what was changed meanwhile; does not throw, the document's save state tells. */
export async function save(): Promise<void> {
  cancel();
  await answered();
  if (useRival.getState().theirs) return;
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
  if (filing && state.kind !== 'saved') show({ kind: 'saved', at: Date.now() });
}

function show(state: SaveState): void {
  useDocument.setState({ save: state });
}

async function attempt(): Promise<void> {
  const { filing, doc, saved, revision } = useDocument.getState();
  if (!filing) return;
  show({ kind: 'saving' });
  try {
    const { data } = await client.PATCH('/api/workflows/{id}', {
      params: { path: { id: filing.id }, query: { lenient: true }, header: { 'If-Match': `"${revision}"` } },
      body: changedParts(saved, doc),
    });
    if (data) accepted(doc, data);
  } catch (error) {
    // Who left the workflow finds what was refused as a draft when it is opened again.
    if (useDocument.getState().filing?.id === filing.id) await refused(problemOf(error), revision);
  }
}

/** The parts of the document that differ, in the API's form. */
function changedParts(saved: Doc, doc: Doc): object {
  const before: Record<string, unknown> = { ...saved };
  const parts = toWire(doc);
  return Object.fromEntries(
    Object.entries(doc).flatMap(([key, part]) =>
      equal(part, before[key]) ? [] : [[key, parts[key as keyof typeof parts]]],
    ),
  );
}

/** The server has `sent`; what was changed since stays unsaved. */
function accepted(sent: Doc, answer: Answer): void {
  pending.failures = 0;
  const { doc, filing, revision } = useDocument.getState();
  if (filing?.id !== answer.id) {
    void forget(answer.id);
    return;
  }
  if (answer.revision > revision) {
    const kept = fromWire(answer);
    const same = equal(kept, sent);
    useDocument.setState({
      // What the server wrote differently (a default filled in) is taken in as well.
      doc: same ? doc : merge(sent, doc, kept),
      saved: same ? sent : kept,
      revision: answer.revision,
      issues: answer.issues,
      filing: { ...filing, ...known(answer) },
    });
  }
  for (const listener of savedListeners) listener(answer.revision);
  if (dirty()) {
    show({ kind: 'dirty' });
    if (automatic()) schedule(QUIET_MS);
    return;
  }
  settle();
  // Who left the editor while this was on its way has left a draft behind, too.
  void forget(answer.id);
}

function known({ active, version, tags, folder }: Answer): Pick<Answer, 'active' | 'version' | 'tags' | 'folder'> {
  return { active, version, tags, folder };
}

/** An answer that is none, such as the page of a proxy in between, says as little as a network that is away. */
function problemOf(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, String(error));
}

/** Deal with what was refused when `sent` was the newest revision known here. */
async function refused(problem: Problem, sent: number): Promise<void> {
  if (problem.status === 412) {
    if (!(await fetched(sent))) return;
    if (useDocument.getState().revision !== sent) schedule(0);
    else await refused(new Problem(0, problem.message), sent);
  } else if (problem.status === 401) {
    show({ kind: 'signed_out' });
  } else if (problem.offline || problem.status === 429 || problem.status > 500) {
    show({ kind: 'offline' });
    again();
  } else if (problem.status === 422 && stripForeign(problem)) {
    schedule(0);
  } else {
    const places = problem.errors.map((one) => `${one.path}: ${one.message}`);
    const message = problem.status === 404 ? t('doc.gone') : places.join('\n') || problem.message;
    show({ kind: 'refused', message });
    if (problem.status === 500) again();
  }
}

function again(): void {
  schedule(BACK_OFF_MS[Math.min(pending.failures++, BACK_OFF_MS.length - 1)] ?? 20_000);
}

/** Pasted from elsewhere, nodes may name credentials that are not here; the rest of the work must not wait for that. */
function stripForeign({ errors }: Problem): boolean {
  if (errors.length === 0 || errors.some((one) => one.code !== 'credential')) return false;
  const { doc, saved, change } = useDocument.getState();
  const nodes = errors.flatMap(({ path }) => path.split('.')[1] ?? []);
  const left = withoutForeign(doc, nodes, credentialsOf(saved));
  if (left === doc) return false;
  change('doc.step_credentials', () => left);
  toast(t('doc.credentials_taken_out', { count: new Set(nodes).size }));
  return true;
}

/** Take in what the server has now. False where somebody has to decide, or the server is away. */
export async function mergeNewest(): Promise<boolean> {
  await answered();
  return fetched();
}

async function fetched(sent?: number): Promise<boolean> {
  const { filing, revision } = useDocument.getState();
  if (!filing) return false;
  try {
    const { data } = await client.GET('/api/workflows/{id}', { params: { path: { id: filing.id } } });
    return data ? takeIn(data, sent) : false;
  } catch (error) {
    const problem = problemOf(error);
    if (problem.status !== 412 && useDocument.getState().filing?.id === filing.id) await refused(problem, revision);
    return false;
  }
}

/**
 * Bring an answer of the server together with what is unsaved here. False where somebody has to decide. `refused` is a
 * revision that the server does not know any more: restored from a backup, it has an older one, and that is taken.
 */
export function takeIn(answer: Answer, refused?: number): boolean {
  const { doc, saved, revision, filing } = useDocument.getState();
  const newest = useRival.getState().theirs?.revision ?? revision;
  const old = answer.revision <= newest && (answer.revision === newest || newest !== refused);
  if (filing?.id !== answer.id || old) return useRival.getState().theirs === null;
  const theirs = fromWire(answer);
  const met = together(saved, doc, theirs);
  if (met.conflicts.length > 0) {
    useRival.setState({ theirs: answer, conflicts: met.conflicts });
    show({ kind: 'conflict' });
    return false;
  }
  receive(met.doc, answer, met.moved);
  return true;
}

function receive(doc: Doc, answer: Answer, moved: ReadonlyMap<string, string>): void {
  useRival.setState(SETTLED);
  const { filing, receive: put } = useDocument.getState();
  if (!filing) return;
  put(doc, fromWire(answer), moved);
  useDocument.setState({
    revision: answer.revision,
    issues: answer.issues,
    filing: { ...filing, ...known(answer) },
  });
  show(dirty() ? { kind: 'dirty' } : { kind: 'saved', at: Date.now() });
}

/** Decide the conflicts: `picks` are the keys of those in which the other side's value is taken. Then save. */
export function decide(picks: ReadonlySet<string>): void {
  const { theirs, conflicts } = useRival.getState();
  const { doc, saved } = useDocument.getState();
  if (!theirs) return;
  const left = conflicts.map(keyOfConflict).filter((key) => !picks.has(key));
  const other = together(saved, doc, fromWire(theirs), new Set(left));
  const chosen = together(saved, doc, fromWire(theirs), picks);
  // The choice is a step of its own, so that undoing it brings back what was not chosen.
  receive(other.doc, theirs, other.moved);
  useDocument.getState().change('doc.step_merge', () => chosen.doc);
  schedule(0);
}

/** Resolves when nothing is unsaved. Raises where saving is not possible now: who runs or publishes needs the draft. */
export async function flush(): Promise<void> {
  await answered();
  // Once is enough, but for what was changed or merged meanwhile.
  for (let i = 0; i < 5 && dirty(); i++) {
    await save();
    if (useDocument.getState().save.kind !== 'dirty') break;
  }
  if (!dirty()) return;
  const { save: state } = useDocument.getState();
  if (state.kind === 'refused') throw new Problem(422, state.message);
  if (state.kind === 'conflict') throw new Problem(409, t('doc.flush_conflict'));
  if (state.kind === 'signed_out') throw new Problem(401, t('doc.session_over'));
  throw new Problem(0, t('common.offline_text'));
}
