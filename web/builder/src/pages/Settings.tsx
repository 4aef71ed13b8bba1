import '../styles/pages.css';
import { Navigate, NavLink, Route, Routes } from 'react-router';
import { t } from '@/lib/i18n';
import { Page } from '@/shell/Page';
import { useMe } from '@/shell/session';
import { About } from './settings/About';
import { Appearance } from './settings/Appearance';
import { Audit } from './settings/Audit';
import { Keys } from './settings/Keys';
import { Profile } from './settings/Profile';
import { Projects } from './settings/Projects';
import { Users } from './settings/Users';
import { Variables } from './settings/Variables';

const TABS = [
  { to: 'profile', show: Profile },
  { to: 'appearance', show: Appearance },
  { to: 'keys', show: Keys },
  { to: 'projects', show: Projects },
  { to: 'variables', show: Variables },
  { to: 'users', show: Users, admin: true },
  { to: 'audit', show: Audit, admin: true },
  { to: 'about', show: About },
] as const;

/** What concerns oneself, and for admins the instance. */
export default function Settings() {
  const me = useMe();
  const admin = me.data?.role === 'owner' || me.data?.role === 'admin';
  const tabs = TABS.filter((tab) => admin || !('admin' in tab));
  return (
    <Page title={t('shell.settings')}>
      <div className="settings">
        <nav className="settings-nav" aria-label={t('shell.settings')}>
          {tabs.map((tab) => (
            <NavLink key={tab.to} to={`/settings/${tab.to}`}>
              {t(`settings.${tab.to}`)}
            </NavLink>
          ))}
        </nav>
        <div className="settings-body">
          <Routes>
            {tabs.map((tab) => (
              <Route key={tab.to} path={tab.to} element={<tab.show />} />
            ))}
            <Route path="*" element={<Navigate to="/settings/profile" replace />} />
          </Routes>
        </div>
      </div>
    </Page>
  );
}
