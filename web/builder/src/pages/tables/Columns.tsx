import { Plus, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { Button, IconButton } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { Field, Input, Select } from '@/ui/Field';
import { told } from '@/ui/telling';
import { type DataTable, KINDS, type Kind } from './queries';

interface Draft {
  key: string;
  id: string | null;
  name: string;
  kind: Kind;
}

/** The name of a table, and its columns. */
export function Columns({ table, onClose, onSaved }: { table: DataTable; onClose: () => void; onSaved: () => void }) {
  const [name, setName] = useState(table.name);
  const [drafts, setDrafts] = useState<Draft[]>(table.columns.map((one) => ({ ...one, key: one.id })));
  const change = (key: string, part: Partial<Draft>) =>
    setDrafts(drafts.map((one) => (one.key === key ? { ...one, ...part } : one)));
  const gone = table.columns.filter((one) => !drafts.some((draft) => draft.id === one.id));
  async function save(event: FormEvent) {
    event.preventDefault();
    const columns = drafts.map(({ id, name: column, kind }) => ({ id, name: column.trim(), kind }));
    const done = await told(() =>
      take(
        client.PATCH('/api/tables/{id}', { params: { path: { id: table.id } }, body: { name: name.trim(), columns } }),
      ),
    );
    if (!done) return;
    onSaved();
    onClose();
  }
  return (
    <Dialog open title={t('tables.columns')} onClose={onClose}>
      <form className="ask" onSubmit={(event) => void save(event)}>
        <Field label={t('tables.name')}>
          {(ids) => (
            <Input {...ids} required maxLength={100} value={name} onChange={({ target }) => setName(target.value)} />
          )}
        </Field>
        <ul className="column-drafts" aria-label={t('tables.columns')}>
          {drafts.map((one) => (
            <li key={one.key}>
              <Input
                aria-label={t('tables.column_name')}
                required
                maxLength={63}
                value={one.name}
                onChange={({ target }) => change(one.key, { name: target.value })}
              />
              <Select
                aria-label={t('tables.column_kind')}
                value={one.kind}
                disabled={one.id !== null}
                onChange={({ target }) => change(one.key, { kind: target.value as Kind })}
              >
                {KINDS.map((kind) => (
                  <option key={kind} value={kind}>
                    {t(`tables.kind_${kind}`)}
                  </option>
                ))}
              </Select>
              <IconButton
                icon={Trash2}
                label={t('tables.remove_column', { name: one.name })}
                onClick={() => setDrafts(drafts.filter((other) => other.key !== one.key))}
              />
            </li>
          ))}
        </ul>
        <div>
          <Button
            size="small"
            icon={Plus}
            onClick={() => setDrafts([...drafts, { key: crypto.randomUUID(), id: null, name: '', kind: 'text' }])}
          >
            {t('tables.add_column')}
          </Button>
        </div>
        {gone.length > 0 && (
          <p className="field-error" role="alert">
            {t('tables.columns_go', { names: gone.map((one) => one.name).join(', ') })}
          </p>
        )}
        <div className="ask-buttons">
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit">
            {t('common.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
