import { describe, expect, it } from 'vitest';
import type { StepRow, StepStatus } from './store';
import { keyOf } from './tally';
import { type Line, lines, span, ticks } from './waterfall';

function row(
  node: string,
  started: number,
  finished: number | null,
  path: number[] = [],
  status: StepStatus = 'succeeded',
): StepRow {
  const key = keyOf({ node, path });
  return { key, node, path, status, attempt: 1, started, finished, items: {}, error: null, wait: null, logs: [] };
}
const shape = (found: Line[]) =>
  found.map((line) => `${' '.repeat(line.depth)}${line.kind === 'step' ? line.row.node : `#${line.round}`}`);

describe('the waterfall', () => {
  it('places bars in the time of the whole', () => {
    const [a, b] = lines([row('a', 1000, 1250), row('b', 1250, 2000)], new Set(), 0);
    expect([a?.left, a?.width]).toEqual([0, 0.25]);
    expect([b?.left, b?.width]).toEqual([0.25, 0.75]);
  });

  it('keeps the shortest step in sight, within the width', () => {
    const found = lines([row('a', 0, 1000), row('b', 1000, 1000)], new Set(), 0);
    const last = found.at(-1);
    expect(last?.width).toBeGreaterThan(0);
    expect((last?.left ?? 0) + (last?.width ?? 0)).toBeLessThanOrEqual(1);
  });

  it('grows until now while a step runs', () => {
    expect(span([row('a', 10, 20), row('b', 20, null)], 90)).toEqual({ from: 10, to: 90 });
  });

  it('draws what waits until now', () => {
    expect(span([row('a', 10, 20, [], 'waiting')], 90)).toEqual({ from: 10, to: 90 });
  });

  it('scales to what ran in this execution, not to what it took over from another', () => {
    const steps = [row('start', 10, 10), row('old', 100, 200), row('new', 1000, 1100)];
    const found = lines(steps, new Set(), 0, { at: 1000, trigger: 'start' });
    expect(found.map((line) => line.kind === 'step' && line.earlier)).toEqual([false, true, false]);
    expect(found.at(-1)?.width).toBeGreaterThan(0.9);
  });

  it('folds rounds, and unfolds the ones asked for', () => {
    const steps = [row('loop', 0, 1), row('b', 1, 2, [0]), row('c', 2, 3, [0]), row('b', 3, 4, [1]), row('end', 5, 6)];
    const folded = lines(steps, new Set(), 0);
    expect(shape(folded)).toEqual(['loop', '#0', '#1', 'end']);
    const first = folded[1];
    expect(first).toMatchObject({ kind: 'round', count: 2, open: false, started: 1, finished: 3 });
    expect(shape(lines(steps, new Set([first?.key ?? '']), 0))).toEqual(['loop', '#0', ' b', ' c', '#1', 'end']);
  });

  it('opens a round that failed, at every depth', () => {
    const steps = [
      row('b', 0, 1, [0, 0]),
      row('b', 1, 2, [0, 1], 'failed'),
      row('b', 2, 3, [1, 0]),
      row('b', 3, 4, [1, 1]),
    ];
    expect(shape(lines(steps, new Set(), 0))).toEqual(['#0', ' #0', ' #1', '  b', '#1']);
  });

  it('has nothing to show of nothing', () => {
    expect(lines([], new Set(), 5)).toEqual([]);
    expect(ticks(0)).toEqual([]);
  });

  it('marks round moments on the ruler', () => {
    expect(ticks(1000)).toEqual([200, 400, 600, 800, 1000]);
    expect(ticks(37)).toEqual([10, 20, 30]);
  });
});
