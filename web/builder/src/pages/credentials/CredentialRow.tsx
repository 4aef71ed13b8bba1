import { Ellipsis, KeyRound, Pencil, Trash2, TriangleAlert } from 'lucide-react';
import { Suspense } from 'react';
import { useNavigate } from 'react-router';
import type { Credential, CredentialKind } from '@/credentials/queries';
import { t } from '@/lib/i18n';
import { later } from '@/lib/later';
import { ago } from '@/lib/time';
import { IconButton } from '@/ui/Button';
import { Menu } from '@/ui/Menu';
import { standing } from './standing';

// The icons of all types are large, and come after the list.
const TypeIcon = later(async () => ({ default: (await import('@/catalogue/TypeIcon')).TypeIcon }));

interface CredentialRowProps {
  credential: Credential;
  kind: CredentialKind | undefined;
  /** What belongs to another project, or to one that only lets one look, can be used and not be opened. */
  editable: boolean;
  /** Its project's name, where there is more than one. */
  project: string | undefined;
  onDelete: () => void;
}

export function CredentialRow({ credential, kind, editable, project, onDelete }: CredentialRowProps) {
  const { id, name, shared, shares, updated_at } = credential;
  const navigate = useNavigate();
  const open = () => void navigate(`/credentials/${id}`);
  const about = (
    <>
      <span className="tile">
        <Suspense fallback={<KeyRound size={18} strokeWidth={1.75} aria-hidden="true" />}>
          <TypeIcon type={kind} size={18} />
        </Suspense>
      </span>
      <span className="entry-text">
        <span className="entry-title truncate" dir="auto">
          {name}
        </span>
        <span className="meta truncate">
          {kind?.title ?? credential.kind} · {t('pages.changed', { time: ago(updated_at) })}
        </span>
      </span>
    </>
  );
  return (
    <li className="entry">
      {editable ? (
        <button type="button" className="entry-main" onClick={open}>
          {about}
        </button>
      ) : (
        <span className="entry-main">{about}</span>
      )}
      <span className="entry-tags">
        <StandingChip credential={credential} />
        {shared && <span className="chip">{t('pages.shared')}</span>}
        {shares.length > 0 && <span className="chip">{t('pages.shared_with', { count: shares.length })}</span>}
        {project && (
          <span className="chip truncate" dir="auto">
            {project}
          </span>
        )}
      </span>
      {editable && (
        <Menu
          align="end"
          label={t('pages.more_about', { name })}
          items={[
            [{ label: t('pages.edit'), icon: Pencil, onSelect: open }],
            [{ label: t('pages.delete'), icon: Trash2, danger: true, onSelect: onDelete }],
          ]}
        >
          <IconButton icon={Ellipsis} label={t('pages.more_about', { name })} />
        </Menu>
      )}
    </li>
  );
}

/** Whether somebody is signed in for it at its service, and until when. */
function StandingChip({ credential }: { credential: Credential }) {
  const now = standing(credential.oauth);
  if (!now) return null;
  return (
    <span className={`chip ${now.tone}`} title={now.reason || undefined}>
      {now.tone !== 'ok' && <TriangleAlert size={12} aria-hidden="true" />}
      {t(`pages.credential_${now.word}`, { time: now.ends ? ago(now.ends) : '' })}
    </span>
  );
}
