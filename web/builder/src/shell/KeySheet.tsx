import { useState } from 'react';
import { type Action, shown, useRegistry } from '@/actions/registry';
import { useView } from '@/editor/view';
import { t } from '@/lib/i18n';
import { usePreferences } from '@/lib/preferences';
import { Dialog } from '@/ui/Dialog';
import { Input, Switch } from '@/ui/Field';
import { rank } from './matching';

/** `?`: every key that does something here, from the registry of actions. */
export default function KeySheet() {
  const actions = useRegistry((state) => state.actions);
  const { letterKeys, set } = usePreferences();
  const [query, setQuery] = useState('');
  const wanted = actions.filter(
    (action) => action.keys?.length && rank(`${t(action.title)} ${action.keys.map(shown).join(' ')}`, query) > 0,
  );
  const groups = [...new Set(wanted.map((action) => action.group))];
  return (
    <Dialog open size="large" onClose={() => useView.getState().show(null)} title={t('shell.keys')}>
      <div className="keys-head">
        <Input
          autoFocus
          type="search"
          aria-label={t('common.search')}
          placeholder={t('common.search')}
          value={query}
          onChange={({ target }) => setQuery(target.value)}
        />
        <label className="keys-letters" htmlFor="letter-keys">
          {t('shell.letter_keys')}
          <Switch id="letter-keys" checked={letterKeys} onChange={(on) => set({ letterKeys: on })} />
        </label>
      </div>
      {groups.length === 0 && <p className="muted">{t('shell.nothing_found', { query })}</p>}
      <div className="keys">
        {groups.map((group) => (
          <section key={group}>
            <h3>{t(`keys.group_${group}`)}</h3>
            <dl>
              {wanted
                .filter((action) => action.group === group)
                .map((action) => (
                  <Line key={action.id} action={action} />
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function Line({ action }: { action: Action }) {
  return (
    <div className="keys-line">
      <dt>{t(action.title)}</dt>
      <dd>
        {action.keys?.map((keys) => (
          <kbd key={keys} className="key">
            {shown(keys)}
          </kbd>
        ))}
      </dd>
    </div>
  );
}
