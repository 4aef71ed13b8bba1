import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TipLayer } from './TipLayer';
import { Tip } from './Tooltip';

const PAGE = (
  <>
    <Tip text="Save the draft" keys="mod+s">
      <button type="button">Save</button>
    </Tip>
    <Tip text="Close">
      <button type="button" aria-label="Close">
        ×
      </button>
    </Tip>
    <p>Elsewhere</p>
    <TipLayer />
  </>
);

beforeEach(() => {
  vi.useFakeTimers();
  render(PAGE);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function over(target: Element, pointerType = 'mouse') {
  const event = new MouseEvent('pointerover', { bubbles: true });
  Object.defineProperty(event, 'pointerType', { value: pointerType });
  act(() => void target.dispatchEvent(event));
}
const pass = (ms: number) => act(() => vi.advanceTimersByTime(ms));
const tip = () => screen.queryByRole('tooltip')?.textContent;
const save = () => screen.getByRole('button', { name: 'Save' });
const close = () => screen.getByRole('button', { name: 'Close' });

test('comes after a moment, describes its control, and the next one comes at once', () => {
  over(save());
  pass(399);
  expect(tip()).toBeUndefined();
  pass(1);
  expect(tip()).toMatch(/^Save the draft/);
  expect(save().getAttribute('aria-describedby')).toBe(screen.getByRole('tooltip').id);
  over(close());
  pass(0);
  expect(tip()).toBe('Close');
  expect(save().hasAttribute('aria-describedby')).toBe(false);
  // It is its name already.
  expect(close().hasAttribute('aria-describedby')).toBe(false);
});

test('stays while the pointer is on it, and goes soon after it left', () => {
  over(save());
  pass(400);
  over(screen.getByText('Elsewhere'));
  pass(50);
  over(screen.getByRole('tooltip'));
  pass(1_000);
  expect(tip()).toMatch(/^Save/);
  over(screen.getByText('Elsewhere'));
  pass(100);
  expect(tip()).toBeUndefined();
});

test('goes by Escape, which does nothing else then', () => {
  const heard = vi.fn();
  document.addEventListener('keydown', heard);
  over(save());
  pass(400);
  const press = () =>
    act(() => void save().dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true })));
  press();
  expect(tip()).toBeUndefined();
  expect(heard).not.toHaveBeenCalled();
  press();
  expect(heard).toHaveBeenCalledOnce();
  document.removeEventListener('keydown', heard);
});

test('goes when its control is pressed, and does not come for a finger', () => {
  over(save());
  pass(400);
  act(() => void save().dispatchEvent(new MouseEvent('pointerdown', { bubbles: true })));
  expect(tip()).toBeUndefined();
  over(close(), 'touch');
  pass(1_000);
  expect(tip()).toBeUndefined();
});
