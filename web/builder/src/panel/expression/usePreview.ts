/** What a value with expressions gives on real data, asked of the server shortly after the last key. */
import { useEffect, useState } from 'react';
import { create } from 'zustand';
import type { Json } from '@/doc/model';
import { useDocument } from '@/doc/store';
import { Problem } from '@/lib/api';
import { useRun } from '@/run/store';
import { documentFor, executionFor, type Preview, post, workflowId } from '../data/server';

interface Sample {
  /** Number of the input item that previews look at. */
  item: number;
  port: string | undefined;
}

/** Which item previews look at: one for the whole panel. */
export const useSample = create<Sample>(() => ({ item: 0, port: undefined }));

const PAUSE = 150;

export interface PreviewState {
  result: Preview | null;
  pending: boolean;
  /** The server could not be asked. */
  problem: string | null;
}

/** Preview a value in a field of a node. A newer question ends an older one. */
export function usePreview(node: string, path: string, value: Json): PreviewState {
  const { item, port } = useSample();
  const status = useRun((run) => run.status);
  const pins = useDocument((state) => state.doc.pins);
  const wires = useDocument((state) => state.doc.connections);
  const [state, setState] = useState<PreviewState>({ result: null, pending: true, problem: null });
  const asked = JSON.stringify(value);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a run, a pin or a wire can change the data
  useEffect(() => {
    const controller = new AbortController();
    setState((before) => ({ ...before, pending: true }));
    const timer = setTimeout(() => {
      const question = {
        workflow: workflowId(),
        node,
        item,
        port,
        value: JSON.parse(asked),
        field: fieldOf(path),
        ...executionFor(),
        ...documentFor(node),
      };
      post<Preview>('api/expressions/preview', question, controller.signal)
        .then((result) => setState({ result, pending: false, problem: null }))
        .catch((error: unknown) => {
          if (controller.signal.aborted) return;
          const problem = error instanceof Problem ? error.message : String(error);
          setState({ result: null, pending: false, problem });
        });
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [node, path, asked, item, port, status, pins, wires]);
  return state;
}

/** `params.rules.0.value` as the server has it: `["rules", 0, "value"]`. */
export function fieldOf(path: string): (string | number)[] {
  return path
    .replace(/^params\./, '')
    .split('.')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
