import { useQuery } from '@tanstack/react-query';
import { CalendarClock } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Node } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { client, Problem, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { ago, moment } from '@/lib/time';
import { StandingState } from './StandingSection';

const COUNT = 5;
const PAUSE = 300;

/** The next times of a schedule while it is being filled in. */
export function ScheduleSection({ node }: { node: Node }) {
  const timezone = useDocument((state) => state.doc.settings.timezone);
  const text = JSON.stringify(node.params);
  const [asked, setAsked] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  const next = useQuery({
    queryKey: ['schedule', node.type, asked, timezone],
    retry: false,
    placeholderData: (before) => before,
    queryFn: async () => {
      const body = { type: node.type, params: JSON.parse(asked), timezone, count: COUNT };
      return (await take(client.POST('/api/schedules/preview', { body }))).data;
    },
  });
  return (
    <section className="np-trigger" aria-label={t('panel.next_times')}>
      <div className="np-trigger-head">
        <CalendarClock size={16} strokeWidth={1.75} aria-hidden="true" />
        <h3>{t('panel.next_times')}</h3>
        <span className="meta">{timezone}</span>
      </div>
      {next.error ? (
        <p className="field-error">{next.error instanceof Problem ? next.error.message : String(next.error)}</p>
      ) : (
        <ol className="np-times">
          {next.data?.map((time) => (
            <li key={time}>
              <span className="numbers">{moment(time)}</span>
              <span className="meta">{ago(time)}</span>
            </li>
          ))}
          {next.data?.length === 0 && <li className="muted">{t('panel.no_times')}</li>}
        </ol>
      )}
      <StandingState node={node} />
    </section>
  );
}
