import { type Detail, Problem } from './problem.ts';

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Longer than the API's own 29 s, because its error says more than a timeout here. */
const TIMEOUT_MS = 35_000;

/** This route tells whose session it is, so any page may request it at any time. */
const SESSION = '/v1/session';

let organization: string | undefined;
let hasEnded = false;
const signedOut = new Set<() => void>();
const changed = new Set<() => void>();

/**
 * From now on all requests name this organization, and the API refuses one that is not the session's. A page acts in the same
 * organization for as long as it is open, so that nothing it has begun ends up in an organization that it did not show.
 * @returns whether the page acts in it; otherwise it must be reloaded
 */
export function actIn(id: string): boolean {
  organization ??= id;
  if (organization !== id) return false;
  hasEnded = false;
  return true;
}

/** Calls back when the API no longer knows the session. @returns a function that ends this */
export function onSignedOut(listener: () => void): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

/**
 * Calls back when the session is not the one that the page knows, because another tab has begun a new one.
 * @returns a function that ends this
 */
export function onSessionChanged(listener: () => void): () => void {
  changed.add(listener);
  return () => changed.delete(listener);
}

/**
 * Calls the API. The session is a cookie that no script can read, so nothing is stored here.
 * @throws Problem
 */
async function call<Answer>(method: Method, path: string, body?: unknown, key?: string): Promise<Answer> {
  // Pages that are kept for the next sign-in still send requests.
  if (hasEnded && path !== SESSION) throw new Problem('The session has ended.', { status: 401 });
  const text = body === undefined ? undefined : JSON.stringify(body);
  const { response, received } = await send(method, path, text, key);
  const answer = read(response, received);
  if (response.ok) return answer as Answer;
  const problem = refusal(response, answer);
  if (response.status === 401 && path !== SESSION) {
    hasEnded = true;
    for (const listener of signedOut) listener();
  }
  if (organization !== undefined && problem.message === `Organization ${organization} not found`) {
    for (const listener of changed) listener();
    throw new Problem('Another tab has signed in to another organization. Nothing was changed.', { status: 404 });
  }
  throw problem;
}

export const api = {
  get: <Answer>(path: string) => call<Answer>('GET', path),
  /** Without a key, it may be done twice. For actions use `Post`. */
  post: <Answer>(path: string, body: unknown = {}, key?: string) => call<Answer>('POST', path, body, key),
  patch: <Answer>(path: string, body: unknown) => call<Answer>('PATCH', path, body),
  delete: <Answer>(path: string) => call<Answer>('DELETE', path),
};

/** A path with a query, without the parameters that have no value. */
export function withQuery(path: string, parameters: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, String(value)]],
    ),
  ).toString();
  return query === '' ? path : `${path}?${query}`;
}

/** A response that was cut off counts as no response. */
async function send(
  method: Method,
  path: string,
  body: string | undefined,
  key: string | undefined,
): Promise<{ readonly response: Response; readonly received: string }> {
  try {
    const response = await fetch(path, {
      method,
      headers: {
        accept: 'application/json',
        ...(organization !== undefined && path !== SESSION && { 'x-hawser-organization': organization }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body !== undefined && { body }),
      credentials: 'same-origin',
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { response, received: await response.text() };
  } catch (error) {
    const isTimeout = error instanceof DOMException && error.name === 'TimeoutError';
    throw new Problem(
      isTimeout ? `No answer within ${TIMEOUT_MS / 1000} seconds.` : 'The API can’t be reached. Are you online?',
    );
  }
}

function read({ status }: Response, received: string): unknown {
  try {
    return JSON.parse(received);
  } catch {
    // Not Hawser's own response, but that of a proxy in between, whose error page would not help here.
    throw new Problem(`The answer (${status}) is not from the API.`, { status });
  }
}

/** The form of every error: docs/api.md, Errors. */
interface ErrorAnswer {
  readonly message: string;
  readonly code?: string;
  readonly details?: readonly Detail[];
  readonly request_id?: string;
}

function refusal({ status, headers }: Response, answer: unknown): Problem {
  if (typeof answer !== 'object' || answer === null || !('message' in answer)) {
    return new Problem(`The API refused (${status}) without saying why.`, { status });
  }
  const { message, code, details, request_id } = answer as ErrorAnswer;
  return new Problem(message, {
    status,
    code,
    details,
    requestId: request_id,
    isTemporary: headers.has('retry-after'),
  });
}
