import { type ComponentType, Suspense } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { later } from '@/lib/later';
import { need } from './lib/i18n';
import { Shell } from './shell/Shell';
import { Guard } from './shell/session';
import { Skeleton } from './ui/Empty';

type PageModule = { default: ComponentType };

/** A page and the texts that it shows. */
function page(fetch: () => Promise<PageModule>, ...areas: string[]) {
  return later(async () => (await Promise.all([fetch(), need(...areas)]))[0]);
}

const WORKFLOW = ['canvas', 'editor', 'doc', 'run', 'panel', 'credentials'];
const Editor = page(() => import('./editor/Editor'), ...WORKFLOW);
const Run = page(() => import('./pages/Run'), ...WORKFLOW);
const Runs = page(() => import('./pages/Runs'), 'run', 'editor');
const History = page(() => import('./pages/History'), 'editor', 'doc');
const Workflows = page(() => import('./pages/Workflows'), 'pages', 'editor', 'run');
const NewWorkflow = page(() => import('./pages/NewWorkflow'), 'pages');
const Credentials = page(() => import('./pages/Credentials'), 'pages', 'credentials', 'panel');
const Tables = page(() => import('./pages/Tables'), 'tables', 'pages');
const Table = page(() => import('./pages/Table'), 'tables', 'pages');
const Plugins = page(() => import('./pages/Plugins'), 'pages');
const Settings = page(() => import('./pages/Settings'), 'settings', 'pages');
const SignIn = page(() => import('./pages/SignIn'), 'pages');
const Setup = page(() => import('./pages/Setup'), 'pages');
const OAuthDone = page(() => import('./pages/OAuthDone'), 'pages');
const NotFound = page(() => import('./pages/NotFound'), 'pages');

/** The table of addresses. Each page comes when it is first visited. */
export function Pages() {
  return (
    <Suspense fallback={<Skeleton />}>
      <Routes>
        <Route path="/login" element={<SignIn />} />
        <Route path="/setup" element={<Setup />} />
        <Route path="/oauth/done" element={<OAuthDone />} />
        <Route
          element={
            <Guard>
              <Shell />
            </Guard>
          }
        >
          <Route path="/" element={<Navigate to="/workflows" replace />} />
          <Route path="/workflows" element={<Workflows />} />
          <Route path="/workflows/new" element={<NewWorkflow />} />
          <Route path="/workflow/:id" element={<Editor />} />
          <Route path="/workflow/:id/runs" element={<Runs />} />
          <Route path="/workflow/:id/runs/:runId" element={<Run />} />
          <Route path="/workflow/:id/history" element={<History />} />
          <Route path="/runs" element={<Runs />} />
          <Route path="/credentials" element={<Credentials />} />
          <Route path="/credentials/:id" element={<Credentials />} />
          <Route path="/tables" element={<Tables />} />
          <Route path="/tables/:id" element={<Table />} />
          <Route path="/plugins" element={<Plugins />} />
          <Route path="/settings/*" element={<Settings />} />
          <Route path="*" element={<NotFound />} />
        </Route>
      </Routes>
    </Suspense>
  );
}
