import '../styles/shell.css';
import { CircleHelp, History, KeyRound, Puzzle, Search, Settings, Table2, Workflow } from 'lucide-react';
import { Suspense, useEffect, useMemo, useRef } from 'react';
import { Link, NavLink, Outlet, useLocation, useNavigate } from 'react-router';
import { type Action, shown, useActions } from '@/actions/registry';
import { useView } from '@/editor/view';
import { need, t } from '@/lib/i18n';
import { later } from '@/lib/later';
import { usePreferences } from '@/lib/preferences';
import { Tip } from '@/ui/Tooltip';
import { Crash } from './Crash';
import { Offline } from './Offline';
import { signOut } from './session';

// The bar leads to the parts of the settings by their names, too.
const CommandBar = later(async () => (await Promise.all([import('./CommandBar'), need('settings')]))[0]);
const Account = later(() => import('./Account'));
const KeySheet = later(() => import('./KeySheet'));

const PLACES = [
  { to: '/workflows', icon: Workflow, label: 'shell.workflows', also: '/workflow/' },
  { to: '/runs', icon: History, label: 'shell.runs' },
  { to: '/credentials', icon: KeyRound, label: 'shell.credentials' },
  { to: '/tables', icon: Table2, label: 'shell.tables' },
  { to: '/plugins', icon: Puzzle, label: 'shell.plugins' },
  { to: '/settings', icon: Settings, label: 'shell.settings' },
] as const;

const show = (overlay: 'commands' | 'keys') => () => useView.getState().show(overlay);
const ACTIONS = [
  {
    id: 'commands',
    title: 'shell.commands',
    group: 'everywhere',
    keys: ['mod+k'],
    inFields: true,
    hidden: true,
    run: show('commands'),
  },
  { id: 'keys', title: 'shell.keys', group: 'everywhere', keys: ['?'], run: show('keys') },
];

/** What can be done from every page. */
function useTravels(): void {
  const navigate = useNavigate();
  const travels = useMemo<readonly Action[]>(
    () => [
      {
        id: 'workflow.new',
        title: 'shell.new_workflow',
        group: 'everywhere',
        // The list has its own, which knows the folder.
        when: () => !location.pathname.endsWith('/workflows'),
        run: () => void navigate('/workflows/new'),
      },
      { id: 'theme', title: 'shell.other_theme', group: 'everywhere', run: otherTheme },
      { id: 'sign-out', title: 'shell.sign_out', group: 'everywhere', run: () => void signOut() },
    ],
    [navigate],
  );
  useActions(travels);
}

/** Light where it is dark, and dark where it is light. */
function otherTheme(): void {
  const dark = document.documentElement.dataset.theme === 'dark';
  usePreferences.getState().set({ theme: dark ? 'light' : 'dark' });
}

/** Around every page: the rail of places, the command bar, the help. */
export function Shell() {
  useActions(ACTIONS);
  useTravels();
  const { pathname } = useLocation();
  const overlay = useView((state) => state.overlay);
  const page = useRef<HTMLDivElement>(null);
  // Another page is announced by the focus on its heading; the first one leaves the focus alone.
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    page.current?.querySelector<HTMLElement>('h1[tabindex]')?.focus({ preventScroll: true });
  }, [pathname]);
  return (
    <div className="shell">
      {/* A button: where there is a <base href>, a bare fragment leads to another page. */}
      <button type="button" className="skip" onClick={() => page.current?.focus()}>
        {t('shell.skip')}
      </button>
      <Rail />
      <div className="page" ref={page} tabIndex={-1}>
        <Offline />
        <Crash place={pathname}>
          <Outlet />
        </Crash>
      </div>
      <Suspense>
        {overlay === 'commands' && <CommandBar />}
        {overlay === 'keys' && <KeySheet />}
      </Suspense>
    </div>
  );
}

function Rail() {
  const { pathname } = useLocation();
  return (
    <nav className="rail" aria-label={t('shell.places')}>
      <Link to="/workflows" className="rail-logo" aria-label={t('shell.home')}>
        <Logo />
      </Link>
      <Tip text={t('shell.commands')} keys="mod+k" side="right">
        <button
          type="button"
          className="rail-item rail-search"
          aria-label={`${t('shell.commands')} (${shown('mod+k')})`}
          onClick={show('commands')}
        >
          <Search size={18} strokeWidth={1.75} aria-hidden="true" />
        </button>
      </Tip>
      {PLACES.map((place) => {
        const active = pathname.startsWith(place.to) || ('also' in place && pathname.startsWith(place.also));
        return (
          <Tip key={place.to} text={t(place.label)} side="right">
            <NavLink
              to={place.to}
              className={`rail-item ${active ? 'active' : ''}`}
              aria-label={t(place.label)}
              aria-current={active ? 'page' : undefined}
            >
              <place.icon size={18} strokeWidth={1.75} aria-hidden="true" />
              <span className="rail-label">{t(place.label)}</span>
            </NavLink>
          </Tip>
        );
      })}
      <span className="rail-space" />
      <Tip text={t('shell.keys')} keys="?" side="right">
        <button type="button" className="rail-item rail-help" aria-label={t('shell.keys')} onClick={show('keys')}>
          <CircleHelp size={18} strokeWidth={1.75} aria-hidden="true" />
        </button>
      </Tip>
      <Suspense fallback={<span className="rail-item" />}>
        <Account />
      </Suspense>
    </nav>
  );
}

/** The line that the icons and the wires are drawn with. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true" className="logo">
      <rect width="32" height="32" rx="9" className="logo-ground" />
      <path d="M8 22c5 0 4-12 8-12s3 12 8 12" className="logo-line" strokeWidth="2.2" strokeLinecap="round" />
      <circle cx="8" cy="22" r="2.6" className="logo-dot" />
      <circle cx="16" cy="10" r="2.6" className="logo-dot" />
      <circle cx="24" cy="22" r="2.6" className="logo-dot" />
    </svg>
  );
}
