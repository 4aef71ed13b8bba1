/** Every action of the builder with its key, in one place: the keyboard, the command bar, menus and the help read it. */
import { useEffect } from 'react';
import { create } from 'zustand';
import { usePreferences } from '@/lib/preferences';

export interface Action {
  id: string;
  /** Key of its text: `canvas.add`. */
  title: string;
  /** `canvas`, `node`, `run`, …: a heading in the help. Its text is `keys.group_<group>`. */
  group: string;
  /** `n`, `mod+shift+z`, `shift+?`: `mod` is Ctrl, or Cmd on a Mac. */
  keys?: readonly string[];
  /** Works while a text field, a dialog or a menu has the focus, too. */
  inFields?: boolean;
  /** Left out of the command bar. */
  hidden?: boolean;
  /** False: the action is not offered, and its key does nothing. */
  when?: () => boolean;
  run: () => void;
}

interface Registry {
  actions: readonly Action[];
}

export const useRegistry = create<Registry>(() => ({ actions: [] }));

/** Offer actions while a component is there. `actions` must be stable (a constant, or memoised). */
export function useActions(actions: readonly Action[]): void {
  useEffect(() => {
    useRegistry.setState((state) => ({ actions: [...state.actions, ...actions] }));
    return () =>
      useRegistry.setState((state) => ({ actions: state.actions.filter((action) => !actions.includes(action)) }));
  }, [actions]);
}

const mac = navigator.platform.startsWith('Mac');

/** A key press in the form in which actions name theirs. */
export function chord(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const mod = mac ? event.metaKey : event.ctrlKey;
  // The other of the two belongs to the system: Ctrl+N on a Mac is not N.
  const system = mac ? event.ctrlKey && 'ctrl' : event.metaKey && 'meta';
  // Signs such as ? and + need Shift on some keyboards and not on others, so Shift is not part of their name.
  const shifted = event.shiftKey && (key.length > 1 || /[a-z0-9]/.test(key));
  return [mod && 'mod', system, event.altKey && 'alt', shifted && 'shift', key === ' ' ? 'Space' : key]
    .filter(Boolean)
    .join('+');
}

/** "Ctrl+Shift+Z", as shown to people. */
export function shown(keys: string): string {
  return keys
    .split('+')
    .map((part) => (part === 'mod' ? (mac ? '⌘' : 'Ctrl') : part.charAt(0).toUpperCase() + part.slice(1)))
    .join(mac ? '' : '+')
    .replace('Arrow', '');
}

function editable(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** In a dialog, pop-over, menu or list of choices: keys there are not for the page behind it. */
function above(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[role=dialog], [role=alertdialog], [role=menu]') !== null;
}

/** Run the action that a key press means; the one offered last wins. */
export function dispatch(event: KeyboardEvent): void {
  // Browsers send keys without a name when they fill in forms; keys of an input method are not pressed by themselves.
  if (event.defaultPrevented || !event.key || event.isComposing) return;
  const pressed = chord(event);
  const letter = /^(shift\+)?.$/.test(pressed);
  if (letter && !usePreferences.getState().letterKeys) return;
  const inField = editable(event.target) || above(event.target);
  const found = useRegistry
    .getState()
    .actions.findLast(
      (action) => action.keys?.includes(pressed) && (!inField || action.inFields) && (action.when?.() ?? true),
    );
  if (!found) return;
  event.preventDefault();
  found.run();
}
