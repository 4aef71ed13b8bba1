import { ChevronRight, CircleAlert } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { editDoc } from '@/doc/commands';
import { useDocument } from '@/doc/store';
import { t } from '@/lib/i18n';
import { RunButton } from '@/run/RunButton';
import { IssuesButton } from './Issues';
import { Places } from './Places';
import { PublishButton } from './Publish';
import { SavePill } from './SavePill';
import { StepsButton } from './Steps';
import { WorkflowMenu } from './WorkflowMenu';

/** Above the canvas: where one is, whether it is saved, and what to do with it. */
export function EditorHead() {
  const filing = useDocument((state) => state.filing);
  const name = useDocument((state) => state.doc.name);
  return (
    <header className="editor-head">
      <h1 className="visually-hidden">{name}</h1>
      <div className="head-where">
        <Link
          className="head-crumb"
          to={filing?.folder ? `/workflows?folder=${encodeURIComponent(filing.folder)}` : '/workflows'}
        >
          {filing?.folder || t('editor.workflows')}
        </Link>
        <ChevronRight size={14} aria-hidden="true" className="head-chevron" />
        <NameField />
        <SavePill />
      </div>
      {filing && <Places id={filing.id} />}
      <div className="head-actions">
        <StepsButton />
        <IssuesButton />
        <WorkflowMenu />
        <RunButton />
        <PublishButton />
      </div>
    </header>
  );
}

function NameField() {
  const name = useDocument((state) => state.doc.name);
  const [typed, setTyped] = useState<string | null>(null);
  function finish(keep: boolean) {
    const wanted = typed?.trim();
    if (keep && wanted && wanted !== name)
      useDocument.getState().change('editor.step_rename', (doc) => editDoc(doc, { name: wanted }));
    setTyped(null);
  }
  return (
    <span className="head-name" data-text={typed ?? name}>
      <input
        aria-label={t('editor.name')}
        value={typed ?? name}
        maxLength={200}
        size={1}
        onFocus={(event) => event.target.select()}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={() => finish(true)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur();
          if (event.key === 'Escape') {
            event.stopPropagation();
            setTyped(null);
          }
        }}
      />
      {typed !== null && !typed.trim() && <CircleAlert size={14} aria-label={t('editor.name_empty')} />}
    </span>
  );
}
