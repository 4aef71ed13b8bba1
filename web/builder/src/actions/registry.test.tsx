import { cleanup, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { usePreferences } from '@/lib/preferences';
import { type Action, chord, gesture, listen, shown, useActions, useRegistry } from './registry';

function action(keys: string[], more: Partial<Omit<Action, 'run'>> = {}) {
  return { id: keys.join(), title: 'canvas.add', group: 'canvas', keys, ...more, run: vi.fn<() => void>() };
}

const offer = (...actions: Action[]) => useRegistry.setState({ actions });

function press(key: string, init: KeyboardEventInit = {}, target: EventTarget = document.body): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init });
  target.dispatchEvent(event);
  return event;
}

function field(name: string): HTMLElement {
  const made = document.createElement(name);
  document.body.append(made);
  return made;
}

let stop = () => {};
beforeEach(() => {
  usePreferences.setState({ letterKeys: true });
  stop = listen();
});
afterEach(() => {
  cleanup();
  stop();
  document.body.replaceChildren();
  offer();
});

describe('a key press', () => {
  test.each<[string, KeyboardEventInit, string]>([
    ['n', {}, 'n'],
    ['N', { shiftKey: true }, 'shift+n'],
    ['z', { ctrlKey: true }, 'mod+z'],
    ['Z', { ctrlKey: true, shiftKey: true }, 'mod+shift+z'],
    ['?', { shiftKey: true }, '?'],
    ['?', {}, '?'],
    [' ', {}, 'Space'],
    ['ArrowUp', { altKey: true, shiftKey: true }, 'alt+shift+ArrowUp'],
    ['1', { shiftKey: true }, 'shift+1'],
    ['n', { metaKey: true }, 'meta+n'],
    ['å', { altKey: true, code: 'KeyA' }, 'alt+a'],
  ])('%s %o is %s', (key, init, expected) => {
    expect(chord(new KeyboardEvent('keydown', { key, ...init }))).toBe(expected);
  });

  test('is shown as it stands on the keyboard', () => {
    expect(['alt+a l', 'Space', 'alt+drag'].map(shown)).toEqual(['Alt+A L', 'Space', 'Alt+drag']);
    expect(['mod+shift+z', 'n', 'alt+ArrowUp', 'Delete'].map(shown)).toEqual(['Ctrl+Shift+Z', 'N', 'Alt+Up', 'Delete']);
  });
});

describe('pressing the key of an action', () => {
  test('runs it, and nothing else happens', () => {
    const add = action(['n', 'Tab']);
    offer(add);
    expect(press('n').defaultPrevented).toBe(true);
    expect(press('Tab').defaultPrevented).toBe(true);
    expect(press('x').defaultPrevented).toBe(false);
    expect(add.run).toHaveBeenCalledTimes(2);
  });

  test('runs the one that was offered last and may run now', () => {
    const [page, canvas, panel] = [action(['n']), action(['n']), action(['n'], { when: () => false })];
    offer(page, canvas, panel);
    press('n');
    expect([page, canvas, panel].map(({ run }) => run.mock.calls.length)).toEqual([0, 1, 0]);
  });

  test('leaves the key to the browser where none may run', () => {
    offer(action(['mod+s'], { when: () => false }));
    expect(press('s', { ctrlKey: true }).defaultPrevented).toBe(false);
  });

  test.each(['input', 'textarea', 'select'])(
    'while a field (%s) has the focus, runs only what is meant for it',
    (name) => {
      const [letter, undo, save] = [action(['n']), action(['mod+z']), action(['mod+s'], { inFields: true })];
      offer(letter, undo, save);
      const target = field(name);
      expect(press('n', {}, target).defaultPrevented).toBe(false);
      press('z', { ctrlKey: true }, target);
      press('s', { ctrlKey: true }, target);
      expect([letter, undo, save].map(({ run }) => run.mock.calls.length)).toEqual([0, 0, 1]);
    },
  );

  test('does nothing for single letters and signs that are turned off', () => {
    usePreferences.setState({ letterKeys: false });
    const [letter, shifted, sign, undo, del] = [['n'], ['shift+n'], ['?'], ['mod+z'], ['Delete']].map((keys) =>
      action(keys),
    );
    offer(...[letter, shifted, sign, undo, del].filter((one) => one !== undefined));
    press('n');
    press('N', { shiftKey: true });
    press('?', { shiftKey: true });
    press('z', { ctrlKey: true });
    press('Delete');
    expect([letter, shifted, sign, undo, del].map((one) => one?.run.mock.calls.length)).toEqual([0, 0, 0, 1, 1]);
  });

  test('does nothing where somebody has dealt with it, an input method is at work, or it has no name', () => {
    const add = action(['n', 'Enter'], { inFields: true });
    offer(add);
    const target = field('input');
    target.addEventListener('keydown', (event) => event.preventDefault(), { once: true });
    press('n', {}, target);
    press('Enter', { isComposing: true }, target);
    // What Chrome sends when it fills in a form.
    const nameless = new Event('keydown', { bubbles: true });
    expect(() => target.dispatchEvent(nameless)).not.toThrow();
    expect(add.run).not.toHaveBeenCalled();
  });

  test('does not take the system’s own shortcuts for letters', () => {
    const add = action(['n']);
    offer(add);
    press('n', { metaKey: true });
    expect(add.run).not.toHaveBeenCalled();
  });
});

