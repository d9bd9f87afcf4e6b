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
  Result extends z.ZodType,
> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** `/v1/sources/{id}` */
  readonly path: string;
  /** One line for the reference. */
  readonly summary: string;
  readonly access: Access;
  /** Replaces authentication by the key or session cookie of the request. */
  readonly authenticate?: typeof authenticate;
  readonly params: Params;
  readonly query: Query;
  /** Absent for a route that takes no body. */
  readonly body?: Body;
  /**
   * How this POST honours an `Idempotency-Key`. Left out: its response is stored once the handler has returned. `atomic`: the
   * handler writes nothing but events and, by transactions, rows of the configuration. These writes are deferred until it has
   * returned, and then made in one transaction with its response; a message that it sends must mean nothing without them.
   * `ignored`: no response is stored.
   */
  readonly idempotency?: 'atomic' | 'ignored';
  readonly status: 200 | 201 | 202;
  readonly response: Result;
  /** Error codes beyond those that every route of its kind can return: see openapi/errors.ts. */
  readonly errors?: readonly ErrorCode[];
  readonly handle: (
    request: ApiRequest<z.output<Params>, z.output<Query>, z.output<Body>>,
    services: Services,
  ) => Promise<z.input<Result> | WithHeaders<z.input<Result>>>;
}

/** A response with headers of its own. */
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
  /** Where it looks for the caller's key. */
  readonly key: 'request' | 'body' | 'none';
  readonly mediaType: 'application/json' | 'text/html; charset=utf-8';
  /** @throws ApiError */
  run(event: APIGatewayProxyEvent, services: Services): Promise<WithHeaders<unknown>>;
}

const none = z.strictObject({});

/**
 * Whether the route reads the body of a request, if only to reject fields where it takes none. The body of a GET
 * or DELETE has no generally defined meaning: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.1
 */
export function readsBody({ method }: Pick<Route, 'method'>): boolean {
  return method === 'POST' || method === 'PATCH';
}

export function defineRoute<
  Result extends z.ZodType,
  Params extends z.ZodType = typeof none,
  Query extends z.ZodType = typeof none,
  Body extends z.ZodType = typeof none,
>(
  parts: Omit<RouteParts<Params, Query, Body, Result>, 'params' | 'query'> & { params?: Params; query?: Query },
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
        // A route without a schema has that of `none`, as the defaults of the type parameters say. TypeScript can't follow that,
        // hence the casts.
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
          const result = await handle(request, using);
          return result instanceof WithHeaders ? result : new WithHeaders(result, {});
        });
      } finally {
        // Lambda freezes the function once it has responded, along with whatever is still under way.
        await noted;
      }
    },
  };
}

interface PublicRouteParts<Result extends z.ZodType> {
  readonly path: string;
  readonly summary: string;
  readonly mediaType: Route['mediaType'];
  readonly response: Result;
  readonly handle: (publicUrl: string) => WithHeaders<z.input<Result>>;
}

/** An operation that is open to everyone: it ignores keys, and its response reveals nothing of what is stored. */
export function definePublicRoute<Result extends z.ZodType>({ handle, ...parts }: PublicRouteParts<Result>): Route {
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
