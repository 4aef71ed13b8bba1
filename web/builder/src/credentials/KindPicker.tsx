import { useState } from 'react';
import { TypeIcon } from '@/catalogue/TypeIcon';
import { t } from '@/lib/i18n';
import { Listbox } from '@/ui/Listbox';
import type { CredentialKind } from './queries';

/** Which kind of credential to make. */
export function KindPicker({ kinds, onPick }: { kinds: readonly CredentialKind[]; onPick: (key: string) => void }) {
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLowerCase();
  const found = kinds.filter((kind) =>
    [kind.title, kind.key, kind.description].some((text) => text.toLowerCase().includes(wanted)),
  );
  return (
    <div className="kind-picker">
      <Listbox
        options={found}
        query={search}
        onQuery={setSearch}
        onPick={(kind) => onPick(kind.key)}
        label={t('credentials.kind')}
        placeholder={t('credentials.search_kinds')}
        empty={t('credentials.no_kinds')}
        render={(kind) => (
          <>
            <TypeIcon type={kind} />
            <span className="np-picker-entry">
              <span>{kind.title}</span>
              <span className="meta truncate">{kind.description.split('\n')[0]}</span>
            </span>
          </>
        )}
      />
    </div>
  );
}
