/** Node types and credential kinds, as the server's plugins describe them. The builder knows no type by name. */
import { useQuery } from '@tanstack/react-query';
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
