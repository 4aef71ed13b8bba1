import { useEffect } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { t } from '@/lib/i18n';
import { toast } from '@/ui/Toast';
import { told } from '@/ui/telling';
import { undo } from './Steps';
import { restorePoint } from './workflow';

interface Wanted {
  /** The number of a version, or the id of a checkpoint. */
  key: string;
  title: string;
}

function wanted(state: unknown): Wanted | null {
  if (typeof state !== 'object' || state === null || !('restore' in state)) return null;
  const { restore } = state;
  if (typeof restore !== 'object' || restore === null || !('key' in restore) || !('title' in restore)) return null;
  return { key: String(restore.key), title: String(restore.title) };
}

/** The history leads here with a point to restore: it becomes the draft in a step that can be undone. */
export function useRestored(id: string, ready: boolean): void {
  const { state, pathname, search } = useLocation();
  const navigate = useNavigate();
  const { key = null, title = '' } = wanted(state) ?? {};
  useEffect(() => {
    if (!ready || key === null) return;
    navigate(pathname + search, { replace: true, state: null });
    void told(async () => {
      await restorePoint(id, key);
      toast(t('editor.restored', { title }), 'ok', { label: t('common.undo'), run: undo });
    });
  }, [ready, key, title, id, pathname, search, navigate]);
}
