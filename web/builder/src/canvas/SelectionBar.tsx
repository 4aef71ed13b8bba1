import { NodeToolbar, Position } from '@xyflow/react';
import {
  AlignHorizontalDistributeCenter,
  AlignStartHorizontal,
  AlignStartVertical,
  AlignVerticalDistributeCenter,
  Copy,
  Power,
  Trash2,
  WandSparkles,
} from 'lucide-react';
import { useMemo } from 'react';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { IconButton } from '@/ui/Button';
import { arrangeSelected, deleteSelected, toggleDisabled } from './edits';
import { duplicate } from './pasting';
import { useCanvas } from './state';
import { tidy } from './tidy';

/** What can be done to several steps at once, above them. */
export function SelectionBar() {
  const nodes = useDocument((state) => state.doc.nodes);
  const readOnly = useDocument((state) => state.readOnly);
  const selected = useView((state) => state.selected);
  const dragging = useCanvas((state) => state.drafts.size > 0);
  const ids = useMemo(() => [...selected].filter((id) => id in nodes), [selected, nodes]);
  if (ids.length < 2 || readOnly || dragging) return null;
  return (
    <NodeToolbar nodeId={ids} isVisible position={Position.Top} offset={16} className="selection-bar nodrag nopan">
      <div role="toolbar" aria-label={t('canvas.selection')} className="selection-tools">
        <span className="selection-count numbers">{t('canvas.count_steps', { count: ids.length })}</span>
        <span className="dock-line" />
        <IconButton
          size="small"
          side="top"
          icon={AlignStartVertical}
          label={t('canvas.align_left')}
          keys="alt+a l"
          onClick={() => arrangeSelected('left')}
        />
        <IconButton
          size="small"
          side="top"
          icon={AlignStartHorizontal}
          label={t('canvas.align_top')}
          keys="alt+a t"
          onClick={() => arrangeSelected('top')}
        />
        <IconButton
          size="small"
          side="top"
          icon={AlignHorizontalDistributeCenter}
          label={t('canvas.distribute_columns')}
          keys="alt+a h"
          disabled={ids.length < 3}
          onClick={() => arrangeSelected('columns')}
        />
        <IconButton
          size="small"
          side="top"
          icon={AlignVerticalDistributeCenter}
          label={t('canvas.distribute_rows')}
          keys="alt+a v"
          disabled={ids.length < 3}
          onClick={() => arrangeSelected('rows')}
        />
        <IconButton
          size="small"
          side="top"
          icon={WandSparkles}
          label={t('canvas.tidy_selection')}
          keys="alt+shift+t"
          onClick={() => void tidy(ids)}
        />
        <span className="dock-line" />
        <IconButton
          size="small"
          side="top"
          icon={Power}
          label={t('canvas.toggle')}
          keys="d"
          onClick={() => toggleDisabled()}
        />
        <IconButton
          size="small"
          side="top"
          icon={Copy}
          label={t('canvas.duplicate')}
          keys="mod+d"
          onClick={duplicate}
        />
        <IconButton
          size="small"
          side="top"
          icon={Trash2}
          label={t('common.delete')}
          keys="Delete"
          onClick={() => deleteSelected()}
        />
      </div>
    </NodeToolbar>
  );
}
