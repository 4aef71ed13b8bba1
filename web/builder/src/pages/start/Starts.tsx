import { useQueryClient } from '@tanstack/react-query';
import { FilePlus2, type LucideIcon, Sparkles, Upload } from 'lucide-react';
import { useId, useState } from 'react';
import { useNavigate } from 'react-router';
import { t } from '@/lib/i18n';
import { told } from '@/ui/telling';
import { EXAMPLES, type Example } from './examples';
import { ImportDialog } from './ImportDialog';
import { makeWorkflow, type Place } from './making';

interface StartsProps {
  place: Place;
  /** The import is open from the beginning. */
  importing?: boolean;
}

/** Ways to a workflow: from nothing, from an example, from a file. */
export function Starts({ place, importing: opened = false }: StartsProps) {
  const [importing, setImporting] = useState(opened);
  const [busy, setBusy] = useState('');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const heading = useId();

  async function make(key: string, example?: Example) {
    setBusy(key);
    const document = example ? example.document() : { name: t('pages.untitled') };
    const made = await told(() => makeWorkflow({ ...document, ...place }));
    setBusy('');
    void queries.invalidateQueries({ queryKey: ['workflows'] });
    if (made) await navigate(`/workflow/${made.id}`);
  }

  const [first, ...more] = EXAMPLES;
  return (
    <>
      <div className="start-cards">
        <Start
          icon={FilePlus2}
          tone="logic"
          title={t('pages.blank')}
          text={t('pages.blank_text')}
          busy={busy === 'blank'}
          onPick={() => void make('blank')}
        />
        {first && (
          <Start
            icon={Sparkles}
            tone="data"
            title={t('pages.example')}
            text={t('pages.example_text')}
            busy={busy === first.key}
            onPick={() => void make(first.key, first)}
          />
        )}
        <Start
          icon={Upload}
          tone="files"
          title={t('pages.import')}
          text={t('pages.import_text')}
          onPick={() => setImporting(true)}
        />
      </div>
      <section className="examples" aria-labelledby={heading}>
        <h2 id={heading}>{t('pages.more_examples')}</h2>
        <ul className="start-cards">
          {more.map((example) => (
            <li key={example.key}>
              <button
                type="button"
                className="start-example"
                disabled={busy !== ''}
                onClick={() => void make(example.key, example)}
              >
                <span className={`tile ${example.tone}`}>
                  <example.icon size={16} strokeWidth={1.75} aria-hidden="true" />
                </span>
                <span className="entry-text">
                  <strong>{t(`pages.example_${example.key}`)}</strong>
                  <span className="muted">{t(`pages.example_${example.key}_text`)}</span>
                </span>
              </button>
            </li>
          ))}
        </ul>
      </section>
      {importing && <ImportDialog place={place} onClose={() => setImporting(false)} />}
    </>
  );
}

interface StartProps {
  icon: LucideIcon;
  /** Colour of its tile. */
  tone: string;
  title: string;
  text: string;
  busy?: boolean;
  onPick: () => void;
}

function Start({ icon: Icon, tone, title, text, busy, onPick }: StartProps) {
  return (
    <button type="button" className="start" onClick={onPick} disabled={busy} aria-busy={busy || undefined}>
      <span className={`tile ${tone}`}>
        {busy ? (
          <span className="spinner" aria-hidden="true" />
        ) : (
          <Icon size={22} strokeWidth={1.75} aria-hidden="true" />
        )}
      </span>
      <strong>{title}</strong>
      <span className="muted">{text}</span>
    </button>
  );
}