test('actions are offered while a component is there', () => {
  const [first, second] = [[action(['a'])], [action(['b'])]];
  renderHook(() => useActions(first));
  const { unmount } = renderHook(() => useActions(second));
  expect(useRegistry.getState().actions).toEqual([...first, ...second]);
  unmount();
  expect(useRegistry.getState().actions).toEqual(first);
});

describe('in a dialog or a menu', () => {
  /** A button in an element of this role. */
  function inside(role: string): HTMLElement {
    const around = field('div');
    around.setAttribute('role', role);
    around.append(document.createElement('button'));
    return around.querySelector('button') ?? around;
  }

  test.each(['dialog', 'alertdialog', 'menu'])('keys in a %s are not for the page behind it', (role) => {
    const [plain, everywhere] = [action(['n', 'Delete']), action(['mod+k'], { inFields: true })];
    offer(plain, everywhere);
    const button = inside(role);
    press('n', {}, button);
    press('Delete', {}, button);
    press('k', { ctrlKey: true }, button);
    expect(plain.run).not.toHaveBeenCalled();
    expect(everywhere.run).toHaveBeenCalledOnce();
  });
});

describe('two keys, one after the other', () => {
  const begun = () => useRegistry.getState().begun;

  test('are one action, and say what has begun', () => {
    const left = action(['alt+a l']);
    const letter = action(['l']);
    offer(letter, left);
    expect(press('a', { altKey: true }).defaultPrevented).toBe(true);
    expect(begun()).toBe('alt+a');
    press('Shift', { shiftKey: true });
    press('l');
    expect(begun()).toBeNull();
    expect([left, letter].map(({ run }) => run.mock.calls.length)).toEqual([1, 0]);
  });

  test('end with any other key or the pointer, which do nothing else', () => {
    const left = action(['alt+a l']);
    const add = action(['n']);
    offer(left, add);
    press('a', { altKey: true });
    press('n');
    press('a', { altKey: true });
    window.dispatchEvent(new Event('pointerdown'));
    expect(begun()).toBeNull();
    press('l');
    expect([left, add].map(({ run }) => run.mock.calls.length)).toEqual([0, 0]);
  });

  test('do not begin where none of them may run', () => {
    offer(action(['alt+a l'], { when: () => false }));
    expect(press('a', { altKey: true }).defaultPrevented).toBe(false);
    expect(begun()).toBeNull();
  });
});

describe('Space', () => {
  const release = () => window.dispatchEvent(new KeyboardEvent('keyup', { key: ' ' }));

  test('acts when it is let go', () => {
    const rename = action(['Space']);
    offer(rename);
    press(' ');
    expect(rename.run).not.toHaveBeenCalled();
    release();
    release();
    expect(rename.run).toHaveBeenCalledTimes(1);
  });

  test('does not, after it was held for something else', () => {
    const rename = action(['Space']);
    offer(rename);
    press(' ');
    window.dispatchEvent(new Event('pointerdown'));
    release();
    press(' ');
    press(' ', { repeat: true });
    release();
    expect(rename.run).not.toHaveBeenCalled();
  });
});

test('gestures are told of, and their keys left alone', () => {
  offer(gesture('canvas.by_zoom', 'mouse', 'x'));
  expect(press('x').defaultPrevented).toBe(false);
});
