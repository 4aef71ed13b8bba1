/** The actions of running, for the keyboard, the command bar and menus. */
import type { Action } from '@/actions/registry';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { listen, replayCall, runAll, runFrom, running, runStep, runTo, stop } from './actions';
import { useRun } from './store';

/** The node that verbs are about: that of the panel one is in, else the only one selected, else the one that is open. */
export function subject(): string | null {
  const { open, selected } = useView.getState();
  const [only] = selected.size === 1 ? selected : [];
  const inPanel = document.activeElement?.closest('.editor-panel') != null;
  const id = (inPanel ? (open ?? only) : (only ?? open)) ?? '';
  return id in useDocument.getState().doc.nodes ? id : null;
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
    group: 'node',
    keys: ['mod+shift+Enter'],
    inFields: true,
    when: withSubject,
    run: onSubject(runTo),
  },
  { id: 'run.node', title: 'run.step', group: 'node', when: withSubject, run: onSubject(runStep) },
  { id: 'run.from', title: 'run.from', group: 'node', when: withSubject, run: onSubject(runFrom) },
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
