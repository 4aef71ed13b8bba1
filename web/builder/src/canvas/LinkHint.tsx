import { useDocument } from '@/doc/store';
import { t } from '@/lib/i18n';
import { Button } from '@/ui/Button';
import { setCanvas, useCanvas } from './state';

/** While a wire waits for its other end: what to do now. */
export function LinkHint() {
  const linking = useCanvas((state) => state.linking);
  const name = useDocument((state) => (linking ? state.doc.nodes[linking.node]?.name : undefined));
  if (!linking || !name) return null;
  return (
    <div className="canvas-hint">
      {t('canvas.linking', { name })}
      <Button size="small" look="quiet" onClick={() => setCanvas({ linking: null })}>
        {t('common.cancel')}
      </Button>
    </div>
  );
}
