/** Where each step of an execution stands in the waterfall: lines in time, the rounds of loops folded into a tree. */
import type { StepRow } from './store';

export interface StepLine {
  kind: 'step';
  key: string;
  depth: number;
  row: StepRow;
  /** It ran in an earlier execution, whose record this one took over. */
  earlier: boolean;
  /** Of the whole width, 0 to 1. */
  left: number;
  width: number;
}

export interface RoundLine {
  kind: 'round';
  key: string;
  depth: number;
  /** 0 is the first. */
  round: number;
  /** Steps in it, those of inner loops too. */
  count: number;
  failed: number;
  open: boolean;
  started: number;
  finished: number | null;
  left: number;
  width: number;
}

export type Line = StepLine | RoundLine;

/** A bar is never narrower than this part of the width, so that it can be seen. */
const THINNEST = 0.004;

/** When the execution began, and at which trigger; what ended before was taken over. */
export interface Beginning {
  at: number | null;
  trigger: string | null;
}
const UNKNOWN: Beginning = { at: null, trigger: null };

interface Span {
  from: number;
  to: number;
}

/** From the first start to the last end, or to `now` while something runs. */
export function span(steps: readonly StepRow[], now: number): Span {
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  for (const step of steps) {
    from = Math.min(from, step.started);
    to = Math.max(to, endOf(step, now));
  }
  return from > to ? { from: now, to: now } : { from, to };
}

/** What waits is not over, though its process has let go of it. */
function endOf(step: StepRow, now: number): number {
  return step.finished === null || step.status === 'waiting' ? Math.max(now, step.started) : step.finished;
}

/** The lines to show. Rounds with a failure, and the only round of a loop, are open; `toggled` ones are the other way. */
export function lines(
  steps: readonly StepRow[],
  toggled: ReadonlySet<string>,
  now: number,
  began: Beginning = UNKNOWN,
): Line[] {
  const found: Line[] = [];
  grow(steps, 0, '', scale(steps, now, began), toggled, now, began, found);
  return found;
}

/** The time that the bars stand in: that of what ran in this execution. */
export function scale(steps: readonly StepRow[], now: number, began: Beginning): Span {
  return span(
    steps.filter((step) => !before(step, began)),
    now,
  );
}

function before({ finished }: StepRow, began: Beginning): boolean {
  return began.at !== null && finished !== null && finished < began.at;
}

/** What the trigger brought is there before the execution begins, in this one or in an earlier one. */
function takenOver(step: StepRow, began: Beginning): boolean {
  return before(step, began) && step.node !== began.trigger;
}

function grow(
  steps: readonly StepRow[],
  depth: number,
  parent: string,
  all: Span,
  toggled: ReadonlySet<string>,
  now: number,
  began: Beginning,
  found: Line[],
): void {
  for (let i = 0; i < steps.length; ) {
    const row = steps[i];
    if (!row) break;
    const round = row.path[depth];
    if (round === undefined) {
      const earlier = takenOver(row, began);
      found.push({ kind: 'step', key: row.key, depth, row, earlier, ...bar(row.started, endOf(row, now), all) });
      i += 1;
      continue;
    }
    let end = i + 1;
    while (end < steps.length && steps[end]?.path[depth] === round) end += 1;
    const inner = steps.slice(i, end);
    // Two loops count alike: the first step of a round tells them apart.
    const key = `${parent}${row.node}#${round}`;
    const failed = inner.filter((step) => step.status === 'failed').length;
    const single = steps[end]?.path[depth] === undefined && (steps[i - 1]?.path[depth] ?? undefined) === undefined;
    const open = (failed > 0 || single) !== toggled.has(key);
    const { from, to } = span(inner, now);
    const finished = inner.some((step) => step.finished === null) ? null : to;
    const count = inner.length;
    found.push({
      kind: 'round',
      key,
      depth,
      round,
      count,
      failed,
      open,
      started: from,
      finished,
      ...bar(from, to, all),
    });
    if (open) grow(inner, depth + 1, `${key}/`, all, toggled, now, began, found);
    i = end;
  }
}

function bar(from: number, to: number, all: Span): { left: number; width: number } {
  const whole = Math.max(1, all.to - all.from);
  const width = Math.min(1, Math.max(THINNEST, (to - from) / whole));
  return { left: Math.min(1 - width, Math.max(0, (from - all.from) / whole)), width };
}

/** Round moments for the ruler: at most `most` of them, as ms from the start. */
export function ticks(length: number, most = 5): number[] {
  if (length <= 0) return [];
  const raw = length / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw) ?? raw;
  return Array.from({ length: Math.floor(length / step) }, (_, i) => (i + 1) * step);
}
