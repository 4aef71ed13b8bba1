import { useQuery } from '@tanstack/react-query';
import { RotateCcw } from 'lucide-react';
import { useId } from 'react';
import { useNavigate } from 'react-router';
import { Changes } from '@/editor/Changes';
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { moment } from '@/lib/time';
import { Button } from '@/ui/Button';
import { Failed, Skeleton } from '@/ui/Empty';
import { Select } from '@/ui/Field';
import { DRAFT, kindOf, ordered, type Point, previous, titleOf } from './points';

interface PointDetailProps {
  id: string;
  /** Its key. */
  chosen: string;
  points: readonly Point[];
  /** What it is compared with; null for what was before. */
  against: string | null;
  onCompare: (against: string) => void;
  /** Names of people by their ids. */
  people: ReadonlyMap<string, string>;
}

/** One point: who made it, why, what it changed, and the way back to it. */
export function PointDetail({ id, chosen, points, against, onCompare, people }: PointDetailProps) {
  const navigate = useNavigate();
  const point = points.find((one) => one.key === chosen);
  const other = against && against !== chosen ? against : previous(chosen, points);
  const ends = other === null ? null : ordered(chosen, other, points);
  const difference = useQuery({
    queryKey: ['difference', id, ends],
    queryFn: () =>
      take(client.GET('/api/workflows/{id}/diff', { params: { path: { id }, query: ends ?? { to: DRAFT } } })),
    enabled: ends !== null,
    staleTime: 0,
  });
  const choices = [DRAFT, ...points.map((one) => one.key)].filter((one) => one !== chosen);
  const field = useId();
  const who = people.get(point?.created_by ?? '');
  return (
    <>
      <div className="history-head">
        <div>
          <h2>{titleOf(chosen, points)}</h2>
          {point && <p className="muted">{told(point, who)}</p>}
        </div>
        {point && (
          <Button
            icon={RotateCcw}
            onClick={() => navigate(`/workflow/${id}`, { state: { restore: { key: chosen, title: kindOf(point) } } })}
          >
            {t('editor.restore')}
          </Button>
        )}
      </div>
      {point?.note && <p className="history-note">{point.note}</p>}
      {ends === null ? (
        <p className="muted">{t(point?.kind === 'checkpoint' ? 'editor.first_point' : 'editor.first_version')}</p>
      ) : (
        <div className="history-compare">
          <label htmlFor={field}>{t('editor.compare_with')}</label>
          <Select id={field} value={other ?? ''} onChange={({ target }) => onCompare(target.value)}>
            {choices.map((one) => (
              <option key={one} value={one}>
                {titleOf(one, points)}
              </option>
            ))}
          </Select>
        </div>
      )}
      {ends !== null && difference.isPending && <Skeleton lines={4} />}
      {difference.error && <Failed error={difference.error} retry={() => void difference.refetch()} />}
      {difference.data && <Changes difference={difference.data} />}
    </>
  );
}

function told(point: Point, who: string | undefined): string {
  const time = moment(point.created_at);
  if (point.kind === 'checkpoint') return who ? t('editor.marked_by', { who, time }) : t('editor.marked_at', { time });
  return who ? t('editor.published_by', { who, time }) : t('editor.published_at', { time });
}
