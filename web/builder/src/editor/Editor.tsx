import '../styles/editor.css';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useParams } from 'react-router';
import { fromWire } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { client, take } from '@/lib/api';
import { Failed, Skeleton } from '@/ui/Empty';

/** One workflow: canvas, panel, drawers, and what happens to the document. */
export default function Editor() {
  const { id = '' } = useParams();
  const workflow = useQuery({
    queryKey: ['workflow', id],
    queryFn: () => take(client.GET('/api/workflows/{id}', { params: { path: { id } } })),
  });
  useEffect(() => {
    if (!workflow.data) return;
    const { revision, issues, ...rest } = workflow.data;
    useDocument.getState().open(rest, fromWire(rest), revision, issues);
  }, [workflow.data]);
  if (workflow.error) return <Failed error={workflow.error} retry={workflow.refetch} />;
  if (workflow.isPending) return <Skeleton />;
  return <div className="editor" />;
}
