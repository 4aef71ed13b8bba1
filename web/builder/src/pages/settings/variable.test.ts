import { expect, it } from 'vitest';
import { read, written } from './variable';

it.each(['eu-central', '42', 'true', '"quoted"', '', 42, null, { a: [1] }])(
  'a variable stays what it is: %j',
  (value) => {
    expect(read(written(value))).toEqual(value);
  },
);

it('texts are shown without quotes where they cannot be mistaken', () => {
  expect(written('eu-central')).toBe('eu-central');
  expect(written('42')).toBe('"42"');
});
