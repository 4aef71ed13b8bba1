import '../styles/editor.css';
import '../styles/run.css';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useParams } from 'react-router';
import { Canvas } from '@/canvas/Canvas';
import { alike } from '@/doc/alike';
import { EMPTY, fromWire } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { Drawer, Inspector } from '@/editor/Regions';
import { useView } from '@/editor/view';
import { client, take } from '@/lib/api';
import { t } from '@/lib/i18n';
import { forget } from '@/run/actions';
import { documentOf, show } from '@/run/live';
import { RunBanner, RunHead } from '@/run/RunHead';
import { useRun } from '@/run/store';
import { Failed, Skeleton } from '@/ui/Empty';

/** One execution, replayed on the very document that it ran. */
export default function Run() {
  const { id = '', runId = '' } = useParams();
  const execution = useQuery({
    queryKey: ['execution', runId],
    queryFn: ({ signal }) => show(runId, signal),
    // It is shown and followed by that; another look would begin anew.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const workflow = useQuery({
    queryKey: ['workflow', id, 'draft'],
    queryFn: () => take(client.GET('/api/workflows/{id}', { params: { path: { id } } })),
  });
  const ran = useRun((state) => (state.execution === runId ? state.ran : null));
  const now = workflow.data ? fromWire(workflow.data) : null;

  useEffect(() => {
    useView.getState().set({ log: true });
    return () => {
      forget();
      useView.getState().openNode(null);
      useView.getState().select([]);
      useDocument.setState({ filing: null, doc: EMPTY, saved: EMPTY, readOnly: false });
    };
  }, []);
  useEffect(() => {
    if (!execution.data || !workflow.data) return;
    const { revision, issues: _, ...filing } = workflow.data;
    useDocument.getState().open(filing, documentOf(execution.data) ?? fromWire(filing), revision, []);
    useDocument.setState({ readOnly: true });
    useRun.setState({ mode: 'replay', stale: new Set() });
  }, [execution.data, workflow.data]);

  const error = execution.error ?? workflow.error;
  if (error) return <Failed whole error={error} retry={() => void execution.refetch()} />;
  if (!execution.data || !workflow.data) return <Skeleton />;
  const changed = now !== null && ran !== null && !alike(ran, now);
  return (
    <div className="editor replay">
      <header className="editor-head run-head">
        <RunHead execution={execution.data} name={workflow.data.name} />
      </header>
      {(changed || ran === null) && (
        <div className="banners">
          <RunBanner workflow={id} gone={ran === null} />
        </div>
      )}
      <main className="editor-canvas" aria-label={t('run.replay')}>
        <Canvas />
      </main>
      <Inspector />
      <Drawer />
    </div>
  );
}
