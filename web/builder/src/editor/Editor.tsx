import '../styles/editor.css';
import { Suspense, useEffect } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { Canvas } from '@/canvas/Canvas';
import { useOpenWorkflow } from '@/doc/open';
import { useDocument } from '@/doc/store';
import { later } from '@/lib/later';
import { Failed, Skeleton } from '@/ui/Empty';
import { Banners } from './Banners';
import { EditorHead } from './EditorHead';
import { Drawer, Inspector } from './Regions';
import { useRestored } from './restored';
import { useView } from './view';

const ConflictDialog = later(() => import('./ConflictDialog'));
const SignInAgain = later(() => import('./SignInAgain'));

/** One workflow: canvas, panel, drawer, and what happens to the document. `?node=` opens a node's panel. */
export default function Editor() {
  const { id = '' } = useParams();
  const { ready, error, retry, draft, dropDraft } = useOpenWorkflow(id);
  const name = useDocument((state) => state.doc.name);
  const deciding = useView((state) => state.overlay === 'conflict');
  useAddress(ready);
  useRestored(id, ready);
  useEffect(() => {
    document.title = `${name} · a8n`;
  }, [name]);
  if (error) return <Failed whole error={error} retry={retry} />;
  return (
    <div className="editor">
      <EditorHead />
      <Banners draft={draft} dropDraft={dropDraft} />
      <main className="editor-canvas">{ready ? <Canvas /> : <Skeleton />}</main>
      {ready && <Inspector />}
      {ready && <Drawer />}
      <Suspense>
        {deciding && <ConflictDialog onClose={() => useView.getState().show(null)} />}
        <SignInAgain />
      </Suspense>
    </div>
  );
}

/** The address names the node that is open, so that it can be linked and survives a reload. */
function useAddress(ready: boolean): void {
  const [query, setQuery] = useSearchParams();
  const open = useView((state) => state.open);
  const wanted = query.get('node');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address is read once, when the document is there
  useEffect(() => {
    if (!ready) return;
    useView.getState().openNode(wanted && wanted in useDocument.getState().doc.nodes ? wanted : null);
    return () => useView.getState().openNode(null);
  }, [ready]);
  useEffect(() => {
    if (!ready || (open ?? null) === wanted) return;
    setQuery(open ? { node: open } : {}, { replace: true });
  }, [ready, open, wanted, setQuery]);
}
