import { CloudOff, GitMerge, History, LogIn } from 'lucide-react';
import { type Draft, forget, restore } from '@/doc/draft';
import { save } from '@/doc/save';
import { useDocument } from '@/doc/store';
import { t } from '@/lib/i18n';
import { moment } from '@/lib/time';
import { Button } from '@/ui/Button';
import { useView } from './view';

interface BannersProps {
  draft: Draft | null;
  dropDraft: () => void;
}

/** Above the canvas, what has to be known before one goes on: unsaved work, no connection, a conflict. */
export function Banners({ draft, dropDraft }: BannersProps) {
  const state = useDocument((document) => document.save);
  return (
    <div className="banners">
      {draft && (
        <div className="banner" role="status">
          <History size={16} aria-hidden="true" />
          <span className="banner-text">{t('doc.draft', { time: moment(new Date(draft.at).toISOString()) })}</span>
          <Button
            size="small"
            look="primary"
            onClick={() => {
              void restore(draft);
              dropDraft();
            }}
          >
            {t('doc.draft_restore')}
          </Button>
          <Button
            size="small"
            onClick={() => {
              void forget(draft.workflow, draft.key);
              dropDraft();
            }}
          >
            {t('doc.draft_drop')}
          </Button>
        </div>
      )}
      {state.kind === 'offline' && (
        <div className="banner warn" role="alert">
          <CloudOff size={16} aria-hidden="true" />
          <span className="banner-text">{t('doc.offline_text')}</span>
        </div>
      )}
      {state.kind === 'signed_out' && (
        <div className="banner warn" role="alert">
          <LogIn size={16} aria-hidden="true" />
          <span className="banner-text">{t('doc.session_over_text')}</span>
          <Button size="small" look="primary" onClick={() => void save()}>
            {t('doc.sign_in')}
          </Button>
        </div>
      )}
      {state.kind === 'refused' && (
        <div className="banner err" role="alert">
          <CloudOff size={16} aria-hidden="true" />
          <span className="banner-text">{t('doc.refused_text', { message: state.message })}</span>
        </div>
      )}
      {state.kind === 'conflict' && (
        <div className="banner warn" role="alert">
          <GitMerge size={16} aria-hidden="true" />
          <span className="banner-text">{t('doc.conflict_banner')}</span>
          <Button size="small" look="primary" onClick={() => useView.getState().show('conflict')}>
            {t('doc.conflict_review')}
          </Button>
        </div>
      )}
    </div>
  );
}
