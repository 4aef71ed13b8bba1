import { CircleUser, Languages, LogOut, Monitor, Moon, Sun, UserRound } from 'lucide-react';
import { useNavigate } from 'react-router';
import { LANGUAGES, type Language, t, useLanguage } from '@/lib/i18n';
import { type Theme, usePreferences } from '@/lib/preferences';
import { Menu } from '@/ui/Menu';
import { Avatar } from './Avatar';
import { signOut, useMe } from './session';

const THEMES: readonly { theme: Theme; icon: typeof Sun }[] = [
  { theme: 'system', icon: Monitor },
  { theme: 'light', icon: Sun },
  { theme: 'dark', icon: Moon },
];

/** One's account: theme, language, signing out. */
export default function Account() {
  const me = useMe();
  const { theme, set } = usePreferences();
  const { language, choose } = useLanguage();
  const navigate = useNavigate();
  const name = me.data?.name || me.data?.email || '';
  return (
    <Menu
      label={t('shell.account')}
      align="end"
      side="right"
      heading={
        <div className="account-who">
          <strong className="truncate">{name}</strong>
          {me.data?.name && <span className="meta truncate">{me.data.email}</span>}
        </div>
      }
      items={[
        [{ label: t('shell.profile'), icon: UserRound, onSelect: () => void navigate('/settings/profile') }],
        THEMES.map((one) => ({
          label: t(`shell.theme_${one.theme}`),
          icon: one.icon,
          checked: theme === one.theme,
          onSelect: () => set({ theme: one.theme }),
        })),
        (Object.keys(LANGUAGES) as Language[]).map((one) => ({
          label: LANGUAGES[one],
          icon: Languages,
          checked: language === one,
          onSelect: () => void choose(one),
        })),
        [{ label: t('shell.sign_out'), icon: LogOut, onSelect: () => void signOut() }],
      ]}
    >
      <button type="button" className="rail-item" aria-label={t('shell.account_of', { name })}>
        {name ? <Avatar name={name} /> : <CircleUser size={18} aria-hidden="true" />}
      </button>
    </Menu>
  );
}
