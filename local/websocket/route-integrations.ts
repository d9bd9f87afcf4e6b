import type { Clock } from '../clock.ts';
import { TIMED_OUT, withinIntegrationTimeout } from '../gateway/integration-timeout.ts';
import { MalformedProxyResponse, type ProxyResponse, parseProxyResponse } from '../gateway/proxy-response.ts';
import type { FunctionInvoker } from '../gateway/rest-api.ts';
import { TokenBucket } from '../gateway/token-bucket.ts';
import type { WebSocketApiSpec } from './websocket-api.ts';

/** Why a route's integration failed: a status and a message in API Gateway's words. */
export class RouteFailure extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface RouteIntegrationsOptions {
  readonly runner: FunctionInvoker;
  readonly clock: Clock;
  readonly spec: WebSocketApiSpec;
  readonly log: (line: string) => void;
}

/** The functions behind the routes, each behind the throttle of its route. */
export class RouteIntegrations {
  readonly #runner: FunctionInvoker;
  readonly #clock: Clock;
  readonly #routes: ReadonlyMap<string, string>;
  readonly #log: (line: string) => void;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor({ runner, clock, spec, log }: RouteIntegrationsOptions) {
    this.#runner = runner;
    this.#clock = clock;
    this.#routes = spec.routes;
    this.#log = log;
    const { throttle } = spec;
    // `$disconnect` is not throttled, because a client doesn't ask for it.
    const throttled = [...spec.routes.keys()].filter((routeKey) => routeKey !== '$disconnect');
    if (throttle) for (const routeKey of throttled) this.#buckets.set(routeKey, new TokenBucket(clock, throttle));
  }

  has(routeKey: string): boolean {
    return this.#routes.has(routeKey);
  }

  /** The route of a message, by `$request.body.action`. @throws RouteFailure if no route takes it. */
  select(message: string): string {
    const action = actionOf(message);
    // A client must not call the routes of the connection itself.
    if (action !== undefined && !action.startsWith('$') && this.#routes.has(action)) return action;
    if (this.#routes.has('$default')) return '$default';
    throw new RouteFailure(403, 'Forbidden');
  }

  /** Invokes the function of an existing route. @throws RouteFailure if it doesn't respond as an integration must. */
  async invoke(routeKey: string, event: string): Promise<ProxyResponse> {
    if (this.#buckets.get(routeKey)?.take() === false) throw new RouteFailure(429, 'Too Many Requests');
    try {
      const functionArn = this.#routes.get(routeKey) ?? '';
      const result = await withinIntegrationTimeout(this.#clock, (signal) =>
        // Nobody waits for the response of `$disconnect`, so it is never withdrawn: it is better if the function learns late that
        // a client is gone than never.
        this.#runner.invoke(functionArn, event, routeKey === '$disconnect' ? undefined : signal),
      );
      if (result === TIMED_OUT) throw new RouteFailure(504, 'Endpoint request timed out');
      if (result.ok) return parseProxyResponse(result.payload, false);
      throw this.#reportFailure(routeKey, `the function failed with ${result.errorType}: ${result.errorMessage}`);
    } catch (error) {
      if (error instanceof RouteFailure) throw error;
      if (error instanceof MalformedProxyResponse) throw this.#reportFailure(routeKey, error.message);
      throw this.#reportFailure(routeKey, error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }

  #reportFailure(routeKey: string, reason: string): RouteFailure {
    this.#log(`WebSocket API: ${routeKey}: ${reason}`);
    return new RouteFailure(502, 'Internal server error');
  }
}

/** The value of `$request.body.action`; `undefined` if the message is not a JSON object, or has no such string. */
function actionOf(message: string): string | undefined {
  let body: unknown;
  try {
    body = JSON.parse(message);
  } catch {
    return undefined;
  }
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, 'action')) return undefined;
  const action: unknown = Reflect.get(body, 'action');
  return typeof action === 'string' ? action : undefined;
}
