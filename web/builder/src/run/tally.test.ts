import { describe, expect, it } from 'vitest';
import { addNode, connect } from '@/doc/commands';
import { type Doc, EMPTY } from '@/doc/model';
import { errorOf, eventOf, parseEvent, type RunEvent } from './events';
import { Tally } from './tally';

function event(kind: RunEvent['kind'], at: number, values: Partial<RunEvent> = {}): RunEvent {
  return { kind, at, node: '', path: [], status: '', items: {}, ms: null, error: null, ...values };
}
const began = (node: string, at: number, path: number[] = []) => event('step.started', at, { node, path });
const gave = (node: string, at: number, items: Record<string, number>, path: number[] = []) =>
  event('step.finished', at, { node, path, status: 'succeeded', items, ms: 5 });

/** start → choice, whose outputs lead to left and right; both lead to end. */
function branching(): Doc {
  let doc = EMPTY;
  for (const name of ['start', 'choice', 'left', 'right', 'end'])
    doc = addNode(doc, { type: 't', name, position: [0, 0] }).doc;
  for (const [from, output, to] of [
    ['start', 'main', 'choice'],
    ['choice', 'true', 'left'],
    ['choice', 'false', 'right'],
    ['left', 'main', 'end'],
    ['right', 'main', 'end'],
  ] as const)
    doc = connect(doc, { from, output, to, input: 'main' });
  return doc;
}

describe('Tally', () => {
  it('shows a step as running, then as ended with its items', () => {
    const tally = new Tally();
    tally.apply([event('execution.started', 1), began('a', 2)]);
    expect(tally.status).toBe('running');
    expect(tally.nodes.a?.status).toBe('running');
    tally.apply([gave('a', 9, { main: 3 }), event('execution.finished', 10, { status: 'succeeded' })]);
    expect(tally.nodes.a).toMatchObject({ status: 'succeeded', items: { main: 3 }, times: 1, ms: 5 });
    expect([tally.status, tally.startedAt, tally.finishedAt]).toEqual(['succeeded', 1, 10]);
  });

  it('counts rounds, and an event that is told again only once', () => {
    const tally = new Tally();
    const told = [0, 1, 2].flatMap((round) => [
      began('a', 10 * round, [round]),
      gave('a', 10 * round + 5, { main: round }, [round]),
    ]);
    tally.apply(told);
    tally.apply(told);
    expect(tally.nodes.a).toMatchObject({ status: 'succeeded', times: 3, ms: 15, items: { main: 2 } });
    expect(tally.steps.map((row) => row.key)).toEqual(['a/0', 'a/1', 'a/2']);
  });

  it('keeps the identity of nodes that no event was about', () => {
    const tally = new Tally();
    tally.apply([gave('a', 5, {}), gave('b', 6, {})]);
    const { a, b } = tally.nodes;
    tally.apply([began('b', 7)]);
    expect(tally.nodes.a).toBe(a);
    expect(tally.nodes.b).not.toBe(b);
  });

  it('goes on after a wait as the same step, counted once', () => {
    const tally = new Tally();
    tally.apply([began('a', 1), event('step.finished', 2, { node: 'a', status: 'waiting' })]);
    expect(tally.nodes.a).toMatchObject({ status: 'waiting', times: 0, wait: { kind: '', until: null } });
    tally.apply([event('step.finished', 2, { node: 'a', status: 'waiting', wait: { kind: 'form', until: null } })]);
    expect(tally.nodes.a?.wait?.kind).toBe('form');
    tally.apply([began('a', 50), gave('a', 60, { main: 1 })]);
    expect(tally.nodes.a).toMatchObject({ status: 'succeeded', times: 1, wait: null });
    expect(tally.steps).toHaveLength(1);
  });

  it('keeps how long a step took as told live, which is finer than what is recorded', () => {
    const tally = new Tally();
    tally.apply([began('a', 1), { ...gave('a', 1, { main: 1 }), ms: 0.25 }]);
    tally.apply([{ ...gave('a', 1, { main: 1 }), ms: 0, attempt: 1, logs: ['hello'] }]);
    expect(tally.nodes.a?.ms).toBe(0.25);
    expect(tally.steps[0]?.logs).toEqual(['hello']);
  });

  it('marks what no items led to as skipped, to the end of the branch and no further', () => {
    const tally = new Tally();
    tally.apply([gave('start', 1, { main: 1 }), gave('choice', 2, { true: 1 }), gave('left', 3, { main: 1 })]);
    tally.close('succeeded', branching());
    expect(tally.nodes.right?.status).toBe('skipped');
    expect(tally.nodes.end).toBeUndefined();
    const none = new Tally();
    none.apply([gave('start', 1, { main: 1 }), gave('choice', 2, {})]);
    none.close('succeeded', branching());
    expect(['left', 'right', 'end'].map((id) => none.nodes[id]?.status)).toEqual(['skipped', 'skipped', 'skipped']);
  });

  it('calls nothing skipped that a failure kept from running', () => {
    const tally = new Tally();
    tally.apply([gave('start', 1, { main: 1 }), event('step.finished', 2, { node: 'choice', status: 'failed' })]);
    tally.close('failed', branching());
    expect(tally.nodes.left).toBeUndefined();
  });

  it('shows steps of one moment in the order in which the server has them', () => {
    const tally = new Tally();
    const quick = (node: string, at: number, ms: number) => ({ ...gave(node, at, {}), ms });
    tally.apply([quick('b', 6, 0.2), quick('a', 6, 0.7), quick('first', 6, 0)]);
    tally.apply(['first', 'a', 'b'].map((node) => ({ ...quick(node, 6, 0), attempt: 1 })));
    tally.arrange(['first', 'a', 'b']);
    expect(tally.steps.map((row) => row.key)).toEqual(['first', 'a', 'b']);
  });

  it('leaves nothing running when the execution was stopped', () => {
    const tally = new Tally();
    tally.apply([began('a', 1), event('execution.finished', 5, { status: 'canceled' })]);
    tally.close('canceled', null);
    expect(tally.nodes.a?.status).toBe('canceled');
    expect(tally.steps[0]).toMatchObject({ status: 'canceled', finished: 5 });
  });
});

