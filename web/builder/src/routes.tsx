import { lazy, Suspense } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { Skeleton } from './ui/Empty';

const Editor = lazy(() => import('./editor/Editor'));
const Run = lazy(() => import('./pages/Run'));
const Runs = lazy(() => import('./pages/Runs'));

/** The table of addresses. Each page comes when it is first visited. */
export function Pages() {
  return (
    <Suspense fallback={<Skeleton />}>
      <Routes>
        <Route path="/" element={<Navigate to="/workflows" replace />} />
        <Route path="/workflow/:id" element={<Editor />} />
        <Route path="/workflow/:id/runs" element={<Runs />} />
        <Route path="/workflow/:id/runs/:runId" element={<Run />} />
        <Route path="/runs" element={<Runs />} />
      </Routes>
    </Suspense>
  );
}
