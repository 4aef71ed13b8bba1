import { useQuery } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { type AnswerOf, client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { useMe } from '@/shell/session';
import { Button, IconButton } from '@/ui/Button';
import { Select } from '@/ui/Field';
import { told } from '@/ui/telling';
import { AskText, Confirm } from '../workflows/Ask';
import { Loaded } from './Loaded';
import { Part } from './Part';

type Project = AnswerOf<'projects_list_projects'>['data'][number];
type Member = AnswerOf<'projects_list_members'>['data'][number];
const ROLES = ['viewer', 'editor', 'owner'] as const;

/** Projects are the walls between teams: who is in which, and as what. */
export function Projects() {
  const projects = useQuery({ queryKey: ['projects'], queryFn: () => take(client.GET('/api/projects')) });
  const [asking, setAsking] = useState(false);
  const reload = () => void projects.refetch();
  return (
    <>
      <Part title={t('settings.projects')} text={t('settings.projects_text')}>
        <Button icon={Plus} onClick={() => setAsking(true)}>
          {t('settings.new_project')}
        </Button>
      </Part>
      <Loaded of={projects}>
        {({ data }) => data.map((project) => <ProjectPart key={project.id} project={project} onChanged={reload} />)}
      </Loaded>
      {asking && (
        <AskText
          title={t('settings.new_project')}
          label={t('settings.name')}
          value=""
          onClose={() => setAsking(false)}
          onDone={(name) => void told(() => client.POST('/api/projects', { body: { name } })).then(reload)}
        />
      )}
    </>
  );
}

function ProjectPart({ project, onChanged }: { project: Project; onChanged: () => void }) {
  const { id } = project;
  const [asking, setAsking] = useState<'rename' | 'delete' | Member | null>(null);
  const members = useQuery({
    queryKey: ['members', id],
    queryFn: () => take(client.GET('/api/projects/{id}/members', { params: { path: { id } } })),
  });
  const users = useQuery({ queryKey: ['users'], queryFn: () => take(client.GET('/api/users')) });
  const me = useMe();
  const mine = project.role === 'owner';
  // Who owns the instance sees the personal projects of others, too.
  const own = members.data?.data.some((member) => member.user_id === me.data?.id) ?? true;
  const about = !project.personal
    ? t(`settings.role_${project.role}`)
    : own
      ? t('settings.personal')
      : t('settings.personal_of_other');
  const inside = new Set(members.data?.data.map((member) => member.user_id));
  const others = users.data?.data.filter((user) => !inside.has(user.id)) ?? [];
  const setRole = (user: string, role: string) => {
    const wanted = ROLES.find((one) => one === role);
    if (wanted)
      void told(() =>
        client.PUT('/api/projects/{id}/members/{user}', { params: { path: { id, user } }, body: { role: wanted } }),
      ).then(() => members.refetch());
  };
  return (
    <Part title={project.name} text={about}>
      <Loaded of={members}>
        {({ data }) => (
          <ul className="entries">
            {data.map((member) => (
              <li key={member.user_id} className="entry">
                <span className="entry-main">
                  <span className="entry-text">
                    <span className="entry-title truncate">{member.name || member.email}</span>
                    <span className="meta">{member.email}</span>
                  </span>
                </span>
                <Select
                  aria-label={t('settings.role_of', { name: member.email })}
                  disabled={!mine || project.personal}
                  value={member.role}
                  onChange={({ target }) => setRole(member.user_id, target.value)}
                >
                  {ROLES.map((role) => (
                    <option key={role} value={role}>
                      {t(`settings.role_${role}`)}
                    </option>
                  ))}
                </Select>
                {mine && !project.personal && (
                  <IconButton
                    icon={Trash2}
                    label={t('settings.remove_member', { name: member.email })}
                    onClick={() => setAsking(member)}
                  />
                )}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {mine && !project.personal && (
        <div className="part-actions">
          {others.length > 0 && (
            <Select
              aria-label={t('settings.add_member')}
              value=""
              onChange={({ target }) => setRole(target.value, 'viewer')}
            >
              <option value="">{t('settings.add_member')}</option>
              {others.map((user) => (
                <option key={user.id} value={user.id}>
                  {user.name || user.email}
                </option>
              ))}
            </Select>
          )}
          <Button onClick={() => setAsking('rename')}>{t('pages.rename')}</Button>
          <Button look="danger" onClick={() => setAsking('delete')}>
            {t('common.delete')}
          </Button>
        </div>
      )}
      {asking === 'rename' && (
        <AskText
          title={t('pages.rename')}
          label={t('settings.name')}
          value={project.name}
          onClose={() => setAsking(null)}
          onDone={(name) =>
            void told(() => client.PATCH('/api/projects/{id}', { params: { path: { id } }, body: { name } })).then(
              onChanged,
            )
          }
        />
      )}
      {asking !== null && typeof asking === 'object' && (
        <Confirm
          title={t('settings.remove_title', { name: asking.name || asking.email })}
          text={t('settings.remove_text', { project: project.name })}
          verb={t('settings.remove')}
          onClose={() => setAsking(null)}
          onDone={() =>
            void told(() =>
              client.DELETE('/api/projects/{id}/members/{user}', { params: { path: { id, user: asking.user_id } } }),
            ).then(() => members.refetch())
          }
        />
      )}
      {asking === 'delete' && (
        <Confirm
          title={t('settings.delete_project', { name: project.name })}
          text={t('settings.delete_project_text')}
          verb={t('common.delete')}
          onClose={() => setAsking(null)}
          onDone={() =>
            void told(() => client.DELETE('/api/projects/{id}', { params: { path: { id } } })).then(onChanged)
          }
        />
      )}
    </Part>
  );
}
