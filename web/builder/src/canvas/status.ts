/** Which of all that could be said about a node its one status slot says. */
import {
  CircleCheck,
  CircleDashed,
  CircleSlash,
  CircleX,
  Clock,
  History,
  LoaderCircle,
  type LucideIcon,
  Pin,
  TriangleAlert,
  Unplug,
} from 'lucide-react';
import type { Node } from '@/doc/model';
import { number, t } from '@/lib/i18n';
import { clock, duration } from '@/lib/time';
import type { NodeRun } from '@/run/store';

export interface Status {
  kind:
    | 'missing'
    | 'disabled'
    | 'running'
    | 'queued'
    | 'waiting'
    | 'failed'
    | 'invalid'
    | 'pinned'
    | 'stale'
    | 'succeeded'
    | 'skipped'
    | 'canceled'
    | 'idle';
  icon: LucideIcon | null;
  /** Said to screen readers and in the tooltip. */
  text: string;
  /** Beside the icon. */
  count: string;
}

export interface Facts {
  node: Node;
  known: boolean;
  run: NodeRun | undefined;
  stale: boolean;
  pinned: boolean;
  issues: number;
}

/** How many items left a node, by all of its outputs. */
export function itemsOf(run: NodeRun): number {
  return Object.values(run.items).reduce((sum, items) => sum + items, 0);
}

export function statusOf(facts: Facts): Status {
  return asks(facts) ?? (facts.run ? ran(facts.run, facts.stale) : IDLE());
}

const IDLE = (): Status => ({ kind: 'idle', icon: null, text: t('canvas.status_idle'), count: '' });

/** What comes before how it ran, in order of urgency. */
function asks({ node, known, run, pinned, issues }: Facts): Status | null {
  if (!known)
    return { kind: 'missing', icon: Unplug, text: t('canvas.status_missing', { type: node.type }), count: '' };
  if (node.settings.disabled) {
    return { kind: 'disabled', icon: CircleSlash, text: t('canvas.status_disabled'), count: '' };
  }
  if (run?.status === 'running' || run?.status === 'queued' || run?.status === 'waiting') return ran(run, false);
  if (run?.status === 'failed') return ran(run, false);
  if (issues > 0) {
    return {
      kind: 'invalid',
      icon: TriangleAlert,
      text: t('canvas.status_issues', { count: issues }),
      count: String(issues),
    };
  }
  return pinned ? { kind: 'pinned', icon: Pin, text: t('canvas.status_pinned'), count: '' } : null;
}

function ran(run: NodeRun, stale: boolean): Status {
  const items = itemsOf(run);
  switch (run.status) {
    case 'succeeded': {
      const times = run.times > 1 ? `×${run.times}` : number(items);
      const text = t('canvas.status_succeeded', {
        items: t('canvas.items', { count: items }),
        time: duration(run.ms),
      });
      if (stale) return { kind: 'stale', icon: History, text: t('canvas.status_stale'), count: times };
      return { kind: 'succeeded', icon: CircleCheck, text, count: times };
    }
    case 'failed':
      return { kind: 'failed', icon: CircleX, text: t('canvas.status_failed', { message: firstLine(run) }), count: '' };
    case 'running':
      return {
        kind: 'running',
        icon: LoaderCircle,
        text: t('canvas.status_running'),
        count: run.times > 1 ? `×${run.times}` : '',
      };
    case 'queued':
      return { kind: 'queued', icon: CircleDashed, text: t('canvas.status_queued'), count: '' };
    case 'waiting': {
      const until = run.wait?.until;
      const text = until ? t('canvas.status_until', { time: clock(until) }) : t('canvas.status_waiting');
      return { kind: 'waiting', icon: Clock, text, count: until ? clock(until) : '' };
    }
    default:
      return { kind: run.status, icon: CircleSlash, text: t(`canvas.status_${run.status}`), count: '' };
  }
}

/** What went wrong, as far as it fits a line. */
export function firstLine(run: NodeRun): string {
  return run.error?.message.split('\n', 1)[0] ?? '';
}
