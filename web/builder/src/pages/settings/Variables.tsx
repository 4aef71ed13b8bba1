import { useQuery } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { Button, IconButton } from '@/ui/Button';
import { Failed } from '@/ui/Empty';
import { Field, Input, Select } from '@/ui/Field';
import { told } from '@/ui/telling';
import { Confirm } from '../workflows/Ask';
import { Loaded } from './Loaded';
import { Part } from './Part';
import { read, written } from './variable';

/** Values that all workflows of a project see as `vars.name`. */
export function Variables() {
  const projects = useQuery({ queryKey: ['projects'], queryFn: () => take(client.GET('/api/projects')) });
  const [chosen, setChosen] = useState('');
  const project = chosen || projects.data?.data[0]?.id || '';
  const variables = useQuery({
    queryKey: ['variables', project],
    queryFn: () => take(client.GET('/api/variables', { params: { query: { project } } })),
    enabled: project !== '',
  });
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const [deleting, setDeleting] = useState('');
  const reload = () => void variables.refetch();
  async function submit(event: FormEvent) {
    event.preventDefault();
    const done = await told(() =>
      client.PUT('/api/projects/{id}/variables/{name}', {
        params: { path: { id: project, name } },
        body: { value: read(value) },
      }),
    );
    if (!done) return;
    setName('');
    setValue('');
    reload();
  }
  return (
    <Part title={t('settings.variables')} text={t('settings.variables_text')}>
      {(projects.data?.data.length ?? 0) > 1 && (
        <Select aria-label={t('pages.project')} value={project} onChange={({ target }) => setChosen(target.value)}>
          {projects.data?.data.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </Select>
      )}
      {projects.error && !projects.data && <Failed error={projects.error} retry={() => void projects.refetch()} />}
      {project && (
        <Loaded of={variables}>
          {({ data }) =>
            data.length === 0 ? (
              <p className="muted">{t('settings.no_variables')}</p>
            ) : (
              <ul className="entries">
                {data.map((one) => (
                  <li key={one.name} className="entry">
                    <button
                      type="button"
                      className="entry-main"
                      onClick={() => {
                        setName(one.name);
                        setValue(written(one.value));
                      }}
                    >
                      <span className="entry-text">
                        <code>vars.{one.name}</code>
                        <span className="meta truncate">{written(one.value)}</span>
                      </span>
                    </button>
                    <IconButton
                      icon={Trash2}
                      label={t('settings.delete_variable', { name: one.name })}
                      onClick={() => setDeleting(one.name)}
                    />
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      )}
      <form className="line-form" onSubmit={(event) => void submit(event)}>
        <Field label={t('settings.name')}>
          {(ids) => (
            <Input
              {...ids}
              className="mono"
              required
              pattern="[A-Za-z_][A-Za-z0-9_]*"
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
          )}
        </Field>
        <Field label={t('settings.value')}>
          {(ids) => <Input {...ids} className="mono" value={value} onChange={({ target }) => setValue(target.value)} />}
        </Field>
        <Button type="submit">{t('common.save')}</Button>
      </form>
      {deleting && (
        <Confirm
          title={t('settings.delete_variable_title', { name: deleting })}
          text={t('settings.delete_variable_text')}
          verb={t('common.delete')}
          onClose={() => setDeleting('')}
          onDone={() =>
            void told(() =>
              client.DELETE('/api/projects/{id}/variables/{name}', {
                params: { path: { id: project, name: deleting } },
              }),
            ).then(reload)
          }
        />
      )}
    </Part>
  );
}
