import { History, Redo2, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { useActions } from '@/actions/registry';
import { type Step, useDocument } from '@/doc/store';
import { t } from '@/lib/i18n';
import { ago } from '@/lib/time';
import { IconButton } from '@/ui/Button';
import { Popover } from '@/ui/Popover';
import { announce } from '@/ui/Toast';

/** Steps are labelled by keys of texts. */
function named(step: Step): string {
  return step.label.includes('.') ? t(step.label) : step.label;
}

export function undo(): void {
  const step = useDocument.getState().undo();
  if (step) announce(t('editor.undone', { step: named(step) }));
}

export function redo(): void {
  const step = useDocument.getState().redo();
  if (step) announce(t('editor.redone', { step: named(step) }));
}

const ACTIONS = [
  { id: 'undo', title: 'editor.undo', group: 'document', keys: ['mod+z'], run: undo },
  { id: 'redo', title: 'editor.redo', group: 'document', keys: ['mod+shift+z', 'mod+y'], run: redo },
];

/** The list of what was done since the workflow was opened; a click goes back or forward to there. */
export function StepsButton() {
  useActions(ACTIONS);
  const [open, setOpen] = useState(false);
  return (
    <Popover
      label={t('editor.steps')}
      align="end"
      open={open}
      onOpenChange={setOpen}
      trigger={<IconButton icon={History} label={t('editor.steps')} />}
    >
      <StepList />
    </Popover>
  );
}

/** A part of its own, so that typing does not draw it while it is closed. */
function StepList() {
  const { past, future } = useDocument();
  const go = (count: number) => {
    const { undo: back, redo: forward } = useDocument.getState();
    for (let i = 0; i < Math.abs(count); i++) count > 0 ? forward() : back();
  };
  return (
    <div className="undo-steps">
      <div className="undo-head">
        <h2>{t('editor.steps')}</h2>
        <IconButton
          size="small"
          icon={Undo2}
          label={t('editor.undo')}
          keys="mod+z"
          disabled={past.length === 0}
          onClick={undo}
        />
        <IconButton
          size="small"
          icon={Redo2}
          label={t('editor.redo')}
          keys="mod+shift+z"
          disabled={future.length === 0}
          onClick={redo}
        />
      </div>
      {past.length + future.length === 0 && <p className="muted">{t('editor.no_steps')}</p>}
      <ol>
        {future.map((step, i) => (
          <li key={step.at + step.label + String(i)}>
            <button type="button" className="undo-step undone" onClick={() => go(future.length - i)}>
              <span className="truncate">{named(step)}</span>
              <span className="meta">{ago(new Date(step.at).toISOString())}</span>
            </button>
          </li>
        ))}
        {past.toReversed().map((step, i) => (
          <li key={step.at + step.label + String(i)}>
            <button type="button" className="undo-step" aria-current={i === 0} onClick={() => go(-i)}>
              <span className="truncate">{named(step)}</span>
              <span className="meta">{ago(new Date(step.at).toISOString())}</span>
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}
