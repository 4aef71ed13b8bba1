import { Link } from 'react-router';
import { t } from '@/lib/i18n';
import { useCredential } from './queries';

/** The workflows that refer to a credential. */
export function UsedBy({ id }: { id: string }) {
  const users = useCredential(id).data?.used_by ?? [];
  return (
    <section className="np-used-by">
      <h3>{t('credentials.used_by')}</h3>
      {users.length === 0 && <p className="muted">{t('credentials.used_by_none')}</p>}
      <ul>
        {users.map((flow) => (
          <li key={flow.id}>
            <Link to={`/workflow/${flow.id}`}>{flow.name}</Link>
            {flow.active && <span className="chip ok">{t('credentials.live')}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
