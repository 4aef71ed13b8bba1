import { client } from '@/lib/api';

/** Make a version the draft again, at the server; what was in the draft is replaced. */
export async function restoredVersion(id: string, version: number): Promise<void> {
  await client.POST('/api/workflows/{id}/versions/{version}/restore', {
    params: { path: { id, version: String(version) } },
  });
}
