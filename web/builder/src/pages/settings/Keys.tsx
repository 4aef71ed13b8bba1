import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { type AnswerOf, client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { ago, moment } from '@/lib/time';
import { Button } from '@/ui/Button';
import { Field, Input } from '@/ui/Field';
import { toast } from '@/ui/Toast';
import { told } from '@/ui/telling';
import { Confirm } from '../workflows/Ask';
import { endOfDay, today } from './days';
import { Loaded } from './Loaded';
import { Part } from './Part';

const SCOPES = [
  'catalogue:read', 'workflow:read', 'workflow:edit', 'workflow:run', 'execution:read', 'execution:edit', 'credential:read',
  'credential:use', 'credential:edit', 'variable:read', 'variable:edit', 'table:read', 'table:edit', 'project:read', 'project:edit', 'project:create',
  'users:read', 'users:edit', 'audit:read', 'metrics:read',
] as const; // biome-ignore format: a list of words
type Scope = (typeof SCOPES)[number];
type Key = AnswerOf<'keys_list_keys'>['data'][number];

/** API keys for scripts: what each may do, until when; the key itself is shown once. */
export function Keys() {
  const keys = useQuery({ queryKey: ['keys'], queryFn: () => take(client.GET('/api/keys')) });
  const [made, setMade] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<Key | null>(null);
  return (
    <>
      <Part title={t('settings.keys')} text={t('settings.keys_text')}>
        {made && (
          <div className="secret">
            <p>{t('settings.key_once')}</p>
            <code>{made}</code>
            <Button
              size="small"
              onClick={() => {
                void navigator.clipboard.writeText(made);
                toast(t('common.copied'), 'ok');
              }}
            >
              {t('common.copy')}
            </Button>
          </div>
        )}
        <Loaded of={keys}>
          {({ data }) =>
            data.length === 0 ? (
              <p className="muted">{t('settings.no_keys')}</p>
            ) : (
              <ul className="entries">
                {data.map((key) => (
                  <KeyRow key={key.id} of={key} onDelete={() => setDeleting(key)} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Part>
      <NewKey
        onMade={(key) => {
          setMade(key);
          void keys.refetch();
        }}
      />
      {deleting && (
        <Confirm
          title={t('settings.delete_key', { name: deleting.name })}
          text={t('settings.delete_key_text')}
          verb={t('common.delete')}
          onClose={() => setDeleting(null)}
          onDone={() =>
            void told(() => client.DELETE('/api/keys/{key}', { params: { path: { key: deleting.id } } })).then(() =>
              keys.refetch(),
            )
          }
        />
      )}
    </>
  );
}

function KeyRow({ of: key, onDelete }: { of: Key; onDelete: () => void }) {
  return (
    <li className="entry">
      <span className="entry-main">
        <span className="entry-text">
          <span className="entry-title truncate">{key.name}</span>
          <span className="meta">
            {key.scopes.join(', ')} ·{' '}
            {key.used_at ? t('settings.used', { time: ago(key.used_at) }) : t('settings.never_used')}
            {key.expires_at && ` · ${t('settings.until', { time: moment(key.expires_at) })}`}
          </span>
        </span>
      </span>
      <Button size="small" look="danger" onClick={onDelete}>
        {t('common.delete')}
      </Button>
    </li>
  );
}

function NewKey({ onMade }: { onMade: (key: string) => void }) {
  const [name, setName] = useState('');
  const [until, setUntil] = useState('');
  const [scopes, setScopes] = useState<readonly Scope[]>(['workflow:read']);
  async function submit(event: FormEvent) {
    event.preventDefault();
    const body = { name, scopes: [...scopes], expires_at: until ? endOfDay(until) : null };
    const made = await told(() => take(client.POST('/api/keys', { body })));
    if (!made?.key) return;
    setName('');
    setUntil('');
    onMade(made.key);
  }
  const toggle = (scope: Scope) =>
    setScopes(scopes.includes(scope) ? scopes.filter((one) => one !== scope) : [...scopes, scope]);
  return (
    <Part title={t('settings.new_key')}>
      <form className="ask" onSubmit={(event) => void submit(event)}>
        <Field label={t('settings.key_name')}>
          {(ids) => <Input {...ids} required value={name} onChange={({ target }) => setName(target.value)} />}
        </Field>
        <Field label={t('settings.expires')} help={t('settings.expires_help')}>
          {(ids) => (
            <Input {...ids} type="date" min={today()} value={until} onChange={({ target }) => setUntil(target.value)} />
          )}
        </Field>
        <fieldset className="scopes">
          <legend className="field-label">{t('settings.scopes')}</legend>
          {SCOPES.map((scope) => (
            <label key={scope}>
              <input type="checkbox" checked={scopes.includes(scope)} onChange={() => toggle(scope)} />
              <code>{scope}</code>
            </label>
          ))}
        </fieldset>
        <div className="ask-buttons">
          <Button look="primary" type="submit" disabled={scopes.length === 0}>
            {t('settings.make_key')}
          </Button>
        </div>
      </form>
    </Part>
  );
}
