import '../styles/pages.css';
import { useSearchParams } from 'react-router';
import { t } from '@/lib/i18n';
import { Page } from '@/shell/Page';
import { Starts } from './start/Starts';

/** What to begin with. `?folder=` and `?project=` say where it goes, `?from=import` opens the import. */
export default function NewWorkflow() {
  const [query] = useSearchParams();
  const folder = query.get('folder') ?? '';
  return (
    <Page title={t('pages.start')}>
      <p className="muted start-text">{folder ? t('pages.start_in', { folder }) : t('pages.start_text')}</p>
      <Starts place={{ folder, project: query.get('project') }} importing={query.get('from') === 'import'} />
    </Page>
  );
}
