import { lazy, Suspense } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { Shell } from './shell/Shell';
import { Guard } from './shell/session';
import { Skeleton } from './ui/Empty';

const Editor = lazy(() => import('./editor/Editor'));
const Run = lazy(() => import('./pages/Run'));
const Runs = lazy(() => import('./pages/Runs'));
const History = lazy(() => import('./pages/History'));
const Workflows = lazy(() => import('./pages/Workflows'));
const NewWorkflow = lazy(() => import('./pages/NewWorkflow'));
const Credentials = lazy(() => import('./pages/Credentials'));
const Plugins = lazy(() => import('./pages/Plugins'));
const Settings = lazy(() => import('./pages/Settings'));
const SignIn = lazy(() => import('./pages/SignIn'));
const Setup = lazy(() => import('./pages/Setup'));
const OAuthDone = lazy(() => import('./pages/OAuthDone'));
const NotFound = lazy(() => import('./pages/NotFound'));

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
          <Route path="/plugins" element={<Plugins />} />
          <Route path="/settings/*" element={<Settings />} />
          <Route path="*" element={<NotFound />} />
        </Route>
      </Routes>
    </Suspense>
  );
}
