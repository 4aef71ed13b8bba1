import { LANGUAGES, type Language, t, useLanguage } from '@/lib/i18n';
import { type Theme, usePreferences } from '@/lib/preferences';
import { Field, Select, Switch } from '@/ui/Field';
import { Part } from './Part';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];
const MINIMAP = ['moving', 'always', 'never'] as const;

/** How the builder looks and behaves in this browser. */
export function Appearance() {
  const { theme, minimap, letterKeys, manualSave, set } = usePreferences();
  const { language, choose } = useLanguage();
  return (
    <Part title={t('settings.appearance')} text={t('settings.appearance_text')}>
      <Field label={t('settings.theme')}>
        {(ids) => (
          <Select
            {...ids}
            value={theme}
            onChange={({ target }) => set({ theme: THEMES.find((one) => one === target.value) ?? 'system' })}
          >
            {THEMES.map((one) => (
              <option key={one} value={one}>
                {t(`shell.theme_${one}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t('settings.language')}>
        {(ids) => (
          <Select {...ids} value={language} onChange={({ target }) => void choose(target.value === 'de' ? 'de' : 'en')}>
            {(Object.keys(LANGUAGES) as Language[]).map((one) => (
              <option key={one} value={one}>
                {LANGUAGES[one]}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t('settings.minimap')}>
        {(ids) => (
          <Select
            {...ids}
            value={minimap}
            onChange={({ target }) => set({ minimap: MINIMAP.find((one) => one === target.value) ?? 'moving' })}
          >
            {MINIMAP.map((one) => (
              <option key={one} value={one}>
                {t(`settings.minimap_${one}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <div className="preference">
        <label htmlFor="letters">{t('shell.letter_keys')}</label>
        <Switch id="letters" checked={letterKeys} onChange={(on) => set({ letterKeys: on })} />
      </div>
      <div className="preference">
        <label htmlFor="manual">{t('settings.manual_save')}</label>
        <Switch id="manual" checked={manualSave} onChange={(on) => set({ manualSave: on })} />
      </div>
    </Part>
  );
}
