import { expect, test } from 'vitest';
import { place } from './place';

const view = { width: 1000, height: 800 };
const box = { width: 100, height: 20 };
const control = (left: number, top: number) => ({ left, top, width: 40, height: 30 });

test.each([
  ['bottom', control(500, 400), { left: 470, top: 436 }],
  ['top', control(500, 400), { left: 470, top: 374 }],
  ['left', control(500, 400), { left: 394, top: 405 }],
  ['right', control(500, 400), { left: 546, top: 405 }],
] as const)('a box stands at the %s', (side, where, found) => {
  expect(place(where, box, side, view)).toEqual(found);
});

test.each([
  ['bottom', control(500, 770), { left: 470, top: 744 }],
  ['top', control(500, 0), { left: 470, top: 36 }],
  ['left', control(20, 400), { left: 66, top: 405 }],
  ['right', control(950, 400), { left: 844, top: 405 }],
] as const)('where the %s has no room, at the other side', (side, where, found) => {
  expect(place(where, box, side, view)).toEqual(found);
});

test('a box stays within the window', () => {
  expect(place(control(0, 400), box, 'bottom', view).left).toBe(8);
  expect(place(control(980, 400), box, 'bottom', view).left).toBe(892);
});