describe('events', () => {
  it('are read from the stream', () => {
    const text =
      '{"at":"2026-01-02T03:04:05.678Z","node":"a","path":[1,2],"status":"failed","error":{"message":"no","field":"url","item":2}}';
    expect(parseEvent('step.finished', text)).toMatchObject({
      at: Date.parse('2026-01-02T03:04:05.678Z'),
      node: 'a',
      path: [1, 2],
      status: 'failed',
      error: { message: 'no', field: 'params.url', item: 2 },
    });
    expect(parseEvent('step.finished', 'not JSON')).toBeNull();
    expect(parseEvent('step.finished', '[1]')).toBeNull();
  });

  it('are made from recorded steps, pinned ones as those that gave what they gave', () => {
    const tally = new Tally();
    tally.apply([
      eventOf({
        node: 'a',
        name: 'A',
        path: [],
        attempt: 2,
        status: 'pinned',
        started_at: '2026-01-02T03:04:05Z',
        finished_at: '2026-01-02T03:04:06Z',
        input: {},
        output: { main: { total: 4, items: [] }, error: { total: 0, items: [] } },
        error: null,
        logs: ['hello'],
        wait: null,
      }),
    ]);
    expect(tally.nodes.a).toMatchObject({ status: 'succeeded', items: { main: 4 }, attempt: 2, ms: 1000 });
    expect(tally.steps[0]?.logs).toEqual(['hello']);
  });

  it('name the field as the panel does', () => {
    expect(errorOf({ message: 'm', field: 'params.body.0' })?.field).toBe('params.body.0');
    expect(errorOf({ message: 'm', field: 'body' })?.field).toBe('params.body');
    expect(errorOf({ kind: 'TimeoutError' })?.message).toBe('TimeoutError');
    expect(errorOf('text')).toBeNull();
  });
});
