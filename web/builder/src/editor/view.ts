/** What the editor shows and what is chosen in it; nothing here is saved with the document. */
import { create } from 'zustand';
import type { Point } from '@/doc/model';
import { useDocument } from '@/doc/store';

/** Why the palette is open: what is picked is put there and wired so. */
export interface PaletteContext {
  /** Canvas coordinates; in the middle of what is visible where absent. */
  position?: Point;
  /** Connect from this output to what is picked. */
  from?: { node: string; output: string };
  /** Connect what is picked to this input. */
  to?: { node: string; input: string };
  /** Put it into this wire, by the wire's key. */
  edge?: string;
  only?: 'trigger';
  /** Give this node the type that is picked. */
  replace?: string;
}

export type Overlay = 'palette' | 'commands' | 'find' | 'keys' | 'publish' | 'settings' | 'history' | 'conflict' | null;

interface View {
  /** Ids of nodes and notes. */
  selected: ReadonlySet<string>;
  selectedEdges: ReadonlySet<string>;
  /** The node whose panel is open. */
  open: string | null;
  /** Dotted path of the field to focus when the panel opens: `params.url`. */
  focusField: string | null;
  /** The panel fills the window. */
  maximised: boolean;
  overlay: Overlay;
  palette: PaletteContext;
  stepList: boolean;
  log: boolean;
  select: (ids: Iterable<string>, edges?: Iterable<string>) => void;
  openNode: (id: string | null, field?: string | null) => void;
  show: (overlay: Overlay, palette?: PaletteContext) => void;
  set: (values: Partial<Pick<View, 'maximised' | 'stepList' | 'log' | 'focusField'>>) => void;
}

export const useView = create<View>((set) => ({
  selected: new Set(),
  selectedEdges: new Set(),
  open: null,
  focusField: null,
  maximised: false,
  overlay: null,
  palette: {},
  stepList: false,
  log: false,
  select: (ids, edges = []) => set({ selected: new Set(ids), selectedEdges: new Set(edges) }),
  openNode: (open, focusField = null) =>
    set((state) => ({ open, focusField, maximised: open ? state.maximised : false })),
  show: (overlay, palette = {}) => set({ overlay, palette }),
  set: (values) => set(values),
}));

// When changes of two people met, what is chosen or open may have got another id.
useDocument.subscribe(({ moved }, before) => {
  if (moved === before.moved || moved.size === 0) return;
  useView.setState(({ selected, open }) => ({
    selected: new Set([...selected].map((id) => moved.get(id) ?? id)),
    open: open === null ? null : (moved.get(open) ?? open),
  }));
});
