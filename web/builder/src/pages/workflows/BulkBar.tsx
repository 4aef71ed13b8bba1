import { Archive, ArchiveRestore, FolderInput, Power, PowerOff, Tag, Trash2, X } from 'lucide-react';
import { useState } from 'react';
import { Problem } from '@/lib/api';
import { t } from '@/lib/i18n';
import { Button, IconButton } from '@/ui/Button';
import { toast } from '@/ui/Toast';
import { activate, deactivate, patch, remove } from '@/workflow/verbs';
import { AskText, Confirm } from './Ask';
import { AskFolder } from './AskFolder';
import type { Summary } from './list';

interface BulkBarProps {
  rows: readonly Summary[];
  archived: boolean;
  onDone: () => void;
  onClear: () => void;
}

/** What can be done with all that are chosen. */
export function BulkBar({ rows, archived, onDone, onClear }: BulkBarProps) {
  const [asking, setAsking] = useState<'move' | 'tag' | 'delete' | null>(null);
  const [busy, setBusy] = useState(false);

  async function each(act: (row: Summary) => Promise<void>) {
    setBusy(true);
    const refused: string[] = [];
    for (const row of rows) {
      try {
        await act(row);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        refused.push(error.message);
      }
    }
    setBusy(false);
    if (refused.length > 0)
      toast(t('pages.bulk_refused', { count: refused.length, message: refused[0] ?? '' }), 'error');
    else toast(t('pages.bulk_done', { count: rows.length }), 'ok');
    onDone();
  }
  async function addTag({ id, tags }: Summary, tag: string) {
    if (!tags.includes(tag)) await patch(id, { tags: [...tags, tag] });
  }

  return (
    <div className="bulk" role="toolbar" aria-label={t('pages.bulk')}>
      <strong>{t('pages.chosen', { count: rows.length })}</strong>
      <Button
        size="small"
        look="quiet"
        icon={Power}
        disabled={busy}
        onClick={() => void each(({ id }) => activate(id))}
      >
        {t('pages.activate')}
      </Button>
      <Button
        size="small"
        look="quiet"
        icon={PowerOff}
        disabled={busy}
        onClick={() => void each(({ id }) => deactivate(id))}
      >
        {t('pages.deactivate')}
      </Button>
      <Button size="small" look="quiet" icon={FolderInput} disabled={busy} onClick={() => setAsking('move')}>
        {t('pages.move')}
      </Button>
      <Button size="small" look="quiet" icon={Tag} disabled={busy} onClick={() => setAsking('tag')}>
        {t('pages.add_tag')}
      </Button>
      <Button
        size="small"
        look="quiet"
        icon={archived ? ArchiveRestore : Archive}
        disabled={busy}
        onClick={() => void each(({ id }) => patch(id, { archived: !archived }))}
      >
        {archived ? t('pages.unarchive') : t('pages.archive')}
      </Button>
      <Button size="small" look="danger" icon={Trash2} disabled={busy} onClick={() => setAsking('delete')}>
        {t('pages.delete')}
      </Button>
      <IconButton size="small" icon={X} label={t('pages.clear')} onClick={onClear} />
      {asking === 'move' && (
        <AskFolder
          value=""
          onClose={() => setAsking(null)}
          onDone={(folder) => void each(({ id }) => patch(id, { folder }))}
        />
      )}
      {asking === 'tag' && (
        <AskText
          title={t('pages.add_tag')}
          label={t('pages.tag')}
          value=""
          onClose={() => setAsking(null)}
          onDone={(tag) => void each((row) => addTag(row, tag))}
        />
      )}
      {asking === 'delete' && (
        <Confirm
          title={t('pages.delete_title', { count: rows.length })}
          text={t('pages.delete_many_text')}
          verb={t('pages.delete')}
          onClose={() => setAsking(null)}
          onDone={() => void each(({ id }) => remove(id))}
        />
      )}
    </div>
  );
}
