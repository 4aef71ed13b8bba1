import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { moment } from '@/lib/time';
import { Button } from '@/ui/Button';
import { Failed, Skeleton } from '@/ui/Empty';
import { told } from '@/ui/telling';
import { Part } from './Part';

/** Who did what, when and from where; the chain of hashes shows that nothing was taken out. */
export function Audit() {
  const [verdict, setVerdict] = useState('');
  const log = useInfiniteQuery({
    queryKey: ['audit'],
    queryFn: ({ pageParam }) => take(client.GET('/api/audit', { params: { query: { cursor: pageParam } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  async function verify() {
    const found = await told(() => take(client.GET('/api/audit/verify')));
    if (found)
      setVerdict(
        found.whole
          ? t('settings.audit_whole', { count: found.rows })
          : t('settings.audit_broken', { row: found.broken ?? 0 }),
      );
  }
  return (
    <Part title={t('settings.audit')} text={t('settings.audit_text')}>
      <div className="part-actions">
        <Button onClick={() => void verify()}>{t('settings.verify')}</Button>
        <span role="status">{verdict}</span>
      </div>
      {log.isPending && <Skeleton />}
      {log.error && <Failed error={log.error} retry={() => void log.refetch()} />}
      {log.data && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section className="table-scroll" tabIndex={0} aria-label={t('settings.audit')}>
          <table className="table">
            <thead>
              <tr>
                {['when', 'who', 'what', 'on', 'from', 'result'].map((column) => (
                  <th key={column} scope="col">
                    {t(`settings.audit_${column}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {log.data.pages
                .flatMap((page) => page.data)
                .map((row) => (
                  <tr key={row.id}>
                    <td>{moment(row.at)}</td>
                    <td className="mono">{row.user?.slice(0, 8) ?? '–'}</td>
                    <td>{row.action}</td>
                    <td className="mono">{row.object}</td>
                    <td>{row.address}</td>
                    <td>{row.result}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </section>
      )}
      {log.hasNextPage && <Button onClick={() => void log.fetchNextPage()}>{t('pages.more')}</Button>}
    </Part>
  );
}
