/** The way to the server: typed by its own OpenAPI document, signed in by cookies, errors as problems. */
import createClient, { type Middleware } from 'openapi-fetch';
import type { components, operations, paths } from './schema';

export type Schemas = components['schemas'];

/** What an operation answers, by its name in the OpenAPI document. */
export type AnswerOf<Name extends keyof operations> = operations[Name] extends {
  responses: { 200: { content: { 'application/json': infer Body } } };
}
  ? Body
  : never;

export interface FieldProblem {
  /** Where, in dots: `nodes.greet.params.url`. */
  path: string;
  message: string;
  code?: string;
}

/** What the server refuses, or that it cannot be reached (`status` 0). */
export class Problem extends Error {
  readonly status: number;
  readonly detail: string;
  readonly errors: FieldProblem[];

  constructor(status: number, title: string, detail = '', errors: FieldProblem[] = []) {
    super(detail || title);
    this.name = 'Problem';
    this.status = status;
    this.detail = detail;
    this.errors = errors;
  }

  get offline(): boolean {
    return this.status === 0;
  }
}

/** Where a8n lives: `/`, or the path that the server wrote into <base>. */
export const base = new URL(document.baseURI).pathname.replace(/\/?$/, '/').replace(/\/assets\/$/, '/');

/** Names this tab to the server, so that it knows its own saves among the events. */
export const TAB = crypto.randomUUID();

const signedOutListeners = new Set<() => void>();

/** Call back when the session has ended. Gives the way to stop. */
export function onSignedOut(listener: () => void): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

let refreshing: Promise<boolean> | null = null;

/** Renew the session once, however many requests ask for it at the same time. */
function refresh(): Promise<boolean> {
  refreshing ??= send(
    new Request(`${location.origin}${base}api/users/refresh`, { method: 'POST', body: '{}', headers: HEADERS }),
  )
    .then((response) => response.ok)
    .catch(() => false)
    .finally(() => {
      refreshing = null;
    });
  return refreshing;
}

const HEADERS = { 'X-A8N-Client': 'browser', 'X-A8N-Tab': TAB, 'Content-Type': 'application/json' };
const PUBLIC = /\/api\/users\/(sign-in|sign-up|refresh|sign-out)$/;

function send(request: Request): Promise<Response> {
  return globalThis.fetch(request);
}

/** `fetch` with the session renewed where it has run out, and problems thrown. For what openapi-fetch does not do. */
export async function request(input: Request): Promise<Response> {
  const again = input.clone();
  let response: Response;
  try {
    response = await send(input);
    if (response.status === 401 && !PUBLIC.test(new URL(input.url).pathname)) {
      if (await refresh()) response = await send(again);
      if (response.status === 401) for (const listener of signedOutListeners) listener();
    }
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(0, 'offline');
  }
  if (!response.ok && response.status !== 304) throw await problemOf(response);
  return response;
}

async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null);
  if (typeof body !== 'object' || body === null) return new Problem(response.status, response.statusText);
  const { title, detail, errors } = body as { title?: string; detail?: string; errors?: FieldProblem[] };
  return new Problem(response.status, title ?? response.statusText, detail, errors ?? []);
}

const headers: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(HEADERS))
      if (!request.headers.has(name)) request.headers.set(name, value);
    return request;
  },
};

/** `client.GET('/api/workflows/{id}', {params: {path: {id}}})`; see also `take`. */
export const client = createClient<paths>({
  baseUrl: base === '/' ? location.origin : location.origin + base.slice(0, -1),
  fetch: request,
});
client.use(headers);

/** The body of an answer: `const page = await take(client.GET(…))`. Problems have been thrown by then. */
export async function take<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  return data as T;
}

/** An absolute address on this server, for links, images and event streams. */
export function url(path: string): string {
  return base + path.replace(/^\//, '');
}
