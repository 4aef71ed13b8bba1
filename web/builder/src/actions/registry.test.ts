import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dispatch, useRegistry } from './registry';

const plain = vi.fn();
const everywhere = vi.fn();

/** Press a key on an element, as the page hears it. */
function press(selector: string, init: KeyboardEventInit): void {
  document.querySelector(selector)?.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...init }));
}

describe('a key', () => {
  beforeEach(() => {
    document.body.innerHTML = `<button id="page"></button><input id="field" />
      <div role="dialog"><button id="dialog"></button></div><div role="menu"><div id="menu"></div></div>`;
    useRegistry.setState({
      actions: [
        { id: 'plain', title: 'x.plain', group: 'list', keys: ['n', 'Delete'], run: plain },
        { id: 'all', title: 'x.all', group: 'list', keys: ['mod+k'], inFields: true, run: everywhere },
      ],
    });
    window.addEventListener('keydown', dispatch);
    plain.mockClear();
    everywhere.mockClear();
  });
  afterEach(() => window.removeEventListener('keydown', dispatch));

  it('runs its action on the page', () => {
    press('#page', { key: 'n' });
    expect(plain).toHaveBeenCalledOnce();
  });

  it.each(['#field', '#dialog', '#menu'])('does nothing to the page behind %s', (selector) => {
    press(selector, { key: 'n' });
    press(selector, { key: 'Delete' });
    expect(plain).not.toHaveBeenCalled();
  });

  it.each(['#field', '#dialog', '#menu'])('runs what works everywhere from %s', (selector) => {
    press(selector, { key: 'k', ctrlKey: true });
    expect(everywhere).toHaveBeenCalledOnce();
  });
});
