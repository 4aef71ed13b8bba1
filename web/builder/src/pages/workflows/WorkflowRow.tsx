import {
  Archive,
  ArchiveRestore,
  Copy,
  Download,
  Ellipsis,
  FolderInput,
  Pencil,
  Power,
  Trash2,
  Workflow,
} from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { t } from '@/lib/i18n';
import { ago, moment } from '@/lib/time';
import { IconButton } from '@/ui/Button';
import { Menu } from '@/ui/Menu';
import type { Summary } from '../Workflows';
import { AskText, Confirm } from './Ask';
import { told } from './create';
import { activate, deactivate, duplicate, exportText, patch, remove } from './verbs';

interface WorkflowRowProps {
  workflow: Summary;
  /** The one that j and k have come to. */
  current: boolean;
  chosen: boolean;
  onChoose: () => void;
  onTag: (tag: string) => void;
  onChanged: () => void;
}

export function WorkflowRow({ workflow, current, chosen, onChoose, onTag, onChanged }: WorkflowRowProps) {
  const navigate = useNavigate();
  const [asking, setAsking] = useState<'rename' | 'move' | 'delete' | null>(null);
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (current) row.current?.scrollIntoView({ block: 'nearest' });
  }, [current]);
  const { id, name, active, archived, folder } = workflow;
  const then = (act: () => Promise<unknown>) => () => void told(act).then(onChanged);
  return (
    <li className={`entry ${current ? 'current' : ''} ${chosen ? 'chosen' : ''}`} ref={row}>
      <input
        type="checkbox"
        className="entry-check"
        aria-label={t('pages.choose', { name })}
        checked={chosen}
        onChange={onChoose}
      />
      <Link className="entry-main" to={`/workflow/${id}`}>
        <span className="tile">
          <Workflow size={18} strokeWidth={1.75} aria-hidden="true" />
        </span>
        <span className="entry-text">
          <span className="entry-title truncate" dir="auto">
            {name}
          </span>
          <span className="meta" title={moment(workflow.updated_at)}>
            {t('pages.changed', { time: ago(workflow.updated_at) })}
            {workflow.version !== null && ` · ${t('pages.version', { version: workflow.version })}`}
          </span>
        </span>
      </Link>
      <span className="entry-tags">
        {workflow.tags.map((tag) => (
          <button key={tag} type="button" className="chip" onClick={() => onTag(tag)}>
            {tag}
          </button>
        ))}
      </span>
      <span className={`entry-state ${active ? 'live' : ''}`}>
        <span className="dot" aria-hidden="true" />
        {archived ? t('pages.archived') : active ? t('pages.live') : t('pages.off')}
      </span>
      <Menu
        align="end"
        label={t('pages.more_about', { name })}
        items={[
          [
            { label: t('pages.rename'), icon: Pencil, onSelect: () => setAsking('rename') },
            {
              label: t('pages.duplicate'),
              icon: Copy,
              onSelect: () => void told(() => duplicate(id)).then((made) => made && navigate(`/workflow/${made}`)),
            },
            { label: t('pages.move'), icon: FolderInput, onSelect: () => setAsking('move') },
            { label: t('pages.export'), icon: Download, onSelect: () => void told(() => exportText(id, name)) },
          ],
          active
            ? [{ label: t('pages.deactivate'), icon: Power, onSelect: then(() => deactivate(id)) }]
            : [{ label: t('pages.activate'), icon: Power, onSelect: then(() => activate(id)) }],
          [
            archived
              ? {
                  label: t('pages.unarchive'),
                  icon: ArchiveRestore,
                  onSelect: then(() => patch(id, { archived: false })),
                }
              : { label: t('pages.archive'), icon: Archive, onSelect: then(() => patch(id, { archived: true })) },
            { label: t('pages.delete'), icon: Trash2, danger: true, onSelect: () => setAsking('delete') },
          ],
        ]}
      >
        <IconButton icon={Ellipsis} label={t('pages.more_about', { name })} />
      </Menu>
      {asking === 'rename' && (
        <AskText
          title={t('pages.rename')}
          label={t('pages.name')}
          value={name}
          onClose={() => setAsking(null)}
          onDone={(text) => void told(() => patch(id, { name: text })).then(onChanged)}
        />
      )}
      {asking === 'move' && (
        <AskText
          title={t('pages.move')}
          label={t('pages.folder')}
          help={t('pages.folder_help')}
          value={folder}
          optional
          onClose={() => setAsking(null)}
          onDone={(text) => void told(() => patch(id, { folder: text })).then(onChanged)}
        />
      )}
      {asking === 'delete' && (
        <Confirm
          title={t('pages.delete_title', { count: 1 })}
          text={t('pages.delete_text', { name })}
          verb={t('pages.delete')}
          onClose={() => setAsking(null)}
          onDone={() => void told(() => remove(id)).then(onChanged)}
        />
      )}
    </li>
  );
}
