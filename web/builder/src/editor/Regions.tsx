/** Regions of the editor beside its canvas, which past runs have as well. */
import { Suspense } from 'react';
import { t } from '@/lib/i18n';
import { later } from '@/lib/later';
import { Skeleton } from '@/ui/Empty';
import { Splitter, useSize } from '@/ui/Splitter';
import { useView } from './view';

const NodePanel = later(() => import('@/panel/NodePanel'));
const RunDrawer = later(() => import('@/run/RunDrawer'));

/** The panel of the node that is open, at the right or, maximised, over everything. */
export function Inspector() {
  const open = useView((state) => state.open);
  const maximised = useView((state) => state.maximised);
  const width = useSize('inspector', 440);
  if (open === null) return null;
  return (
    <aside className={`editor-panel ${maximised ? 'maximised' : ''}`} style={maximised ? undefined : { width }}>
      {!maximised && (
        <Splitter name="inspector" label={t('editor.panel_size')} size={width} min={360} max={720} edge="left" />
      )}
      <Suspense fallback={<Skeleton />}>
        <NodePanel />
      </Suspense>
    </aside>
  );
}

/** Below the canvas: the log of the run that is shown. */
export function Drawer() {
  const log = useView((state) => state.log);
  if (!log) return null;
  return (
    <div className="editor-drawer">
      <Suspense fallback={<Skeleton lines={3} />}>
        <RunDrawer />
      </Suspense>
    </div>
  );
}
