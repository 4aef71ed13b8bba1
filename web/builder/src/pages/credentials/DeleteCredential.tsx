import { useCredential } from '@/credentials/queries';
import { client } from '@/lib/api';
import { t } from '@/lib/i18n';
import { told } from '@/ui/telling';
import { Confirm } from '../workflows/Ask';

interface DeleteCredentialProps {
  id: string;
  name: string;
  onClose: () => void;
  onDeleted: () => void;
}

const NAMED = 5;

/** Asks before a credential goes, and says which workflows will miss it. */
export function DeleteCredential({ id, name, onClose, onDeleted }: DeleteCredentialProps) {
  const users = useCredential(id).data?.used_by;
  const names = users?.slice(0, NAMED).map((flow) => flow.name);
  const text =
    names === undefined
      ? t('pages.delete_credential_text')
      : names.length === 0
        ? t('pages.delete_credential_unused')
        : t('pages.delete_credential_used', {
            count: users?.length ?? 0,
            names: names.join(', ') + ((users?.length ?? 0) > NAMED ? ' …' : ''),
          });
  return (
    <Confirm
      title={t('pages.delete_credential', { name })}
      text={text}
      verb={t('pages.delete')}
      onClose={onClose}
      onDone={() =>
        void told(() => client.DELETE('/api/credentials/{id}', { params: { path: { id } } })).then(onDeleted)
      }
    />
  );
}
