import '../styles/pages.css';
import type { ComponentType } from 'react';
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
import { type PartName, partsFor } from './settings/parts';
import { Users } from './settings/Users';
import { Variables } from './settings/Variables';

const SHOWN: Record<PartName, ComponentType> = {
  profile: Profile,
  appearance: Appearance,
  keys: Keys,
  projects: Projects,
  variables: Variables,
  users: Users,
  audit: Audit,
  about: About,
};

/** What concerns oneself, and for admins the instance. */
export default function Settings() {
  const me = useMe();
  const parts = partsFor(me.data?.role);
  return (
    <Page title={t('shell.settings')}>
      <div className="settings">
        <nav className="settings-nav" aria-label={t('shell.settings')}>
          {parts.map((part) => (
            <NavLink key={part} to={`/settings/${part}`}>
              {t(`settings.${part}`)}
            </NavLink>
          ))}
        </nav>
        <div className="settings-body">
          <Routes>
            {parts.map((part) => (
              <Route key={part} path={part} Component={SHOWN[part]} />
            ))}
            <Route path="*" element={<Navigate to="/settings/profile" replace />} />
          </Routes>
        </div>
      </div>
    </Page>
  );
}
