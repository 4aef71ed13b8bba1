import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Problem } from '@/lib/api';
import { t } from '@/lib/i18n';
import { Button } from './Button';

interface EmptyProps {
  icon?: LucideIcon;
  title: string;
  children?: ReactNode;
  /** Buttons. */
  actions?: ReactNode;
  /** It is all that the page shows: its title is the page's. */
  whole?: boolean;
}

/** What a place shows that has nothing in it: what belongs here, and the first thing to do. */
export function Empty({ icon: Icon, title, children, actions, whole }: EmptyProps) {
  const Title = whole ? 'h1' : 'h2';
  const empty = (
    <div className="empty">
      {Icon && <Icon size={28} strokeWidth={1.5} aria-hidden="true" />}
      <Title tabIndex={whole ? -1 : undefined}>{title}</Title>
      {children && <p className="muted">{children}</p>}
      {actions && <div className="empty-actions">{actions}</div>}
    </div>
  );
  return whole ? <main className="page-centre">{empty}</main> : empty;
}

/** What a place shows that could not be loaded: why, and a way to try again. */
export function Failed({ error, retry, whole }: { error: unknown; retry: () => void; whole?: boolean }) {
  const offline = error instanceof Problem && error.offline;
  const text = offline ? t('common.offline_text') : error instanceof Error ? error.message : String(error);
  return (
    <Empty
      whole={whole}
      title={offline ? t('common.offline') : t('common.failed')}
      actions={<Button onClick={retry}>{t('common.retry')}</Button>}
    >
      {text}
    </Empty>
  );
}

/** Lines in the shape of what is coming. */
export function Skeleton({ lines = 6 }: { lines?: number }) {
  return (
    <div className="skeleton" role="status">
      <span className="visually-hidden">{t('common.loading')}</span>
      {Array.from({ length: lines }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders are all the same
        <div key={i} className="skeleton-line" aria-hidden="true" />
      ))}
    </div>
  );
}
