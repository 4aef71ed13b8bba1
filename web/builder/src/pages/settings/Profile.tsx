import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { ago } from '@/lib/time';
import { signOut, useMe } from '@/shell/session';
import { Button } from '@/ui/Button';
import { Field, Input } from '@/ui/Field';
import { toast } from '@/ui/Toast';
import { told } from '@/ui/telling';
import { deviceName } from './device';
import { Loaded } from './Loaded';
import { Part } from './Part';

export function Profile() {
  return (
    <>
      <NamePart />
      <PasswordPart />
      <SessionsPart />
    </>
  );
}

function NamePart() {
  const me = useMe();
  const queries = useQueryClient();
  const [typed, setTyped] = useState<string | null>(null);
  const name = typed ?? me.data?.name ?? '';
  async function submit(event: FormEvent) {
    event.preventDefault();
    const done = await told(() => client.PATCH('/api/users/me', { body: { name } }));
    if (!done) return;
    setTyped(null);
    await queries.invalidateQueries({ queryKey: ['me'] });
    toast(t('settings.saved'), 'ok');
  }
  return (
    <Part title={t('settings.profile')} text={me.data?.email}>
      <form className="line-form" onSubmit={(event) => void submit(event)}>
        <Field label={t('settings.name')}>
          {(ids) => (
            <Input {...ids} autoComplete="name" value={name} onChange={({ target }) => setTyped(target.value)} />
          )}
        </Field>
        <Button type="submit">{t('common.save')}</Button>
      </form>
    </Part>
  );
}

function PasswordPart() {
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  async function submit(event: FormEvent) {
    event.preventDefault();
    const done = await told(() => client.PATCH('/api/users/me', { body: { password, current_password: current } }));
    if (!done) return;
    setCurrent('');
    setPassword('');
    toast(t('settings.password_changed'), 'ok');
  }
  return (
    <Part title={t('settings.password')}>
      <form className="line-form" onSubmit={(event) => void submit(event)}>
        <Field label={t('settings.current_password')}>
          {(ids) => (
            <Input
              {...ids}
              type="password"
              required
              autoComplete="current-password"
              value={current}
              onChange={({ target }) => setCurrent(target.value)}
            />
          )}
        </Field>
        <Field label={t('settings.new_password')}>
          {(ids) => (
            <Input
              {...ids}
              type="password"
              required
              minLength={8}
              autoComplete="new-password"
              value={password}
              onChange={({ target }) => setPassword(target.value)}
            />
          )}
        </Field>
        <Button type="submit">{t('settings.change')}</Button>
      </form>
    </Part>
  );
}

function SessionsPart() {
  const sessions = useQuery({ queryKey: ['sessions'], queryFn: () => take(client.GET('/api/users/me/sessions')) });
  return (
    <Part title={t('settings.sessions')} text={t('settings.sessions_text')}>
      <Loaded of={sessions}>
        {({ data }) => (
          <ul className="entries">
            {data.map((session) => (
              <li key={session.id} className="entry">
                <span className="entry-main">
                  <span className="entry-text">
                    <span className="entry-title truncate" title={session.agent}>
                      {deviceName(session.agent) || t('settings.unknown_device')}
                      {session.current && <span className="chip accent device-here">{t('settings.this_device')}</span>}
                    </span>
                    <span className="meta">
                      {session.address} · {ago(session.used_at)}
                    </span>
                  </span>
                </span>
                {session.current ? (
                  <Button size="small" onClick={() => void signOut()}>
                    {t('shell.sign_out')}
                  </Button>
                ) : (
                  <Button
                    size="small"
                    onClick={() =>
                      void told(() =>
                        client.DELETE('/api/users/me/sessions/{session}', {
                          params: { path: { session: session.id } },
                        }),
                      ).then(() => sessions.refetch())
                    }
                  >
                    {t('settings.end_session')}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Part>
  );
}
