import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { save } from '@/doc/save';
import { client, onSignedOut, Problem, type Schemas, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { Button } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { Field, Input } from '@/ui/Field';

/** When the session ends in the middle of the work: sign in right here, and go on without losing anything. */
export default function SignInAgain() {
  const [needed, setNeeded] = useState(false);
  const [password, setPassword] = useState('');
  const [refusal, setRefusal] = useState('');
  const queries = useQueryClient();
  const known = queries.getQueryData<Schemas['User'] & { email?: string }>(['me'])?.email ?? '';
  const [typed, setEmail] = useState<string | null>(null);
  const email = typed ?? known;
  useEffect(() => onSignedOut(() => setNeeded(true)), []);

  async function signIn(event: FormEvent) {
    event.preventDefault();
    try {
      await take(client.POST('/api/users/sign-in', { body: { email, password } }));
      setNeeded(false);
      setPassword('');
      setRefusal('');
      void save();
      void queries.invalidateQueries();
    } catch (error) {
      if (error instanceof Problem) setRefusal(error.offline ? t('common.offline') : error.message);
    }
  }

  return (
    <Dialog
      open={needed}
      size="small"
      onClose={() => setNeeded(false)}
      title={t('doc.session_over')}
      description={t('doc.session_over_text')}
    >
      <form className="sign-in-again" onSubmit={(event) => void signIn(event)}>
        <Field label={t('doc.email')}>
          {(ids) => (
            <Input
              {...ids}
              type="email"
              autoComplete="username"
              value={email}
              onChange={({ target }) => setEmail(target.value)}
            />
          )}
        </Field>
        <Field label={t('doc.password')} error={refusal}>
          {(ids) => (
            <Input
              {...ids}
              type="password"
              autoComplete="current-password"
              value={password}
              onChange={({ target }) => setPassword(target.value)}
            />
          )}
        </Field>
        <Button look="primary" type="submit">
          {t('doc.sign_in')}
        </Button>
      </form>
    </Dialog>
  );
}
