import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Navigate, useNavigate, useSearchParams } from 'react-router';
import { client, Problem } from '@/lib/api';
import { t } from '@/lib/i18n';
import { useSignUp } from '@/shell/session';
import { Button } from '@/ui/Button';
import { Field, Input } from '@/ui/Field';
import { Welcome } from './Welcome';

/** Only addresses of ours: a link must not lead elsewhere after signing in. */
function safe(next: string | null): string {
  return next?.startsWith('/') && !next.startsWith('//') && !next.includes('\\') ? next : '/workflows';
}

export default function SignIn() {
  const [query] = useSearchParams();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const signUp = useSignUp();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [refusal, setRefusal] = useState('');
  const [busy, setBusy] = useState(false);
  if (signUp.data?.first) return <Navigate to="/setup" replace />;

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    try {
      await client.POST('/api/users/sign-in', { body: { email, password } });
      queries.clear();
      navigate(safe(query.get('next')), { replace: true });
    } catch (error) {
      if (error instanceof Problem) setRefusal(error.offline ? t('common.offline') : error.message);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Welcome title={t('pages.sign_in')} text={t('pages.sign_in_text')}>
      <form className="welcome-form" onSubmit={(event) => void submit(event)}>
        <Field label={t('pages.email')}>
          {(ids) => (
            <Input
              {...ids}
              type="email"
              required
              autoComplete="username"
              value={email}
              onChange={({ target }) => setEmail(target.value)}
            />
          )}
        </Field>
        <Field label={t('pages.password')} error={refusal}>
          {(ids) => (
            <Input
              {...ids}
              type="password"
              required
              autoComplete="current-password"
              value={password}
              onChange={({ target }) => setPassword(target.value)}
            />
          )}
        </Field>
        <Button look="primary" type="submit" busy={busy}>
          {t('pages.sign_in')}
        </Button>
      </form>
    </Welcome>
  );
}
