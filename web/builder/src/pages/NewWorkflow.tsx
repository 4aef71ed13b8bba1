import '../styles/pages.css';
import { FilePlus2, Sparkles, Upload } from 'lucide-react';
import { type ChangeEvent, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { t } from '@/lib/i18n';
import { Page } from '@/shell/Page';
import { Button } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { Field, Textarea } from '@/ui/Field';
import { createWorkflow, importFiles, importText } from './workflows/create';
import { example } from './workflows/example';

/** What to begin with: nothing, something that runs, or something from elsewhere. */
export default function NewWorkflow() {
  const navigate = useNavigate();
  const file = useRef<HTMLInputElement>(null);
  const [pasting, setPasting] = useState(false);
  const open = (id: string | undefined) => id && navigate(`/workflow/${id}`, { replace: true });

  async function chosen({ target }: ChangeEvent<HTMLInputElement>) {
    const [id] = await importFiles([...(target.files ?? [])]);
    open(id);
  }

  return (
    <Page title={t('pages.start')}>
      <p className="muted start-text">{t('pages.start_text')}</p>
      <div className="start-cards">
        <button type="button" className="start" onClick={() => void createWorkflow({}).then(open)}>
          <span className="tile logic">
            <FilePlus2 size={22} strokeWidth={1.75} aria-hidden="true" />
          </span>
          <strong>{t('pages.blank')}</strong>
          <span className="muted">{t('pages.blank_text')}</span>
        </button>
        <button type="button" className="start" onClick={() => void createWorkflow({ document: example() }).then(open)}>
          <span className="tile data">
            <Sparkles size={22} strokeWidth={1.75} aria-hidden="true" />
          </span>
          <strong>{t('pages.example')}</strong>
          <span className="muted">{t('pages.example_text')}</span>
        </button>
        <button type="button" className="start" onClick={() => setPasting(true)}>
          <span className="tile files">
            <Upload size={22} strokeWidth={1.75} aria-hidden="true" />
          </span>
          <strong>{t('pages.import')}</strong>
          <span className="muted">{t('pages.import_text')}</span>
        </button>
      </div>
      <input ref={file} type="file" hidden accept=".json,.yaml,.yml" onChange={(event) => void chosen(event)} />
      {pasting && (
        <PasteDialog
          onFile={() => file.current?.click()}
          onClose={() => setPasting(false)}
          onDone={(text) => void importText(text, t('pages.untitled')).then(open)}
        />
      )}
    </Page>
  );
}

interface PasteDialogProps {
  onFile: () => void;
  onClose: () => void;
  onDone: (text: string) => void;
}

function PasteDialog({ onFile, onClose, onDone }: PasteDialogProps) {
  const [text, setText] = useState('');
  return (
    <Dialog
      open
      title={t('pages.import')}
      description={t('pages.import_help')}
      onClose={onClose}
      footer={
        <>
          <Button icon={Upload} onClick={onFile}>
            {t('pages.choose_file')}
          </Button>
          <Button look="primary" disabled={!text.trim()} onClick={() => onDone(text)}>
            {t('pages.import')}
          </Button>
        </>
      }
    >
      <Field label={t('pages.import_paste')}>
        {(ids) => (
          <Textarea {...ids} className="mono" rows={10} value={text} onChange={({ target }) => setText(target.value)} />
        )}
      </Field>
    </Dialog>
  );
}
