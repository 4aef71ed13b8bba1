/** The actions of running, for the keyboard, the command bar and menus. */
import type { Action } from '@/actions/registry';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { listen, replayCall, runAll, runFrom, running, runStep, runTo, stop } from './actions';
import { useRun } from './store';

/** The node that verbs are about: the one whose panel is open, or the only one that is selected. */
export function subject(): string | null {
  const { open, selected } = useView.getState();
  const [only] = selected.size === 1 ? selected : [];
  const id = open ?? only;
  return id !== undefined && id in useDocument.getState().doc.nodes ? id : null;
}

const editing = () => useDocument.getState().filing !== null && !useDocument.getState().readOnly;
const idle = () => editing() && !running();
const withSubject = () => idle() && subject() !== null;

function onSubject(verb: (node: string) => Promise<void>): () => void {
  return () => {
    const node = subject();
    if (node) void verb(node);
  };
}

export const VERBS: readonly Action[] = [
  {
    id: 'run.all',
    title: 'run.all',
    group: 'run',
    keys: ['mod+Enter'],
    inFields: true,
    when: idle,
    run: () => void runAll(),
  },
  {
    id: 'run.to',
    title: 'run.to',
    group: 'run',
    keys: ['mod+shift+Enter'],
    inFields: true,
    when: withSubject,
    run: onSubject(runTo),
  },
  { id: 'run.step', title: 'run.step', group: 'run', when: withSubject, run: onSubject(runStep) },
  { id: 'run.from', title: 'run.from', group: 'run', when: withSubject, run: onSubject(runFrom) },
  {
    id: 'run.stop',
    title: 'run.stop',
    group: 'run',
    keys: ['mod+.'],
    inFields: true,
    when: () => editing() && (running() || useRun.getState().listeningUntil !== null),
    run: () => void stop(),
  },
  { id: 'run.listen', title: 'run.listen', group: 'run', when: idle, run: () => void listen() },
  { id: 'run.replay_call', title: 'run.replay_call', group: 'run', when: idle, run: () => void replayCall() },
  {
    id: 'run.log',
    title: 'run.toggle_log',
    group: 'run',
    keys: ['l'],
    when: () => useDocument.getState().filing !== null,
    run: () => useView.getState().set({ log: !useView.getState().log }),
  },
];
