import { t } from '@/lib/i18n';
import { usePreferences } from '@/lib/preferences';
import { Button } from '@/ui/Button';
import { Menu } from '@/ui/Menu';
import { frame, glide } from './camera';
import { selection } from './edits';
import { canvas, useCanvas } from './state';

/** How large things are shown, and the ways to change it. */
export function ZoomMenu() {
  const zoom = useCanvas((state) => state.zoom);
  const minimap = usePreferences((state) => state.minimap);
  const some = selection().size > 0;
  const to = (value: number) => () => void canvas().flow?.zoomTo(value, { duration: glide() });
  return (
    <div className="zoom">
      <Menu
        align="start"
        label={t('canvas.zoom')}
        items={[
          [
            { label: '50 %', onSelect: to(0.5) },
            { label: '100 %', keys: '0', onSelect: to(1) },
            { label: '200 %', onSelect: to(2) },
          ],
          [
            { label: t('canvas.fit'), keys: '1', onSelect: () => frame() },
            { label: t('canvas.fit_selection'), keys: '2', disabled: !some, onSelect: () => frame(selection()) },
          ],
          [
            {
              label: t('canvas.minimap_always'),
              keys: 'm',
              checked: minimap === 'always',
              onSelect: toggleMinimap,
            },
          ],
        ]}
      >
        <Button size="small" aria-label={t('canvas.zoom_at', { percent: zoom })} className="numbers">
          {zoom} %
        </Button>
      </Menu>
    </div>
  );
}

export function toggleMinimap(): void {
  const { minimap, set } = usePreferences.getState();
  set({ minimap: minimap === 'always' ? 'moving' : 'always' });
}
