/** What a form belongs to, and the field that takes what is picked from the data. */
import { createContext, useContext } from 'react';
import { create } from 'zustand';
import type { Params } from '@/doc/model';
import type { FieldProblem } from '@/lib/api';

export interface Host {
  /** The node, or null where there are no expressions (credentials). */
  node: string | null;
  /** Key of the node's type, for live options. */
  type: string;
  /** Fields with live options, by their dotted path from the root. */
  options: ReadonlySet<string>;
  project: string;
  readOnly: boolean;
  params: Params;
  /** Paths as the fields have them: `params.url`. */
  issues: readonly FieldProblem[];
}

export const HostContext = createContext<Host>({
  node: null,
  type: '',
  options: new Set(),
  project: '',
  readOnly: false,
  params: {},
  issues: [],
});

export const useHost = () => useContext(HostContext);

/** The field that has live options for what stands at a path: for an item of a list that of the list. */
export function fieldOf(path: string): string {
  return path.replace(/^params\./, '').replace(/\.\d+$/, '');
}

/** What the server says of a field; `deep`, of anything inside it, too. */
export function issueAt(issues: readonly FieldProblem[], path: string, deep: boolean): string | undefined {
  return issues.find((issue) => issue.path === path || (deep && issue.path.startsWith(`${path}.`)))?.message;
}

interface Mapping {
  /** What is being dragged from the data. */
  dragged: string | null;
  /** Where a click on a field of the data puts it: the field that had the focus last. */
  target: { path: string; label: string; insert: (expression: string) => void } | null;
}

export const useMapping = create<Mapping>(() => ({ dragged: null, target: null }));

export const DRAG_TYPE = 'application/x-a8n-expression';
