import { Check, CloudOff, GitMerge, LoaderCircle, LogIn, Pencil, TriangleAlert } from 'lucide-react';
import { useActions } from '@/actions/registry';
import { save } from '@/doc/save';
import { type SaveState, useDocument } from '@/doc/store';
import { t } from '@/lib/i18n';
import { clock } from '@/lib/time';
import { Tip } from '@/ui/Tooltip';
import { useView } from './view';
import { checkpoint } from './workflow';

const ICONS = {
  saved: Check,
  dirty: Pencil,
  saving: LoaderCircle,
  offline: CloudOff,
  signed_out: LogIn,
  conflict: GitMerge,
  refused: TriangleAlert,
};

function text(state: SaveState): string {
  if (state.kind === 'saved') return t('doc.saved', { time: clock(state.at) });
  return t(`doc.${state.kind}`);
}

const ACTIONS = [
  {
    id: 'save',
    title: 'doc.checkpoint',
    group: 'document',
    keys: ['mod+s'],
    inFields: true,
    run: () => void checkpoint(),
  },
];

/** Whether what is on the screen is safe, in words; a click saves, keeps a checkpoint, or shows what is to be decided. */
export function SavePill() {
  const state = useDocument((document) => document.save);
  const readOnly = useDocument((document) => document.readOnly);
  useActions(ACTIONS);
  if (readOnly) return <span className="chip">{t('doc.read_only')}</span>;
  const Icon = ICONS[state.kind];
  const act = () => {
    if (state.kind === 'conflict') useView.getState().show('conflict');
    else void (state.kind === 'saved' ? checkpoint() : save());
  };
  return (
    <Tip
      text={state.kind === 'refused' ? state.message : t(`doc.${state.kind}_tip`)}
      keys={state.kind === 'dirty' || state.kind === 'saved' ? 'mod+s' : undefined}
    >
      <button
        type="button"
        className={`save-pill ${state.kind}`}
        data-testid="save"
        data-state={state.kind}
        onClick={act}
      >
        <Icon size={14} strokeWidth={1.75} aria-hidden="true" />
        {text(state)}
      </button>
    </Tip>
  );
}
