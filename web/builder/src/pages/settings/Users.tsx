import { useQuery } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { client, type Schemas, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { Avatar } from '@/shell/Avatar';
import { useMe } from '@/shell/session';
import { Button, IconButton } from '@/ui/Button';
import { Field, Input, Select, Switch } from '@/ui/Field';
import { told } from '@/ui/telling';
import { Confirm } from '../workflows/Ask';
import { Loaded } from './Loaded';
import { Part } from './Part';

const ROLES = ['member', 'admin', 'owner'] as const;
type Person = Schemas['User'];
type Role = (typeof ROLES)[number];

const roleOf = (text: string): Role => ROLES.find((role) => role === text) ?? 'member';

/** Everybody who has an account. */
export function Users() {
  const me = useMe();
  const users = useQuery({ queryKey: ['users'], queryFn: () => take(client.GET('/api/users')) });
  const [deleting, setDeleting] = useState<Person | null>(null);
  const reload = () => void users.refetch();
  const change = (id: string, body: { role?: Role; disabled?: boolean }) =>
    void told(() => client.PATCH('/api/users/{id}', { params: { path: { id } }, body })).then(reload);
  return (
    <>
      <Part title={t('settings.users')} text={t('settings.users_text')}>
        <Loaded of={users}>
          {({ data }) => (
            <ul className="entries">
              {data.map((user) => (
                <li key={user.id} className="entry">
                  <Avatar name={user.name || user.email} />
                  <span className="entry-main">
                    <span className="entry-text">
                      <span className="entry-title truncate">{user.name || user.email}</span>
                      <span className="meta">{user.email}</span>
                    </span>
                  </span>
                  <Select
                    aria-label={t('settings.role_of', { name: user.email })}
                    value={user.role}
                    disabled={user.id === me.data?.id}
                    onChange={({ target }) => change(user.id, { role: roleOf(target.value) })}
                  >
                    {ROLES.map((role) => (
                      <option key={role} value={role}>
                        {t(`settings.role_${role}`)}
                      </option>
                    ))}
                  </Select>
                  <Switch
                    label={t('settings.may_sign_in', { name: user.email })}
                    checked={!user.disabled}
                    disabled={user.id === me.data?.id}
                    onChange={(on) => change(user.id, { disabled: !on })}
                  />
                  <IconButton
                    icon={Trash2}
                    label={t('settings.delete_user', { name: user.email })}
                    disabled={user.id === me.data?.id}
                    onClick={() => setDeleting(user)}
                  />
                </li>
              ))}
            </ul>
          )}
        </Loaded>
      </Part>
      <NewUser onMade={reload} />
      {deleting && (
        <Confirm
          title={t('settings.delete_user', { name: deleting.email })}
          text={t('settings.delete_user_text')}
          verb={t('common.delete')}
          onClose={() => setDeleting(null)}
          onDone={() =>
            void told(() => client.DELETE('/api/users/{id}', { params: { path: { id: deleting.id } } })).then(reload)
          }
        />
      )}
    </>
  );
}

function NewUser({ onMade }: { onMade: () => void }) {
  const empty = { name: '', email: '', password: '', role: 'member' };
  const [values, setValues] = useState(empty);
  const set = (key: keyof typeof empty) => (event: { target: { value: string } }) =>
    setValues({ ...values, [key]: event.target.value });
  async function submit(event: FormEvent) {
    event.preventDefault();
    const made = await told(() => client.POST('/api/users', { body: { ...values, role: roleOf(values.role) } }));
    if (!made) return;
    setValues(empty);
    onMade();
  }
  return (
    <Part title={t('settings.new_user')}>
      <form className="ask" onSubmit={(event) => void submit(event)}>
        <Field label={t('settings.name')}>
          {(ids) => <Input {...ids} value={values.name} onChange={set('name')} />}
        </Field>
        <Field label={t('pages.email')}>
          {(ids) => <Input {...ids} type="email" required value={values.email} onChange={set('email')} />}
        </Field>
        <Field label={t('pages.password')} help={t('pages.password_help')}>
          {(ids) => (
            <Input
              {...ids}
              type="password"
              required
              minLength={8}
              autoComplete="new-password"
              value={values.password}
              onChange={set('password')}
            />
          )}
        </Field>
        <Field label={t('settings.role')}>
          {(ids) => (
            <Select {...ids} value={values.role} onChange={set('role')}>
              {ROLES.map((role) => (
                <option key={role} value={role}>
                  {t(`settings.role_${role}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <div className="ask-buttons">
          <Button look="primary" type="submit">
            {t('settings.add_user')}
          </Button>
        </div>
      </form>
    </Part>
  );
}
