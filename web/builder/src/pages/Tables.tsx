import '../styles/pages.css';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Table2 } from 'lucide-react';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { Page } from '@/shell/Page';
import { Button } from '@/ui/Button';
import { Empty, Failed, Skeleton } from '@/ui/Empty';
import { told } from '@/ui/telling';
import { useTables } from './tables/queries';
import { AskText } from './workflows/Ask';

/** The data tables of one's projects. */
export default function Tables() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const tables = useTables();
  const projects = useQuery({ queryKey: ['projects'], queryFn: () => take(client.GET('/api/projects')) });
  const [making, setMaking] = useState(false);
  const known = projects.data?.data ?? [];
  const own = known.find((one) => one.role !== 'viewer');
  async function make(name: string) {
    const body = {
      name,
      project: own?.id ?? null,
      columns: [{ name: t('tables.first_column'), kind: 'text' as const }],
    };
    const made = await told(() => take(client.POST('/api/tables', { body })));
    if (!made) return;
    void queries.invalidateQueries({ queryKey: ['tables'] });
    void navigate(`/tables/${made.id}`);
  }
  const rows = tables.data?.data ?? [];
  return (
    <Page
      title={t('shell.tables')}
      actions={
        own && (
          <Button look="primary" icon={Plus} onClick={() => setMaking(true)}>
            {t('tables.new')}
          </Button>
        )
      }
    >
      <div className="listing">
        {tables.isPending && <Skeleton />}
        {tables.error && <Failed error={tables.error} retry={() => void tables.refetch()} />}
        {tables.data && rows.length === 0 && (
          <Empty icon={Table2} title={t('tables.none')}>
            {t('tables.none_text')}
          </Empty>
        )}
        {rows.length > 0 && (
          <ul className="entries" aria-label={t('shell.tables')}>
            {rows.map((one) => (
              <li key={one.id} className="entry">
                <Link className="entry-main" to={`/tables/${one.id}`}>
                  <span className="entry-text">
                    <span className="entry-title">{one.name}</span>
                    <span className="meta truncate">
                      {[
                        t('tables.rows', { count: one.rows ?? 0 }),
                        known.length > 1 && known.find((it) => it.id === one.project)?.name,
                        one.columns.map((column) => column.name).join(', '),
                      ]
                        .filter(Boolean)
                        .join(' · ')}
                    </span>
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        )}
      </div>
      {making && (
        <AskText
          title={t('tables.new')}
          label={t('tables.name')}
          value=""
          onClose={() => setMaking(false)}
          onDone={(name) => void make(name)}
        />
      )}
    </Page>
  );
}
