/** What this browser remembers about its user: theme, panel sizes, single-letter keys. Kept in localStorage. */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';

export type Theme = 'system' | 'light' | 'dark';

interface Preferences {
  theme: Theme;
  /** Single-letter shortcuts can be turned off (WCAG 2.1.4). */
  letterKeys: boolean;
  minimap: 'moving' | 'always' | 'never';
  manualSave: boolean;
  sizes: Record<string, number>;
  recentNodes: string[];
  set: (values: Partial<Omit<Preferences, 'set'>>) => void;
}

export const usePreferences = create<Preferences>()(
  persist(
    (set) => ({
      theme: 'system',
      letterKeys: true,
      minimap: 'moving',
      manualSave: false,
      sizes: {},
      recentNodes: [],
      set: (values) => set(values),
    }),
    { name: 'a8n.preferences' },
  ),
);

const dark = matchMedia('(prefers-color-scheme: dark)');

function paint(theme: Theme): void {
  const isDark = theme === 'dark' || (theme === 'system' && dark.matches);
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
  // The script that runs before the first paint reads this one key.
  localStorage.setItem('a8n.theme', theme);
}

usePreferences.subscribe((now, before) => {
  if (now.theme !== before.theme) paint(now.theme);
});
dark.addEventListener('change', () => paint(usePreferences.getState().theme));
