import { describe, expect, it } from 'vitest';
import { rank } from './matching';

describe('rank', () => {
  it('puts beginnings before words before the rest', () => {
    const texts = ['Import', 'Go to runs', 'Rerun', 'Run to here'];
    const best = texts.filter((text) => rank(text, 'run')).toSorted((a, b) => rank(b, 'run') - rank(a, 'run'));
    expect(best).toEqual(['Run to here', 'Go to runs', 'Rerun']);
  });

  it('finds all words in any order, without case and accents', () => {
    expect(rank('Café report of the week', 'WEEK cafe')).toBe(1);
    expect(rank('Café report', 'week cafe')).toBe(0);
  });
});
