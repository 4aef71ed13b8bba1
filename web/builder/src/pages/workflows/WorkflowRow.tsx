import {
  Archive,
  ArchiveRestore,
  Copy,
  Download,
  Ellipsis,
  FolderInput,
  Pencil,
  Power,
  PowerOff,
  SquareArrowOutUpRight,
  Star,
  StarOff,
  Trash2,
  TriangleAlert,
} from 'lucide-react';
import { type LiHTMLAttributes, Suspense, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { t } from '@/lib/i18n';
import { later } from '@/lib/later';
import { ago, moment } from '@/lib/time';
import { StatusIcon, statusText } from '@/run/StatusIcon';
import { IconButton } from '@/ui/Button';
import { Menu, type MenuGroups } from '@/ui/Menu';
import { told } from '@/ui/telling';
import { activate, deactivate, duplicate, exportText, favour, patch, remove } from '@/workflow/verbs';
import { AskText, Confirm } from './Ask';
import { AskFolder } from './AskFolder';
import type { Summary } from './list';

const Triggers = later(async () => ({ default: (await import('./Triggers')).Triggers }));

interface WorkflowRowProps {
  workflow: Summary;
  place: LiHTMLAttributes<HTMLLIElement>;
  withFolder: boolean;
  chosen: boolean;
  onChoose: (through: boolean) => void;
  onTag: (tag: string) => void;
  onChanged: () => void;
}

export function WorkflowRow({ workflow, place, withFolder, chosen, onChoose, onTag, onChanged }: WorkflowRowProps) {
  const [asking, setAsking] = useState<'rename' | 'move' | 'delete' | null>(null);
  const { id, name, active, archived, folder, tags, updated_at } = workflow;
  const items = useVerbs(workflow, setAsking, onChanged);
  const state = archived ? t('pages.archived') : active ? t('pages.live') : t('pages.off');
  return (
    <li className={`flow-row ${chosen ? 'chosen' : ''}`} {...place}>
      <input
        type="checkbox"
        className="entry-check"
        aria-label={t('pages.choose', { name })}
        checked={chosen}
        onClick={(event) => onChoose(event.shiftKey)}
        onChange={() => undefined}
      />
      <span className={`entry-state ${active ? 'live' : ''}`}>
        <span className="dot" aria-hidden="true" />
        {state}
      </span>
      <Link className="flow-open truncate" to={`/workflow/${id}`} title={name}>
        <span dir="auto">{name}</span>
      </Link>
      <span className="flow-about meta truncate">
        {workflow.favourite && (
          <span className="flow-star" title={t('pages.favourite')}>
            <Star size={14} strokeWidth={1.75} aria-hidden="true" />
            <span className="visually-hidden">{t('pages.favourite')}</span>
          </span>
        )}
        {workflow.has_issues && !archived && (
          <span className="flow-issues" title={t('pages.has_issues')}>
            <TriangleAlert size={14} strokeWidth={1.75} aria-hidden="true" />
            <span className="visually-hidden">{t('pages.has_issues')}</span>
          </span>
        )}
        {withFolder && folder && <span dir="auto">{folder}</span>}
        <span className="flow-brief">
          {state} · {ago(updated_at)}
        </span>
      </span>
      <span className="flow-tags">
        {tags.slice(0, 3).map((tag) => (
          <button key={tag} type="button" className="chip truncate" onClick={() => onTag(tag)}>
            {tag}
          </button>
        ))}
        {tags.length > 3 && (
          <span className="chip" title={tags.slice(3).join(', ')}>
            +{tags.length - 3}
          </span>
        )}
      </span>
      {workflow.triggers.length > 0 && (
        <Suspense>
          <Triggers types={workflow.triggers.map((trigger) => trigger.type)} />
        </Suspense>
      )}
      <Spark workflow={workflow} />
      <time className="flow-time meta numbers" dateTime={updated_at} title={moment(updated_at)}>
        {ago(updated_at)}
      </time>
      <Menu align="end" label={t('pages.more_about', { name })} items={items}>
        <IconButton size="small" icon={Ellipsis} label={t('pages.more_about', { name })} />
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
        <AskFolder
          value={folder}
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

/** What can be done to one workflow without opening it. */
function useVerbs(
  { id, name, active, archived, favourite }: Summary,
  ask: (what: 'rename' | 'move' | 'delete') => void,
  onChanged: () => void,
): MenuGroups {
  const navigate = useNavigate();
  const then = (act: () => Promise<unknown>) => () => void told(act).then(onChanged);
  const copy = () => void told(() => duplicate(id, name)).then((made) => made && navigate(`/workflow/${made}`));
  return [
    [
      { label: t('pages.open'), icon: SquareArrowOutUpRight, onSelect: () => void navigate(`/workflow/${id}`) },
      active
        ? { label: t('pages.deactivate'), icon: PowerOff, onSelect: then(() => deactivate(id)) }
        : { label: t('pages.activate'), icon: Power, disabled: archived, onSelect: then(() => activate(id)) },
      favourite
        ? { label: t('pages.unfavour'), icon: StarOff, onSelect: then(() => favour(id, false)) }
        : { label: t('pages.favour'), icon: Star, onSelect: then(() => favour(id, true)) },
    ],
    [
      { label: t('pages.rename'), icon: Pencil, onSelect: () => ask('rename') },
      { label: t('pages.duplicate'), icon: Copy, onSelect: copy },
      { label: t('pages.move'), icon: FolderInput, onSelect: () => ask('move') },
      { label: t('pages.export'), icon: Download, onSelect: () => void told(() => exportText(id, name)) },
    ],
    [
      archived
        ? { label: t('pages.unarchive'), icon: ArchiveRestore, onSelect: then(() => patch(id, { archived: false })) }
        : { label: t('pages.archive'), icon: Archive, onSelect: then(() => patch(id, { archived: true })) },
      { label: t('pages.delete'), icon: Trash2, danger: true, onSelect: () => ask('delete') },
    ],
  ];
}

/** The latest runs as bars, the newest at the end, and the last one as a sign. */
function Spark({ workflow: { id, recent, last_execution: last } }: { workflow: Summary }) {
  if (!last || !isStatus(last.status)) return null;
  return (
    <Link
      className="flow-spark"
      to={`/workflow/${id}/runs/${last.id}`}
      title={`${statusText(last.status)} · ${ago(last.at)}`}
    >
      <span className="flow-bars" aria-hidden="true">
        {recent.toReversed().map((status, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a bar is nothing but its place
          <span key={i} className={status} />
        ))}
      </span>
      <StatusIcon status={last.status} />
    </Link>
  );
}

const STATUSES = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'canceled', 'crashed'] as const;

function isStatus(status: string): status is (typeof STATUSES)[number] {
  return STATUSES.some((known) => known === status);
}
