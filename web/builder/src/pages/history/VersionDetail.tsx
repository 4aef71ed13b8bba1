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
import { DRAFT, ordered, previous, type Version } from './days';

/** A version's own name, or its number; the draft's. */
export function titleOf(name: string, versions: readonly Version[]): string {
  if (name === DRAFT) return t('editor.draft');
  const version = versions.find((one) => String(one.version) === name);
  const number = t('editor.version', { version: name });
  return version?.name ? `${version.name} (${number})` : number;
}

interface VersionDetailProps {
  id: string;
  /** `draft`, or the number of a version. */
  chosen: string;
  versions: readonly Version[];
  /** What it is compared with; null for the version before. */
  against: string | null;
  onCompare: (against: string) => void;
  /** Names of people by their ids. */
  people: ReadonlyMap<string, string>;
}

/** One version: who made it, why, what it changed, and the way back to it. */
export function VersionDetail({ id, chosen, versions, against, onCompare, people }: VersionDetailProps) {
  const navigate = useNavigate();
  const version = versions.find((one) => String(one.version) === chosen);
  const other = against && against !== chosen ? against : previous(chosen, versions);
  const ends = other === null ? null : ordered(chosen, other);
  const difference = useQuery({
    queryKey: ['difference', id, ends],
    queryFn: () =>
      take(client.GET('/api/workflows/{id}/diff', { params: { path: { id }, query: ends ?? { to: DRAFT } } })),
    enabled: ends !== null,
    staleTime: 0,
  });
  const choices = [DRAFT, ...versions.map((one) => String(one.version))].filter((one) => one !== chosen);
  const field = useId();
  const who = people.get(version?.created_by ?? '');
  return (
    <>
      <div className="history-head">
        <div>
          <h2>{titleOf(chosen, versions)}</h2>
          {version && (
            <p className="muted">
              {who
                ? t('editor.published_by', { who, time: moment(version.created_at) })
                : t('editor.published_at', { time: moment(version.created_at) })}
            </p>
          )}
        </div>
        {version && (
          <Button icon={RotateCcw} onClick={() => navigate(`/workflow/${id}`, { state: { restore: version.version } })}>
            {t('editor.restore')}
          </Button>
        )}
      </div>
      {version?.note && <p className="history-note">{version.note}</p>}
      {ends === null ? (
        <p className="muted">{t('editor.first_version')}</p>
      ) : (
        <div className="history-compare">
          <label htmlFor={field}>{t('editor.compare_with')}</label>
          <Select id={field} value={other ?? ''} onChange={({ target }) => onCompare(target.value)}>
            {choices.map((one) => (
              <option key={one} value={one}>
                {titleOf(one, versions)}
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
