import { Maximize, Plus, Redo2, StickyNote, Undo2, WandSparkles } from 'lucide-react';
import type { ReactNode } from 'react';
import { useDocument } from '@/doc/store';
import { redo, undo } from '@/editor/Steps';
import { t } from '@/lib/i18n';
import { IconButton } from '@/ui/Button';
import { frame } from './camera';
import { addNote, askForNode, selectedNodes } from './edits';
import { tidy } from './tidy';

/** The tools of the canvas, at its lower edge. `children` stand at the end. */
export function Dock({ children }: { children?: ReactNode }) {
  const undone = useDocument((state) => state.past.at(-1)?.label);
  const redone = useDocument((state) => state.future.at(-1)?.label);
  return (
    <div className="dock" role="toolbar" aria-label={t('canvas.tools')}>
      <IconButton
        icon={Plus}
        side="top"
        label={t('canvas.add')}
        keys="n"
        className="dock-add"
        onClick={() => askForNode()}
      />
      <IconButton icon={StickyNote} side="top" label={t('canvas.note')} keys="shift+s" onClick={() => addNote()} />
      <span className="dock-line" />
      <IconButton
        icon={WandSparkles}
        side="top"
        label={t('canvas.tidy')}
        keys="alt+shift+t"
        onClick={() => void tidy(selectedNodes())}
      />
      <IconButton icon={Maximize} side="top" label={t('canvas.fit')} keys="1" onClick={() => frame()} />
      <span className="dock-line" />
      <IconButton
        icon={Undo2}
        side="top"
        label={undone ? t('canvas.undo_label', { label: undone }) : t('canvas.undo')}
        keys="mod+z"
        disabled={!undone}
        onClick={undo}
      />
      <IconButton
        icon={Redo2}
        side="top"
        label={redone ? t('canvas.redo_label', { label: redone }) : t('canvas.redo')}
        keys="mod+shift+z"
        disabled={!redone}
        onClick={redo}
      />
      {children}
    </div>
  );
}
