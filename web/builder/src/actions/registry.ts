/** Every action of the builder with its key, in one place: the keyboard, the command bar, menus and the help read it. */
import { useEffect } from 'react';
import { create } from 'zustand';
import { t } from '@/lib/i18n';
import { usePreferences } from '@/lib/preferences';

export interface Action {
  id: string;
  /** Key of its text: `canvas.add`. */
  title: string;
  /** `canvas`, `node`, `run`, …: a heading in the help. Its text is `keys.group_<group>`. */
  group: string;
  /**
   * `n`, `mod+shift+z`, `?`, or one after the other: `alt+a l`. `mod` is Ctrl, or Cmd on a Mac. `Space` acts when it is
   * let go, for what is dragged while it is held is another gesture.
   */
  keys?: readonly string[];
  /** Works while a text field, a dialog or a menu has the focus, too. */
  inFields?: boolean;
  /** Its keys are handled where they are pressed; here they are only told of. */
  elsewhere?: boolean;
  /** Left out of the command bar. */
  hidden?: boolean;
  /** False: the action is not offered, and its key does nothing. */
  when?: () => boolean;
  run: () => void;
}

interface Registry {
  actions: readonly Action[];
  /** The first of two keys has been pressed. */
  begun: string | null;
}

export const useRegistry = create<Registry>(() => ({ actions: [], begun: null }));

/** A gesture of the pointer, or keys that something else listens to: told of in the help. */
export function gesture(id: string, group: string, ...keys: readonly string[]): Action {
  return { id, title: id, group, keys, elsewhere: true, hidden: true, run: () => undefined };
}

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
  // With Alt, a Mac's letters are signs.
  const code = event.altKey && !/^[a-z0-9]$/i.test(event.key) ? /^Key([A-Z])$/.exec(event.code)?.[1] : undefined;
  const key = event.key.length === 1 ? (code ?? event.key).toLowerCase() : event.key;
  const mod = mac ? event.metaKey : event.ctrlKey;
  // The other of the two belongs to the system: Ctrl+N on a Mac is not N.
  const system = mac ? event.ctrlKey && 'ctrl' : event.metaKey && 'meta';
  // Signs such as ? and + need Shift on some keyboards and not on others, so Shift is not part of their name.
  const shifted = event.shiftKey && (key.length > 1 || /[a-z0-9]/.test(key));
  return [mod && 'mod', system, event.altKey && 'alt', shifted && 'shift', key === ' ' ? 'Space' : key]
    .filter(Boolean)
    .join('+');
}

/** What has no letter: named in the reader's language, as it is written on the keys. */
const WORDS = new Set(
  ['drag', 'wheel', 'click', 'right', 'shift', 'Space', 'Escape', 'Delete', 'Backspace'].concat(
    ['Left', 'Right', 'Up', 'Down'].map((way) => `Arrow${way}`),
  ),
);

/** "Ctrl+Shift+Z", as shown to people. */
export function shown(keys: string): string {
  if (keys.includes(' ')) return keys.split(' ').map(shown).join(' ');
  return keys
    .split('+')
    .map((part) => {
      if (WORDS.has(part)) return t(`keys.${part.toLowerCase()}`);
      return part === 'mod' ? (mac ? '⌘' : t('keys.ctrl')) : part.charAt(0).toUpperCase() + part.slice(1);
    })
    .join(mac ? '' : '+');
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

/** What Space is to do when it is let go. */
let held: Action | null = null;

/** Run the action that a key press means; the one offered last wins. */
export function dispatch(event: KeyboardEvent): void {
  // Browsers send keys without a name when they fill in forms; keys of an input method are not pressed by themselves.
  if (event.defaultPrevented || !event.key || event.isComposing) return;
  if (/^(Shift|Control|Alt|AltGraph|Meta)$/.test(event.key)) return;
  held = null;
  const { actions, begun } = useRegistry.getState();
  const pressed = begun ? `${begun} ${chord(event)}` : chord(event);
  const letter = /^(shift\+)?.$/.test(pressed);
  if (letter && !usePreferences.getState().letterKeys) return;
  const inField = editable(event.target) || above(event.target);
  const able = (action: Action) => !action.elsewhere && (!inField || action.inFields) && (action.when?.() ?? true);
  const found = actions.findLast((action) => action.keys?.includes(pressed) && able(action));
  const begins =
    !found && actions.some((action) => action.keys?.some((keys) => keys.startsWith(`${pressed} `)) && able(action));
  if (begun || begins) useRegistry.setState({ begun: begins ? pressed : null });
  if (!found && !begins && !begun) return;
  event.preventDefault();
  if (pressed !== 'Space') found?.run();
  else if (!event.repeat) held = found ?? null;
}

function letGo(event: KeyboardEvent): void {
  if (event.key === ' ') held?.run();
  held = null;
}

/** The pointer does something with the key, or goes on without the second one. */
function pressPointer(): void {
  held = null;
  if (useRegistry.getState().begun) useRegistry.setState({ begun: null });
}

/** Listen to the keyboard of the page. Gives the way to stop. */
export function listen(): () => void {
  window.addEventListener('keydown', dispatch);
  window.addEventListener('keyup', letGo);
  window.addEventListener('pointerdown', pressPointer, true);
  window.addEventListener('blur', pressPointer);
  return () => {
    window.removeEventListener('keydown', dispatch);
    window.removeEventListener('keyup', letGo);
    window.removeEventListener('pointerdown', pressPointer, true);
    window.removeEventListener('blur', pressPointer);
  };
}
