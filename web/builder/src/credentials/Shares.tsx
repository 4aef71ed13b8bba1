import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { client, Problem, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import type { Credential } from './queries';

/** The other projects whose workflows may use a credential, without ever reading it. */
export function Shares({ credential }: { credential: Credential }) {
  const queries = useQueryClient();
  const [failed, setFailed] = useState('');
  // What was asked for shows at once; what the server has, when it has answered.
  const [asked, setAsked] = useState<Readonly<Record<string, boolean>>>({});
  const projects = useQuery({ queryKey: ['projects'], queryFn: () => take(client.GET('/api/projects')) });
  // Both projects have to let one edit credentials; what is shared already is shown in any case.
  const others =
    projects.data?.data.filter(
      ({ id, role }) => id !== credential.project && (role !== 'viewer' || credential.shares.includes(id)),
    ) ?? [];
  if (others.length === 0) return null;

  async function share(project: string, on: boolean) {
    setAsked((now) => ({ ...now, [project]: on }));
    const params = { path: { id: credential.id, project } };
    try {
      if (on) await client.PUT('/api/credentials/{id}/shares/{project}', { params });
      else await client.DELETE('/api/credentials/{id}/shares/{project}', { params });
      setFailed('');
    } catch (error) {
      if (error instanceof Problem) setFailed(error.message);
    }
    await queries.invalidateQueries({ queryKey: ['credential', credential.id] });
    await queries.invalidateQueries({ queryKey: ['credentials'] });
    setAsked(({ [project]: _, ...rest }) => rest);
  }

  return (
    <fieldset className="credential-part">
      <legend className="field-label">{t('credentials.shared_with')}</legend>
      <div className="credential-shares">
        {others.map((project) => (
          <label key={project.id} className="credential-line">
            <input
              type="checkbox"
              checked={asked[project.id] ?? credential.shares.includes(project.id)}
              onChange={({ target }) => void share(project.id, target.checked)}
            />
            <span className="truncate">{project.name}</span>
          </label>
        ))}
      </div>
      <p className="field-help">{t('credentials.shared_help')}</p>
      {failed && (
        <p className="field-error" role="alert">
          {failed}
        </p>
      )}
    </fieldset>
  );
}
