import { useQueryClient } from '@tanstack/react-query';
import { FileUp } from 'lucide-react';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { Problem } from '@/lib/api';
import { t } from '@/lib/i18n';
import { Button } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { Textarea } from '@/ui/Field';
import { toast } from '@/ui/Toast';
import { type Failure, importFiles, importText, type Made, type Place } from './making';

interface ImportDialogProps {
  place: Place;
  /** Taken at once, such as those that were dropped on a page. */
  files?: readonly File[];
  onClose: () => void;
}

/** Workflows from files or from pasted text: JSON or YAML of a8n, or n8n's JSON. */
export function ImportDialog({ place, files: given, onClose }: ImportDialogProps) {
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [over, setOver] = useState(false);
  const [failures, setFailures] = useState<readonly Failure[]>([]);
  const files = useRef<HTMLInputElement>(null);
  const queries = useQueryClient();
  const go = useNavigate();

  async function finish(made: readonly Made[], failed: readonly Failure[]) {
    void queries.invalidateQueries({ queryKey: ['workflows'] });
    setFailures(failed);
    setBusy(false);
    const [only] = made;
    if (failed.length > 0 || !only) return;
    onClose();
    report(made);
    await go(made.length === 1 ? `/workflow/${only.id}` : '/workflows');
  }
  async function take(chosen: Iterable<File>) {
    const files = [...chosen];
    if (files.length === 0) return;
    setBusy(true);
    const { made, failed } = await importFiles(files, place);
    await finish(made, failed);
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the dialog opens
  useEffect(() => void take(given ?? []), []);
  async function paste() {
    setBusy(true);
    try {
      await finish([await importText(text, place, t('pages.untitled'))], []);
    } catch (error) {
      await finish([], [{ name: '', error }]);
    }
  }
  function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer.files);
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('pages.import')}
      description={t('pages.import_text')}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" busy={busy} disabled={!text.trim()} onClick={() => void paste()}>
            {t('pages.import_pasted')}
          </Button>
        </>
      }
    >
      <div className="import">
        {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button inside is the first */}
        <div
          className={`drop-zone ${over ? 'over' : ''}`}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={drop}
        >
          <FileUp size={20} strokeWidth={1.75} aria-hidden="true" />
          <span>{t('pages.drop_files')}</span>
          <Button size="small" busy={busy} onClick={() => files.current?.click()}>
            {t('pages.choose_files')}
          </Button>
          <input
            ref={files}
            type="file"
            hidden
            multiple
            accept=".json,.yaml,.yml"
            onChange={(event) => void take(event.target.files ?? [])}
          />
        </div>
        <Textarea
          className="mono"
          rows={8}
          aria-label={t('pages.paste_here')}
          placeholder={t('pages.paste_here')}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Failures failures={failures} />
      </div>
    </Dialog>
  );
}

function refusal(error: unknown): string {
  if (!(error instanceof Problem)) return String(error);
  if (error.offline) return t('common.offline_text');
  return error.errors.length > 0 ? t('pages.import_refused') : error.message;
}

/** Say what has come in, and what of it has to be looked at. */
function report(made: readonly Made[]): void {
  const problems = made.flatMap((one) => one.problems);
  if (problems.length > 0)
    toast(t('pages.imported_with', { count: problems.length, first: problems[0] ?? '' }), 'info');
  else toast(t('pages.imported', { count: made.length, name: made[0]?.name ?? '' }), 'ok');
}

/** Why files or texts were refused: each place of each. */
function Failures({ failures }: { failures: readonly Failure[] }) {
  return (
    <div role="alert" className="failures">
      {failures.map(({ name, error }) => (
        <div key={name}>
          <p className="field-error">
            {name && <strong>{name}: </strong>}
            {refusal(error)}
          </p>
          {error instanceof Problem && error.errors.length > 0 && (
            <ul className="failure-places">
              {error.errors.slice(0, 12).map((place) => (
                <li key={`${place.path} ${place.message}`}>
                  {place.path && <code>{place.path}</code>} {place.message}
                </li>
              ))}
            </ul>
          )}
        </div>
      ))}
    </div>
  );
}
