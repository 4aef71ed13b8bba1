import { CircleUser, Languages, LogOut, Monitor, Moon, Sun } from 'lucide-react';
import { LANGUAGES, type Language, t, useLanguage } from '@/lib/i18n';
import { type Theme, usePreferences } from '@/lib/preferences';
import { Menu } from '@/ui/Menu';
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
  const name = me.data?.name || me.data?.email || '';
  return (
    <Menu
      label={t('shell.account')}
      align="end"
      items={[
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
        {name ? (
          <span className="avatar" aria-hidden="true">
            {name.slice(0, 1).toUpperCase()}
          </span>
        ) : (
          <CircleUser size={18} aria-hidden="true" />
        )}
      </button>
    </Menu>
  );
}
