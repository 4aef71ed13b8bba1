import { Compass } from 'lucide-react';
import { Link } from 'react-router';
import { t } from '@/lib/i18n';
import { useTitle } from '@/shell/Page';
import { Empty } from '@/ui/Empty';

/** An address that leads nowhere. */
export default function NotFound() {
  useTitle(t('pages.not_found'));
  return (
    <Empty
      whole
      icon={Compass}
      title={t('pages.not_found')}
      actions={
        <Link className="button default normal" to="/workflows">
          {t('pages.to_workflows')}
        </Link>
      }
    >
      {t('pages.not_found_text')}
    </Empty>
  );
}
