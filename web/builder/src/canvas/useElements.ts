import { useQueries } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import { type Catalogue, useCatalogue } from '@/catalogue/types';
import type { Doc, Node } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { useView } from '@/editor/view';
import { client, type FieldProblem, take } from '@/lib/api';
import { type CanvasEdge, type CanvasNode, edgesOf, nodesOf } from './elements';
import { stepNumbers, wiresOf } from './graph';
import { type Ports, portsOf, samePorts } from './ports';
import { setCanvas, useCanvas } from './state';

/** Outputs of the nodes whose type makes them from parameters, as the server says. */
function useDynamicOutputs(doc: Doc, catalogue: Catalogue): ReadonlyMap<string, readonly string[]> {
  const nodes = useMemo(
    () => Object.values(doc.nodes).filter((node) => catalogue[node.type]?.dynamic_outputs),
    [doc.nodes, catalogue],
  );
  const last = useRef(new Map<string, readonly string[]>());
  const answers = useQueries({ queries: nodes.map(question) });
  return useStable(
    new Map(
      nodes.map((node, i) => {
        const outputs = answers[i]?.data?.outputs ?? last.current.get(node.id) ?? catalogue[node.type]?.outputs ?? [];
        last.current.set(node.id, outputs);
        return [node.id, outputs];
      }),
    ),
  );
}

function question(node: Node) {
  return {
    queryKey: ['outputs', node.type, node.params],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      take(
        client.POST('/api/node-types/{key}/ports', {
          params: { path: { key: node.type } },
          body: { params: node.params },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  };
}

/** The map of before as long as its values are the same. */
function useStable<T>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  const last = useRef(map);
  const before = last.current;
  const same = before.size === map.size && [...map].every(([id, value]) => before.get(id) === value);
  if (!same) last.current = map;
  return last.current;
}

/** The ports of every node. A node's ports keep their identity as long as they are the same. */
function usePorts(doc: Doc, catalogue: Catalogue): ReadonlyMap<string, Ports> {
  const dynamic = useDynamicOutputs(doc, catalogue);
  const last = useRef<ReadonlyMap<string, Ports>>(new Map());
  return useMemo(() => {
    const { into, out } = wiresOf(doc);
    const ports = new Map<string, Ports>();
    for (const node of Object.values(doc.nodes)) {
      const type = catalogue[node.type];
      const own = portsOf(node, type, dynamic.get(node.id), into.get(node.id) ?? [], out.get(node.id) ?? []);
      const before = last.current.get(node.id);
      ports.set(node.id, before && samePorts(before, own) ? before : own);
    }
    last.current = ports;
    return ports;
  }, [doc, catalogue, dynamic]);
}

/** What React Flow draws, following the document, the selection and what is being dragged. */
export function useElements(): { nodes: CanvasNode[]; edges: CanvasEdge[] } {
  const doc = useDocument((state) => state.doc);
  const catalogue = useCatalogue();
  const ports = usePorts(doc, catalogue);
  const selected = useView((state) => state.selected);
  const selectedEdges = useView((state) => state.selectedEdges);
  const drafts = useCanvas((state) => state.drafts);
  const before = useRef({ nodes: new Map<string, CanvasNode>(), edges: new Map<string, CanvasEdge>() });
  const problems = useDocument((state) => state.issues);
  useEffect(() => setCanvas({ ports, catalogue }), [ports, catalogue]);
  useEffect(() => setCanvas({ issues: issuesByNode(problems) }), [problems]);

  const nodes = useMemo(() => {
    const made = nodesOf({ doc, ports, steps: stepNumbers(doc), selected, drafts }, before.current.nodes);
    before.current.nodes = new Map(made.map((node) => [node.id, node]));
    return made;
  }, [doc, ports, selected, drafts]);
  const edges = useMemo(() => {
    const made = edgesOf({ doc, ports, selectedEdges }, before.current.edges);
    before.current.edges = new Map(made.map((edge) => [edge.id, edge]));
    return made;
  }, [doc, ports, selectedEdges]);
  return { nodes, edges };
}

function issuesByNode(problems: readonly FieldProblem[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { path } of problems) {
    const id = path.match(/^nodes\.([^.]+)/)?.[1];
    if (id) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}
