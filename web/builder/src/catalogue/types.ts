/** Node types and credential kinds, as the server's plugins describe them. The builder knows no type by name. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Node } from '@/doc/model';
import { client, type Schemas, take } from '@/lib/api';

export type NodeType = Schemas['NodeType'];
export type Catalogue = Readonly<Record<string, NodeType>>;

const NONE: Catalogue = {};

async function fetchTypes(): Promise<Catalogue> {
  const page = await take(client.GET('/api/node-types'));
  return Object.fromEntries(page.data.map((type) => [type.key, type]));
}

/** All node types by key; empty until they have come. */
export function useCatalogue(): Catalogue {
  return useQuery({ queryKey: ['node-types'], queryFn: fetchTypes, staleTime: Number.POSITIVE_INFINITY }).data ?? NONE;
}

/** One node type, or undefined where no plugin has it. */
export function useNodeType(key: string): NodeType | undefined {
  return useCatalogue()[key];
}

const ERROR = 'error';

/**
 * The outputs of a node, in order. Types whose outputs depend on parameters are asked at the server; until it answers,
 * those hold that were known before.
 */
export function useOutputs(type: NodeType | undefined, node: Node | undefined): readonly string[] {
  const dynamic = type?.dynamic_outputs === true && node !== undefined;
  const asked = useQuery({
    queryKey: ['outputs', type?.key, node?.params],
    queryFn: ({ signal }) =>
      take(
        client.POST('/api/node-types/{key}/ports', {
          params: { path: { key: type?.key ?? '' } },
          body: { params: node?.params ?? {} },
          signal,
        }),
      ),
    enabled: dynamic,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  });
  const outputs = (dynamic ? asked.data?.outputs : type?.outputs) ?? type?.outputs ?? NO_OUTPUTS;
  return useMemo(
    () => (node?.settings.on_error === 'output' ? [...outputs, ERROR] : outputs),
    [outputs, node?.settings.on_error],
  );
}

const NO_OUTPUTS: readonly string[] = [];
