import * as z from 'zod';
import { type ExitCode, exitCode, Failure } from './failure.ts';
import { type IdempotencyOptions, type KeyedResponse, postWithKey } from './idempotent-post.ts';
import type { Access } from './settings.ts';
import { isUnsent } from './unsent.ts';

/** API Gateway responds within 29 s, if only with a timeout error. */
const TIMEOUT_MS = 35_000;

export type Query = Readonly<Record<string, string | undefined>>;

interface Asked {
  readonly query?: Query;
  readonly body?: object | undefined;
  readonly idempotencyKey?: string;
}

const errorResponse = z.looseObject({
  message: z.string(),
  code: z.string(),
  request_id: z.string().optional(),
  details: z.array(z.object({ path: z.string(), problem: z.string() })).optional(),
});

interface Patience {
  /** How long a request may take. */
  readonly timeoutMs: number;
  /** Aborted when the response is no longer needed. */
  readonly signal?: AbortSignal;
}

/** The management API of one Hawser, as one user. */
export class Api {
  readonly #access: Access;
  readonly #patience: Patience;

  constructor(access: Access, patience: Patience = { timeoutMs: TIMEOUT_MS }) {
    this.#access = access;
    this.#patience = patience;
  }

  /** The same API with another timeout or signal. */
  with(patience: Partial<Patience>): Api {
    return new Api(this.#access, { ...this.#patience, ...patience });
  }

  get url(): string {
    return this.#access.url;
  }

  get(path: string, query: Query = {}): Promise<unknown> {
    return this.#call('GET', path, { query });
  }

  /** @param body left out where the route takes none */
  post(path: string, body?: object): Promise<unknown> {
    return this.#call('POST', path, { body });
  }

  /** For a response with a secret that is never shown again. It survives a lost connection. */
  postOnce(path: string, body: object, options: IdempotencyOptions): Promise<KeyedResponse> {
    return postWithKey((idempotencyKey) => this.#call('POST', path, { body, idempotencyKey }), options);
  }

  patch(path: string, body: object): Promise<unknown> {
    return this.#call('PATCH', path, { body });
  }

  delete(path: string): Promise<unknown> {
    return this.#call('DELETE', path, {});
  }

  async #call(method: string, path: string, { query = {}, body, idempotencyKey }: Asked): Promise<unknown> {
    const url = new URL(`${this.#access.url}${path}`);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    const { apiKey, organization } = this.#access;
    const response = await this.#fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(organization !== undefined && { 'x-hawser-organization': organization }),
        ...(body && { 'content-type': 'application/json' }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
      ...(body && { body: JSON.stringify(body) }),
      // A redirect means that the URL is wrong, and the key must not be sent elsewhere.
      redirect: 'manual',
      signal: this.#signal(),
    });
    const answer = await this.#json(response);
    if (!response.ok) throw failureOf(response, answer, this.#access);
    return answer;
  }

  #signal(): AbortSignal {
    const { timeoutMs, signal } = this.#patience;
    const timeout = AbortSignal.timeout(timeoutMs);
    return signal ? AbortSignal.any([signal, timeout]) : timeout;
  }

  async #fetch(url: URL, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init);
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  async #json(response: Response): Promise<unknown> {
    let text: string;
    try {
      text = await response.text();
    } catch (error) {
      throw this.#unreachable(error);
    }
    try {
      return JSON.parse(text);
    } catch {
      throw otherServerFailure(response.status, this.url);
    }
  }

  #unreachable(error: unknown): Failure {
    const reason = reasonOf(error, this.#patience);
    return new Failure(exitCode.unreachable, `${this.url} can't be reached: ${reason}`, {
      isUnsent: isUnsent(error),
      hint: `is it running, and is that its URL? On this machine npm start runs one; hawser login --url … changes the URL`,
    });
  }
}

/** Why there was no response to a request by fetch or by node:http. */
export function reasonOf(error: unknown, { timeoutMs }: Pick<Patience, 'timeoutMs'>): string {
  if (!(error instanceof Error)) return String(error);
  // fetch says only "fetch failed"; the cause says why. For a name with two addresses it is an AggregateError without a message.
  const { cause = error } = error;
  if (!(cause instanceof Error)) return error.message;
  if (cause.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  // OpenSSL's message adds only the line in its own sources.
  if (code.startsWith('ERR_SSL_')) return code;
  return cause.message.includes(code) ? cause.message : `${code} ${cause.message}`.trim();
}

function failureOf({ status, headers }: Response, answer: unknown, { url, organization }: Access): Failure {
  const { data } = errorResponse.safeParse(answer);
  if (!data) return otherServerFailure(status, url);
  const { code, message, request_id: requestId, details: problems } = data;
  const retryAfter = headers.get('retry-after');
  return new Failure(exitCodeFor(status), message, {
    code,
    status,
    requestId,
    problems,
    retryAfterSeconds: retryAfter === null ? undefined : Number(retryAfter),
    hint:
      code === 'RESOURCE_NOT_FOUND' && message === `Organization ${organization} not found`
        ? howToSeeOrganizations(url)
        : hintFor(status, url, organization, retryAfter),
  });
}

/** A response that is not JSON, or an error without a code, is not from Hawser but from another server, or from API Gateway. */
function otherServerFailure(status: number, url: string): Failure {
  return new Failure(exitCode.unreachable, `${url} answered ${status}, but not as Hawser does`, {
    status,
    hint:
      status === 429 || status >= 500
        ? 'try again; or is this not the URL of your deployment?'
        : 'is it the URL of your deployment? The stack has it in its output ApiUrl',
  });
}

function exitCodeFor(status: number): ExitCode {
  if (status === 401 || status === 403) return exitCode.notSignedIn;
  return status === 404 ? exitCode.notFound : exitCode.failed;
}

/** Leaves `--organization` out: while it names one that does not exist, every request is refused. */
function howToSeeOrganizations(url: string): string {
  return `only the root key may act in other organizations. Signed in with it and without an organization, hawser organizations list --url ${url} shows which exist, and hawser organizations create makes one`;
}

function hintFor(status: number, url: string, organization: string | undefined, retryAfter: string | null) {
  switch (status) {
    case 401:
      return `the key is wrong, revoked or expired: hawser login --url ${url}, or another HAWSER_API_KEY`;
    case 403:
      return organization === undefined
        ? 'it needs a key of a wider scope'
        : 'it needs a key of a wider scope; only the root key acts in an organization that is named';
    case 404:
      return 'ids of another organization are not found either: hawser whoami says which one you are in';
    case 429:
      return retryAfter === null ? 'try again later' : `try again in ${retryAfter} s`;
    default:
      return status >= 500 ? 'try again; the request id finds it in the log of the function' : undefined;
  }
}
