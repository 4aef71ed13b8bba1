import { CircleArrowRight, ListEnd, type LucideIcon, MessageSquareText, RefreshCw, Timer } from 'lucide-react';
import type { NodeSettings } from '@/doc/model';
import { t } from '@/lib/i18n';

interface Mark {
  key: string;
  icon: LucideIcon;
  title: string;
}

/** Settings that change how a step behaves, as small signs below its status. */
export function Marks({ settings }: { settings: NodeSettings }) {
  const marks = marksOf(settings);
  if (marks.length === 0) return null;
  return (
    <span className="card-marks">
      {marks.map(({ key, icon: Icon, title }) => (
        <span key={key} title={title}>
          <Icon size={12} strokeWidth={2} aria-hidden="true" />
          <span className="visually-hidden">{title}</span>
        </span>
      ))}
    </span>
  );
}

function marksOf({ retry, on_error, once, notes, timeout }: NodeSettings): Mark[] {
  const marks: (Mark | false)[] = [
    retry.attempts > 1 && { key: 'retry', icon: RefreshCw, title: t('canvas.mark_retry', { count: retry.attempts }) },
    on_error === 'continue' && { key: 'continue', icon: CircleArrowRight, title: t('canvas.mark_continue') },
    once && { key: 'once', icon: ListEnd, title: t('canvas.mark_once') },
    timeout !== null && { key: 'timeout', icon: Timer, title: t('canvas.mark_timeout', { seconds: timeout }) },
    notes !== '' && { key: 'notes', icon: MessageSquareText, title: notes },
  ];
  return marks.filter((mark) => mark !== false);
}
