import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { client, Problem, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import type { Credential } from './queries';

/** The other projects whose workflows may use a credential, without ever reading it. */
export function Shares({ credential }: { credential: Credential }) {
  const queries = useQueryClient();
  const [failed, setFailed] = useState('');
  const projects = useQuery({ queryKey: ['projects'], queryFn: () => take(client.GET('/api/projects')) });
  const others = projects.data?.data.filter((project) => project.id !== credential.project) ?? [];
  if (others.length === 0) return null;

  async function share(project: string, on: boolean) {
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
  }

  return (
    <fieldset className="credential-part">
      <legend className="field-label">{t('credentials.shared_with')}</legend>
      {others.map((project) => (
        <label key={project.id} className="credential-line">
          <input
            type="checkbox"
            checked={credential.shares.includes(project.id)}
            onChange={({ target }) => void share(project.id, target.checked)}
          />
          <span className="truncate">{project.name}</span>
        </label>
      ))}
      <p className="field-help">{t('credentials.shared_help')}</p>
      {failed && (
        <p className="field-error" role="alert">
          {failed}
        </p>
      )}
    </fieldset>
  );
}
