/** The open document: every change goes through `change`, so that undo, saving and merging see all of them. */
import { create } from 'zustand';
import type { FieldProblem } from '@/lib/api';
import { merge } from './merge';
import { type Doc, EMPTY } from './model';
import { renameNode } from './rename';
import { sound, withIds } from './together';

/** One undoable step: the document before and after. Equal parts are shared, so steps are cheap. */
export interface Step {
  label: string;
  before: Doc;
  after: Doc;
  /** Steps of one key within `MERGE_MS` become one: a burst of typing is one step. */
  group: string | null;
  at: number;
}

export type SaveState =
  | { kind: 'saved'; at: number }
  | { kind: 'dirty' }
  | { kind: 'saving' }
  | { kind: 'offline' }
  | { kind: 'signed_out' }
  | { kind: 'conflict' }
  | { kind: 'refused'; message: string };

/** What the server knows of the workflow beside its document. */
export interface Filing {
  id: string;
  project: string;
  active: boolean;
  /** The published version, or null. */
  version: number | null;
  tags: string[];
  folder: string;
}

interface DocumentState {
  filing: Filing | null;
  /** Revision of the draft that `saved` is. */
  revision: number;
  doc: Doc;
  /** What the server has. */
  saved: Doc;
  past: Step[];
  future: Step[];
  issues: FieldProblem[];
  save: SaveState;
  /** Nodes and notes that got another id when changes met: old id to new one. */
  moved: ReadonlyMap<string, string>;
  /** Looking at an execution or a version: nothing can be changed. */
  readOnly: boolean;
  /** Change the document by a pure function. Nothing happens where it gives the same document back. */
  change: (label: string, fn: (doc: Doc) => Doc, group?: string) => void;
  undo: () => Step | null;
  redo: () => Step | null;
  /** Show what the server has; what was undoable is forgotten. */
  open: (filing: Filing, doc: Doc, revision: number, issues: FieldProblem[]) => void;
  /** Take in what others saved: `doc` holds it and what is unsaved here. What was undoable stays so. */
  receive: (doc: Doc, saved: Doc, moved: ReadonlyMap<string, string>) => void;
}

const MERGE_MS = 800;
const STEPS = 200;
const NONE: ReadonlyMap<string, string> = new Map();

/** An open conflict stays one until it is decided, and who is signed out until they sign in, whatever is changed. */
function unsaved(save: SaveState): SaveState {
  return save.kind === 'conflict' || save.kind === 'signed_out' ? save : { kind: 'dirty' };
}

export const useDocument = create<DocumentState>((set, get) => ({
  filing: null,
  revision: 0,
  doc: EMPTY,
  saved: EMPTY,
  past: [],
  future: [],
  issues: [],
  save: { kind: 'saved', at: 0 },
  moved: NONE,
  readOnly: false,

  change: (label, fn, group) => {
    const { doc, past, save, readOnly } = get();
    if (readOnly) return;
    const after = fn(doc);
    if (after === doc) return;
    const last = past.at(-1);
    const at = Date.now();
    const joins = group !== undefined && last?.group === group && at - last.at < MERGE_MS;
    const step: Step = { label, before: joins ? last.before : doc, after, group: group ?? null, at };
    const kept = joins ? past.slice(0, -1) : past.slice(-(STEPS - 1));
    set({ doc: after, past: [...kept, step], future: [], save: unsaved(save) });
  },

  undo: () => {
    const { past, future, doc, save, readOnly } = get();
    const step = past.at(-1);
    if (!step || readOnly) return null;
    // Merging, not replacing: what others changed since the step stays.
    const before = sound(merge(step.after, doc, step.before));
    set({ doc: before, past: past.slice(0, -1), future: [...future, step], save: unsaved(save) });
    return step;
  },

  redo: () => {
    const { past, future, doc, save, readOnly } = get();
    const step = future.at(-1);
    if (!step || readOnly) return null;
    const after = sound(merge(step.before, doc, step.after));
    set({
      doc: after,
      past: [...past, { ...step, group: null }],
      future: future.slice(0, -1),
      save: unsaved(save),
    });
    return step;
  },

  open: (filing, doc, revision, issues) =>
    set({
      filing,
      doc,
      saved: doc,
      revision,
      issues,
      past: [],
      future: [],
      save: { kind: 'saved', at: Date.now() },
      moved: NONE,
      readOnly: false,
    }),

  receive: (doc, saved, moved) => {
    const { past, future, doc: before } = get();
    const follow = followers(withIds(before, moved), doc, saved);
    const met = (each: Doc) => follow(withIds(each, moved));
    // A burst of typing ends here: one that went on would hold the others' changes in its step, and undo them.
    const settled = (step: Step): Step => ({
      ...step,
      before: met(step.before),
      after: met(step.after),
      group: null,
    });
    set({ doc, saved, moved, past: past.map(settled), future: future.map(settled) });
  },
}));

/** Nodes of mine may have got another name; the steps have to know them by it, or undoing would not find them. */
function followers(mine: Doc, met: Doc, theirs: Doc): (doc: Doc) => Doc {
  const renamed = Object.values(mine.nodes).flatMap(({ id, name }) => {
    const now = met.nodes[id]?.name;
    return now === undefined || now === name || now === theirs.nodes[id]?.name ? [] : [{ id, name, now }];
  });
  return (doc) =>
    renamed.reduce(
      (next, { id, name, now }) => (next.nodes[id]?.name === name ? renameNode(next, id, now) : next),
      doc,
    );
}
