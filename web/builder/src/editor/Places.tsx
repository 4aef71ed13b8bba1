import { NavLink } from 'react-router';
import { t } from '@/lib/i18n';

/** Editor, Runs, History: the three views of a workflow. */
export function Places({ id }: { id: string }) {
  return (
    <nav className="segmented-group head-places" aria-label={t('editor.places')}>
      <NavLink end to={`/workflow/${id}`}>
        {t('editor.editor')}
      </NavLink>
      <NavLink to={`/workflow/${id}/runs`}>{t('editor.runs')}</NavLink>
      <NavLink to={`/workflow/${id}/history`}>{t('editor.history')}</NavLink>
    </nav>
  );
}
