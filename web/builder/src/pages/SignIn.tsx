import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Navigate, useNavigate, useSearchParams } from 'react-router';
import { client, Problem } from '@/lib/api';
import { t } from '@/lib/i18n';
import { useMe, useSignUp } from '@/shell/session';
import { Button } from '@/ui/Button';
import { Field, Input } from '@/ui/Field';
import { Welcome } from './Welcome';

/** Only addresses of ours: a link must not lead elsewhere after signing in. */
function safe(next: string | null): string {
  return next?.startsWith('/') && !next.startsWith('//') && !next.includes('\\') ? next : '/workflows';
}

/** Signing in; where anybody may make an account, that too. */
export default function SignIn() {
  const [query] = useSearchParams();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const me = useMe();
  const signUp = useSignUp();
  const [values, setValues] = useState({ name: '', email: '', password: '' });
  const [making, setMaking] = useState(false);
  const [refusal, setRefusal] = useState('');
  const [busy, setBusy] = useState(false);
  const password = useRef<HTMLInputElement>(null);
  const wait = useWait();
  const next = safe(query.get('next'));
  if (me.data && !busy) return <Navigate to={next} replace />;
  if (signUp.data?.first) return <Navigate to="/setup" replace />;
  const set = (key: keyof typeof values) => (event: { target: { value: string } }) =>
    setValues({ ...values, [key]: event.target.value });

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setRefusal('');
    try {
      const { name, ...proof } = values;
      if (making) await client.POST('/api/users/sign-up', { body: values });
      else await client.POST('/api/users/sign-in', { body: proof });
      queries.clear();
      navigate(next, { replace: true });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 429) wait.begin(Number(/(\d+) s/.exec(error.message)?.[1] ?? 30));
      else setRefusal(reason(error));
      setBusy(false);
      requestAnimationFrame(() => password.current?.select());
    }
  }

  const shown = wait.seconds > 0 ? t('pages.too_many', { count: wait.seconds }) : refusal;
  return (
    <Welcome
      title={making ? t('pages.sign_up') : t('pages.sign_in')}
      text={making ? t('pages.sign_up_text') : t('pages.sign_in_text')}
    >
      <form className="welcome-form" onSubmit={(event) => void submit(event)}>
        {making && (
          <Field label={t('pages.your_name')}>
            {(ids) => <Input {...ids} autoComplete="name" value={values.name} onChange={set('name')} />}
          </Field>
        )}
        <Field label={t('pages.email')}>
          {(ids) => (
            <Input
              {...ids}
              type="email"
              required
              autoFocus
              autoComplete="username"
              value={values.email}
              onChange={set('email')}
            />
          )}
        </Field>
        <Field label={t('pages.password')} help={making ? t('pages.password_help') : undefined} error={shown}>
          {(ids) => (
            <Input
              {...ids}
              ref={password}
              type="password"
              required
              autoComplete={making ? 'new-password' : 'current-password'}
              value={values.password}
              onChange={set('password')}
            />
          )}
        </Field>
        <div role="alert" className="visually-hidden">
          {refusal}
        </div>
        <Button look="primary" type="submit" busy={busy} disabled={wait.seconds > 0}>
          {making ? t('pages.sign_up') : t('pages.sign_in')}
        </Button>
      </form>
      {signUp.data?.open ? (
        <button
          type="button"
          className="text-button"
          onClick={() => {
            setMaking(!making);
            setRefusal('');
          }}
        >
          {making ? t('pages.have_account') : t('pages.no_account')}
        </button>
      ) : (
        <p className="meta">{t('pages.ask_owner')}</p>
      )}
    </Welcome>
  );
}

function reason(problem: Problem): string {
  if (problem.offline) return t('common.offline_text');
  if (problem.status === 401) return t('pages.wrong_password');
  return problem.errors[0]?.message ?? problem.message;
}

/** The seconds that are left of a while in which the server takes no further attempt. */
function useWait() {
  const [until, setUntil] = useState(0);
  const [now, setNow] = useState(0);
  const waiting = until > now;
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [waiting]);
  return {
    seconds: waiting ? Math.ceil((until - now) / 1000) : 0,
    begin(seconds: number) {
      setNow(Date.now());
      setUntil(Date.now() + seconds * 1000);
    },
  };
}
