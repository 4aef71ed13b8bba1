import type { Node } from '@/doc/model';
import { ScheduleSection } from './ScheduleSection';
import { StandingSection } from './StandingSection';
import { WebhookSection } from './WebhookSection';

/** What a trigger listens to, and how it fares. The kinds are the engine's, not a plugin's. */
export function TriggerSection({ node, kind }: { node: Node; kind: string }) {
  if (kind === 'webhook') return <WebhookSection node={node} />;
  if (kind === 'schedule') return <ScheduleSection node={node} />;
  return kind === 'manual' ? null : <StandingSection node={node} />;
}
