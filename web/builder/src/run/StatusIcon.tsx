import {
  Ban,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  Clock,
  LoaderCircle,
  type LucideIcon,
  OctagonX,
  SkipForward,
} from 'lucide-react';
import { t } from '@/lib/i18n';
import type { ExecutionStatus, StepStatus } from './store';

type Status = ExecutionStatus | StepStatus;

const ICONS: Record<Status, LucideIcon> = {
  queued: CircleDashed,
  running: LoaderCircle,
  waiting: Clock,
  succeeded: CircleCheck,
  failed: CircleAlert,
  canceled: Ban,
  crashed: OctagonX,
  skipped: SkipForward,
};

export function statusText(status: Status): string {
  return t(`run.status_${status}`);
}

/** A status as a sign in its colour; its word is there for screen readers, and shown where `word` is set. */
export function StatusIcon({ status, word }: { status: Status; word?: boolean }) {
  const Icon = ICONS[status];
  return (
    <span className={`run-status ${status}`} title={word ? undefined : statusText(status)}>
      <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
      <span className={word ? undefined : 'visually-hidden'}>{statusText(status)}</span>
    </span>
  );
}
