import { MiniMap } from '@xyflow/react';
import { useEffect, useState } from 'react';
import { t } from '@/lib/i18n';
import { usePreferences } from '@/lib/preferences';
import { type StepStatus, useRun } from '@/run/store';
import type { CanvasNode } from './elements';
import { useCanvas } from './state';

const LINGER = 1000;
const COLORS: Partial<Record<StepStatus, string>> = {
  succeeded: 'var(--ok)',
  failed: 'var(--err)',
  running: 'var(--accent)',
  waiting: 'var(--warn)',
};

/** The whole graph, small, while the canvas moves or always. */
export function Overview() {
  const choice = usePreferences((state) => state.minimap);
  const shown = useLately(useCanvas((state) => state.moving));
  if (choice === 'never' || (choice === 'moving' && !shown)) return null;
  return <Small />;
}

function Small() {
  const runs = useRun((state) => state.nodes);
  return (
    <MiniMap<CanvasNode>
      className="overview"
      ariaLabel={t('canvas.minimap')}
      pannable
      zoomable
      nodeBorderRadius={16}
      nodeStrokeWidth={0}
      nodeColor={({ id, type, data }) =>
        type === 'note' && 'note' in data
          ? `var(--note-${data.note.color})`
          : (COLORS[runs[id]?.status ?? 'queued'] ?? 'var(--edge)')
      }
    />
  );
}

/** True while it is, and a moment longer. */
function useLately(now: boolean): boolean {
  const [lately, setLately] = useState(false);
  useEffect(() => {
    if (now) {
      setLately(true);
      return;
    }
    const timer = setTimeout(() => setLately(false), LINGER);
    return () => clearTimeout(timer);
  }, [now]);
  return lately;
}
