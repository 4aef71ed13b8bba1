/** Credentials as the server lists them, and their kinds. */
import { useQuery } from '@tanstack/react-query';
import { client, type Schemas, take } from '@/lib/api';

export type Credential = Schemas['Credential'];
export type CredentialKind = Schemas['CredentialKind'];

/** All kinds by key; empty until they have come. */
export function useKinds(): Readonly<Record<string, CredentialKind>> {
  const kinds = useQuery({
    queryKey: ['credential-kinds'],
    queryFn: async () => {
      const page = await take(client.GET('/api/credential-kinds'));
      return Object.fromEntries(page.data.map((kind) => [kind.key, kind]));
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  return kinds.data ?? {};
}

/** The credentials that can be used in a project. */
export function useCredentials(project: string) {
  return useQuery({
    queryKey: ['credentials', project],
    enabled: project !== '',
    queryFn: async () => {
      const page = await take(client.GET('/api/credentials', { params: { query: { project, limit: 250 } } }));
      return page.data;
    },
  });
}

/** One credential and the workflows that refer to it. */
export function useCredential(id: string | undefined) {
  return useQuery({
    queryKey: ['credential', id],
    enabled: id !== undefined,
    // Who uses it changes with any save of any workflow.
    staleTime: 0,
    queryFn: () => take(client.GET('/api/credentials/{id}', { params: { path: { id: id ?? '' } } })),
  });
}
