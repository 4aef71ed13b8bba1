import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { Navigate, useLocation, useNavigate } from 'react-router';
import { client, onSignedOut, Problem, take, url } from '@/lib/api';
import { Failed, Skeleton } from '@/ui/Empty';

const CHANNEL = 'a8n.session';

/** Who is signed in. */
export function useMe() {
  return useQuery({ queryKey: ['me'], queryFn: () => take(client.GET('/api/users/me')), staleTime: 60_000 });
}

/** Whether accounts can be made by anybody who comes, and whether there is any yet. */
export function useSignUp() {
  return useQuery({ queryKey: ['sign-up'], queryFn: () => take(client.GET('/api/users/sign-up')), staleTime: 0 });
}

/** End the session here and in the other tabs. */
export async function signOut(): Promise<void> {
  await client.POST('/api/users/sign-out', { body: {} }).catch(() => null);
  new BroadcastChannel(CHANNEL).postMessage('out');
  location.assign(url('login'));
}

/** What only people who are signed in see; others are led to the set-up or to signing in, and back. */
export function Guard({ children }: { children: ReactNode }) {
  const me = useMe();
  const place = useLocation();
  const stranger = me.error instanceof Problem && me.error.status === 401;
  useEffect(() => {
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = () => location.assign(url('login'));
    return () => channel.close();
  }, []);
  useEndOfSession(place.pathname, place.search);
  if (me.data) return children;
  if (stranger) return <Stranger next={place.pathname + place.search} />;
  if (me.error) return <Failed whole error={me.error} retry={() => void me.refetch()} />;
  return <Skeleton />;
}

/** The editor asks for the password where one is, so that nothing is lost; the other pages go to sign in, and back. */
function useEndOfSession(path: string, search: string): void {
  const queries = useQueryClient();
  const navigate = useNavigate();
  useEffect(() => {
    if (/^\/workflow\/[^/]+$/.test(path)) return;
    return onSignedOut(() => {
      if (queries.getQueryData(['me']) === undefined) return;
      queries.removeQueries({ queryKey: ['me'] });
      void navigate(`/login?next=${encodeURIComponent(path + search)}`, { replace: true });
    });
  }, [path, search, queries, navigate]);
}

function Stranger({ next }: { next: string }) {
  const signUp = useSignUp();
  if (signUp.error) return <Failed whole error={signUp.error} retry={() => void signUp.refetch()} />;
  if (!signUp.data) return <Skeleton />;
  return <Navigate to={signUp.data.first ? '/setup' : `/login?next=${encodeURIComponent(next)}`} replace />;
}
