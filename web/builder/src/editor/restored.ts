import { useEffect } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { t } from '@/lib/i18n';
import { toast } from '@/ui/Toast';
import { told } from '@/ui/telling';
import { undo } from './Steps';
import { restoreVersion } from './workflow';

function wanted(state: unknown): number | null {
  if (typeof state !== 'object' || state === null || !('restore' in state)) return null;
  return typeof state.restore === 'number' ? state.restore : null;
}

/** The history leads here with a version to restore: it becomes the draft in a step that can be undone. */
export function useRestored(id: string, ready: boolean): void {
  const { state, pathname, search } = useLocation();
  const navigate = useNavigate();
  const version = wanted(state);
  useEffect(() => {
    if (!ready || version === null) return;
    navigate(pathname + search, { replace: true, state: null });
    void told(async () => {
      await restoreVersion(id, version);
      toast(t('editor.restored', { version }), 'ok', { label: t('common.undo'), run: undo });
    });
  }, [ready, version, id, pathname, search, navigate]);
}
