import '../styles/panel.css';
import { useQueryClient } from '@tanstack/react-query';
import { CircleCheck, CircleX, PlugZap } from 'lucide-react';
import { useState } from 'react';
import { TypeIcon } from '@/catalogue/TypeIcon';
import type { Params } from '@/doc/model';
import { client, type FieldProblem, Problem, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { Button } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { Failed, Skeleton } from '@/ui/Empty';
import { Field, Input } from '@/ui/Field';
import { CredentialForm } from './CredentialForm';
import { KindPicker } from './KindPicker';
import { type Credential, type CredentialKind, useCredential, useCredentials, useKinds } from './queries';
import { RedirectUrl } from './RedirectUrl';
import { ServiceSignIn } from './ServiceSignIn';
import { Shares } from './Shares';
import { UsedBy } from './UsedBy';

interface CredentialDialogProps {
  open: boolean;
  /** Of a new credential; asked for where neither is given. */
  kind?: string;
  /** Offer only these kinds. */
  kinds?: readonly string[];
  /** Of one that is there. */
  id?: string;
  project: string;
  onClose: () => void;
  onSaved: (id: string) => void;
}

/** Make a credential, or change one. */
export function CredentialDialog({ open, kind, kinds, id, project, onClose, onSaved }: CredentialDialogProps) {
  const all = useKinds();
  const detail = useCredential(open ? id : undefined);
  const others = useCredentials(open ? project : '');
  const [picked, setPicked] = useState<string | null>(null);
  if (!open) return null;
  const offered = (kinds ?? Object.keys(all)).flatMap((key) => all[key] ?? []);
  const key = detail.data?.kind ?? kind ?? picked ?? (offered.length === 1 ? offered[0]?.key : undefined);
  const chosen = key === undefined ? undefined : all[key];
  const title = id
    ? t('credentials.edit')
    : chosen
      ? t('credentials.new_of', { kind: chosen.title })
      : t('credentials.new');
  if ((id && !detail.data) || others.isLoading)
    return (
      <Dialog open onClose={onClose} title={title}>
        {detail.error ? <Failed error={detail.error} retry={() => void detail.refetch()} /> : <Skeleton />}
      </Dialog>
    );
  if (!chosen)
    return (
      <Dialog open onClose={onClose} title={title}>
        <KindPicker kinds={offered} onPick={setPicked} />
      </Dialog>
    );
  return (
    <CredentialEditor
      key={id ?? chosen.key}
      kind={chosen}
      id={id}
      name={detail.data?.name ?? freeName(chosen.title, others.data ?? [])}
      hosts={detail.data?.hosts}
      title={title}
      project={project}
      onClose={onClose}
      onSaved={onSaved}
    />
  );
}

/** A name that no other credential of the project has. */
function freeName(wanted: string, others: readonly Credential[]): string {
  const taken = new Set(others.map((other) => other.name));
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted} ${n}`;
    if (!taken.has(name)) return name;
  }
}

interface EditorProps {
  kind: CredentialKind;
  id?: string;
  name: string;
  hosts?: readonly string[];
  title: string;
  project: string;
  onClose: () => void;
  onSaved: (id: string) => void;
}

interface Tested {
  ok: boolean;
  message: string;
}

function CredentialEditor({
  kind,
  id: given,
  name: first,
  hosts: allowed = [],
  title,
  project,
  onClose,
  onSaved,
}: EditorProps) {
  const queries = useQueryClient();
  const [id, setId] = useState(given);
  const detail = useCredential(id);
  const [name, setName] = useState(first);
  const [hosts, setHosts] = useState(allowed.join(' '));
  const [values, setValues] = useState<Params>({});
  const [issues, setIssues] = useState<readonly FieldProblem[]>([]);
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, setBusy] = useState<'save' | 'test' | null>(null);
  const [tested, setTested] = useState<Tested | null>(null);

  const wanted = hosts.split(/[\s,]+/).filter(Boolean);
  const wrong = issues.find((issue) => issue.path.startsWith('hosts.'));

  /** Save; gives the id, or null where the server refused. */
  async function save(): Promise<string | null> {
    setIssues([]);
    setFailed(null);
    setTested(null);
    const common = { name, values, hosts: wanted };
    try {
      const saved = id
        ? await take(client.PATCH('/api/credentials/{id}', { params: { path: { id } }, body: common }))
        : await take(client.POST('/api/credentials', { body: { ...common, kind: kind.key, project } }));
      setId(saved.id);
      await queries.invalidateQueries({ queryKey: ['credentials'] });
      await queries.invalidateQueries({ queryKey: ['credential', saved.id] });
      return saved.id;
    } catch (error) {
      refused(error);
      return null;
    }
  }

  function refused(error: unknown) {
    const found = error instanceof Problem ? error.errors : [];
    setIssues(found);
    const marked = found.length > 0 && found.every(({ path }) => /^(values|hosts)\./.test(path));
    setFailed(marked ? t('credentials.marked') : error instanceof Error ? error.message : String(error));
  }

  async function done() {
    setBusy('save');
    const saved = await save();
    setBusy(null);
    if (saved === null) return;
    onSaved(saved);
    onClose();
  }

  /** What is filled in is tried as it is: what does not work is not kept. */
  async function test() {
    setBusy('test');
    setTested(null);
    setIssues([]);
    setFailed(null);
    try {
      const body = { kind: kind.key, values, id, hosts: wanted };
      setTested(await take(client.POST('/api/credentials/test', { body })));
    } catch (error) {
      refused(error);
    }
    // A sign-in that could not be renewed has ended.
    await queries.invalidateQueries({ queryKey: ['credential', id] });
    setBusy(null);
  }

  // What a saved one is opened for most is signing in again; a new one has to be filled in first.
  const service = kind.oauth && <ServiceSignIn state={detail.data?.oauth ?? null} save={save} />;
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      description={kind.description.split('\n')[0]}
      footer={
        <>
          <Button
            className="np-push-left"
            icon={PlugZap}
            busy={busy === 'test'}
            disabled={busy !== null}
            onClick={test}
          >
            {t('credentials.test')}
          </Button>
          {/* Signing in at the service has saved a new one already. */}
          <Button onClick={onClose}>{id && !given ? t('common.close') : t('common.cancel')}</Button>
          <Button look="primary" busy={busy === 'save'} disabled={busy !== null || name.trim() === ''} onClick={done}>
            {t('common.save')}
          </Button>
        </>
      }
    >
      <form
        className="credential-form"
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          void done();
        }}
      >
        <div className="credential-kind">
          <TypeIcon type={kind} size={20} />
          <span>{kind.title}</span>
          <span className="meta mono">{kind.key}</span>
        </div>
        <Field label={t('credentials.name')} required>
          {(ids) => <Input {...ids} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        {given && service}
        {kind.oauth && <RedirectUrl />}
        <CredentialForm kind={kind} values={values} onChange={setValues} kept={given !== undefined} issues={issues} />
        {!given && service}
        <Field
          label={t('credentials.hosts')}
          help={t('credentials.hosts_help')}
          error={wrong && t('credentials.hosts_wrong', { host: wanted[Number(wrong.path.slice(6))] ?? '' })}
        >
          {(ids) => (
            <Input
              {...ids}
              className="mono"
              value={hosts}
              placeholder="api.example.com *.example.org"
              onChange={(event) => setHosts(event.target.value)}
            />
          )}
        </Field>
        {detail.data && <Shares credential={detail.data} />}
        {given && <UsedBy id={given} />}
        <div className="credential-verdict" aria-live="polite">
          {failed && <p className="np-verdict err">{failed}</p>}
          {tested && (
            <p className={`np-verdict ${tested.ok ? 'ok' : 'err'}`}>
              {tested.ok ? <CircleCheck size={16} aria-hidden="true" /> : <CircleX size={16} aria-hidden="true" />}
              <span>
                <strong>{tested.ok ? t('credentials.works') : t('credentials.works_not')}</strong> {tested.message}
              </span>
            </p>
          )}
        </div>
        <button type="submit" className="visually-hidden" tabIndex={-1} aria-hidden="true" />
      </form>
    </Dialog>
  );
}
