import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as z from 'zod';
import type { ErrorCode } from '../../../core/api-error.ts';
import { noteKeyUse } from '../../shared/key-use.ts';
import type { Services } from '../services.ts';
import { authenticate } from './authenticate.ts';
import { performOnce } from './idempotency.ts';
import { type Access, type Principal, requireAccess } from './principal.ts';
import { jsonBodyOf, parseWith, queryOf } from './request-parts.ts';

/** A request whose parts have been parsed by the route's schemas. */
interface ApiRequest<Params, Query, Body> {
  /** The route's path as it is defined, with its parameters' names. */
  readonly route: string;
  readonly principal: Principal;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly now: Date;
  readonly sourceIp: string;
  /** Where this installation is reached, without a trailing slash. */
  readonly publicUrl: string;
}

interface RouteParts<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** `/v1/sources/{id}` */
  readonly path: string;
  /** One line for the reference. */
  readonly summary: string;
  readonly access: Access;
  /** In place of the key or the session cookie of the request. */
  readonly authenticate?: typeof authenticate;
  readonly params: Params;
  readonly query: Query;
  /** Absent where a body means nothing. */
  readonly body?: Body;
  /**
   * What an `Idempotency-Key` does for this POST. Without it the answer is kept when the handler has returned. `atomic`: all
   * that the handler does is to write rows of the configuration, by transactions, and events: these are written after it has
   * returned, in one transaction with its answer. What it sends means nothing without them. `ignored`: nothing is kept.
   */
  readonly idempotency?: 'atomic' | 'ignored';
  readonly status: 200 | 201 | 202;
  readonly response: Answer;
  /** What it can answer beside what every such route can: see openapi/errors.ts. */
  readonly errors?: readonly ErrorCode[];
  readonly handle: (
    request: ApiRequest<z.output<Params>, z.output<Query>, z.output<Body>>,
    services: Services,
  ) => Promise<z.input<Answer> | WithHeaders<z.input<Answer>>>;
}

/** An answer that has headers of its own. */
export class WithHeaders<Body> {
  readonly body: Body;
  readonly headers: Readonly<Record<string, string>>;

  constructor(body: Body, headers: Readonly<Record<string, string>>) {
    this.body = body;
    this.headers = headers;
  }
}

type AnyRouteParts = RouteParts<z.ZodType, z.ZodType, z.ZodType, z.ZodType>;

/** One operation of the API: everything that routing, checking and the generated reference need to know about it. */
export interface Route extends Omit<AnyRouteParts, 'handle' | 'authenticate' | 'access'> {
  readonly access: Access | 'public';
  /** Where it takes its key. */
  readonly key: 'request' | 'body' | 'none';
  readonly mediaType: 'application/json' | 'text/html; charset=utf-8';
  /** @throws ApiError */
  run(event: APIGatewayProxyEvent, services: Services): Promise<WithHeaders<unknown>>;
}

const none = z.strictObject({});

/**
 * Whether it looks at a body, be it to refuse its fields where it takes none. The body of a GET or DELETE has no meaning that is
 * generally defined: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.1
 */
export function readsBody({ method }: Pick<Route, 'method'>): boolean {
  return method === 'POST' || method === 'PATCH';
}

export function defineRoute<
  Answer extends z.ZodType,
  Params extends z.ZodType = typeof none,
  Query extends z.ZodType = typeof none,
  Body extends z.ZodType = typeof none,
>(
  parts: Omit<RouteParts<Params, Query, Body, Answer>, 'params' | 'query'> & { params?: Params; query?: Query },
): Route {
  const { handle, authenticate: authenticateRequest = authenticate, params = none, query = none, ...rest } = parts;
  const { body = none } = parts;
  return {
    ...rest,
    key: authenticateRequest === authenticate ? 'request' : 'body',
    mediaType: 'application/json',
    params,
    query,
    async run(event, services) {
      const principal = await authenticateRequest(event, services);
      const { holder } = principal;
      const noted = holder.kind === 'api_key' ? noteKeyUse(holder.key, services.apiKeys, services.now()) : undefined;
      try {
        await services.requestQuota.take(principal.organizationId, services.now());
        requireAccess(principal, rest.access);
        const { proxy, ...pathParameters } = event.pathParameters ?? {};
        // Where the route has no schema its type is that of `none`: the default of a type parameter, which TypeScript can't follow.
        const request = {
          route: rest.path,
          principal,
          params: parseWith(params, pathParameters) as z.output<Params>,
          query: parseWith(query, queryOf(event), 'query parameter') as z.output<Query>,
          body: parseWith(body, readsBody(rest) ? jsonBodyOf(event) : {}) as z.output<Body>,
          now: services.now(),
          sourceIp: event.requestContext.identity.sourceIp,
          publicUrl: services.publicUrl,
        };
        return await performOnce(rest, event, request, services, async (using) => {
          const answer = await handle(request, using);
          return answer instanceof WithHeaders ? answer : new WithHeaders(answer, {});
        });
      } finally {
        // Lambda stops the function when it has answered, with whatever is still under way.
        await noted;
      }
    },
  };
}

interface PublicRouteParts<Answer extends z.ZodType> {
  readonly path: string;
  readonly summary: string;
  readonly mediaType: Route['mediaType'];
  readonly response: Answer;
  readonly handle: (publicUrl: string) => WithHeaders<z.input<Answer>>;
}

/** An operation for everyone: no key is looked at, and the answer says nothing of what is stored. */
export function definePublicRoute<Answer extends z.ZodType>({ handle, ...parts }: PublicRouteParts<Answer>): Route {
  return {
    ...parts,
    method: 'GET',
    access: 'public',
    key: 'none',
    params: none,
    query: none,
    status: 200,
    async run(event, services) {
      parseWith(none, queryOf(event), 'query parameter');
      return handle(services.publicUrl);
    },
  };
}
