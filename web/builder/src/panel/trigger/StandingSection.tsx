import { CircleCheck, CircleDashed, CircleX } from 'lucide-react';
import type { Node } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { t } from '@/lib/i18n';
import { ago } from '@/lib/time';
import { useStanding } from './queries';

/** A trigger that polls, keeps a connection or is subscribed. */
export function StandingSection({ node }: { node: Node }) {
  return (
    <section className="np-trigger" aria-label={t('panel.trigger')}>
      <StandingState node={node} />
    </section>
  );
}

/** Whether the published version's trigger is on, when it fired last and what went wrong last. */
export function StandingState({ node }: { node: Node }) {
  const active = useDocument((state) => state.filing?.active === true);
  const standing = useStanding(node.id);
  if (!active || !standing)
    return (
      <p className="np-trigger-state">
        <CircleDashed size={16} strokeWidth={1.75} aria-hidden="true" />
        <span>{t('panel.not_live')}</span>
      </p>
    );
  return (
    <>
      <p className="np-trigger-state ok">
        <CircleCheck size={16} strokeWidth={1.75} aria-hidden="true" />
        <span>
          {t('panel.live')}{' '}
          {standing.fired_at ? t('panel.fired', { when: ago(standing.fired_at) }) : t('panel.never_fired')}
        </span>
      </p>
      {standing.error && (
        <p className="np-trigger-state err">
          <CircleX size={16} strokeWidth={1.75} aria-hidden="true" />
          <span>
            {standing.error} {standing.failures > 1 && t('panel.failures', { count: standing.failures })}
          </span>
        </p>
      )}
    </>
  );
}
