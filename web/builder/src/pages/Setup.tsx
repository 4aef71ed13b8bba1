import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Navigate, useNavigate } from 'react-router';
import { client, Problem } from '@/lib/api';
import { t } from '@/lib/i18n';
import { useSignUp } from '@/shell/session';
import { Button } from '@/ui/Button';
import { Field, Input } from '@/ui/Field';
import { Welcome } from './Welcome';

/** The first visit: the owner's account. Then the choice of what to begin with. */
export default function Setup() {
  const signUp = useSignUp();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [values, setValues] = useState({ name: '', email: '', password: '' });
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  if (signUp.data && !signUp.data.first && !busy) return <Navigate to="/login" replace />;
  const set = (key: keyof typeof values) => (event: { target: { value: string } }) =>
    setValues({ ...values, [key]: event.target.value });
  const at = (field: string) => problem?.errors.find((one) => one.path.endsWith(field))?.message;
  const placed = problem?.errors.some((one) => /(email|password|name)$/.test(one.path));

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    try {
      await client.POST('/api/users/sign-up', { body: values });
      queries.clear();
      navigate('/workflows/new', { replace: true });
    } catch (error) {
      setBusy(false);
      if (error instanceof Problem) setProblem(error);
    }
  }

  return (
    <Welcome title={t('pages.setup')} text={t('pages.setup_text')}>
      <form className="welcome-form" onSubmit={(event) => void submit(event)}>
        <Field label={t('pages.your_name')} error={at('name')}>
          {(ids) => <Input {...ids} autoFocus autoComplete="name" value={values.name} onChange={set('name')} />}
        </Field>
        <Field label={t('pages.email')} error={at('email')} required>
          {(ids) => (
            <Input
              {...ids}
              type="email"
              required
              autoComplete="username"
              value={values.email}
              onChange={set('email')}
            />
          )}
        </Field>
        <Field label={t('pages.password')} help={t('pages.password_help')} error={at('password')} required>
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
        {problem && !placed && (
          <p className="field-error" role="alert">
            {problem.offline ? t('common.offline_text') : problem.message}
          </p>
        )}
        <Button look="primary" type="submit" busy={busy}>
          {t('pages.create_account')}
        </Button>
      </form>
    </Welcome>
  );
}
