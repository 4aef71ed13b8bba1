import { Pencil, Plus } from 'lucide-react';
import { Suspense, useState } from 'react';
import { type Credential, useCredentials, useKinds } from '@/credentials/queries';
import type { Json } from '@/doc/model';
import { t } from '@/lib/i18n';
import { later } from '@/lib/later';
import { Button, IconButton } from '@/ui/Button';
import { Select } from '@/ui/Field';
import { useHost } from './form/host';
import { isBag } from './form/schema';

const CredentialDialog = later(async () => ({
  default: (await import('@/credentials/CredentialDialog')).CredentialDialog,
}));

interface CredentialSlotProps {
  types: readonly string[];
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
  id: string;
  label: string;
  described?: string;
  invalid?: boolean;
}

/** Which credential a node uses: one of those that fit, or a new one. */
export function CredentialSlot({ types, value, onChange, id, label, described, invalid }: CredentialSlotProps) {
  const { project, readOnly } = useHost();
  const [dialog, setDialog] = useState<'new' | 'edit' | null>(null);
  const kinds = useKinds();
  const fitting = (useCredentials(project).data ?? []).filter((credential) => types.includes(credential.kind));
  const held = isBag(value) && typeof value.$credential === 'string' ? value.$credential : '';
  const known = fitting.find((credential) => credential.id === held);
  const named = ({ name, kind, shared }: Credential) =>
    [name, types.length > 1 && (kinds[kind]?.title ?? kind), shared && t('panel.shared_credential')]
      .filter(Boolean)
      .join(' · ');
  return (
    <div className="np-picker">
      <Select
        id={id}
        value={held}
        disabled={readOnly}
        aria-label={label}
        aria-describedby={described}
        aria-invalid={invalid}
        onChange={(event) => onChange(event.target.value === '' ? undefined : { $credential: event.target.value })}
      >
        <option value="">{fitting.length === 0 ? t('panel.no_credentials') : t('panel.no_credential')}</option>
        {held !== '' && !known && <option value={held}>{t('panel.unknown_credential', { id: held })}</option>}
        {fitting.map((credential) => (
          <option key={credential.id} value={credential.id}>
            {named(credential)}
          </option>
        ))}
      </Select>
      {/* What is another project's can be used, and neither read nor changed. */}
      {known && !known.shared && !readOnly && (
        <IconButton icon={Pencil} label={t('panel.edit_credential')} onClick={() => setDialog('edit')} />
      )}
      {!readOnly && (
        <Button icon={Plus} onClick={() => setDialog('new')}>
          {t('panel.new_credential')}
        </Button>
      )}
      {dialog && (
        <Suspense fallback={null}>
          <CredentialDialog
            open
            kinds={types}
            id={dialog === 'edit' ? held : undefined}
            project={project}
            onClose={() => setDialog(null)}
            onSaved={(saved) => onChange({ $credential: saved })}
          />
        </Suspense>
      )}
    </div>
  );
}
