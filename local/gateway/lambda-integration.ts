import type { Clock } from '../clock.ts';
import { TIMED_OUT, withinIntegrationTimeout } from './integration-timeout.ts';
import { MalformedProxyResponse, type ProxyResponse, parseProxyResponse } from './proxy-response.ts';
import { Refusal } from './refusal.ts';
import { ABORTED } from './request-body.ts';
import type { FunctionInvoker } from './rest-api.ts';
import type { Route } from './route-trie.ts';

export interface LambdaIntegrationOptions {
  readonly runner: FunctionInvoker;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** A Lambda proxy integration: invokes a route's function and turns its result into a response. */
export class LambdaIntegration {
  readonly #options: LambdaIntegrationOptions;

  constructor(options: LambdaIntegrationOptions) {
    this.#options = options;
  }

  /**
   * @param caller aborted when nobody is waiting for the response any more
   * @param binary whether the client takes bytes; then a base64 body is decoded
   * @throws Refusal if there is no valid response
   */
  async respond(
    route: Route,
    event: string,
    { caller, binary }: { readonly caller: AbortController; readonly binary: boolean },
  ): Promise<ProxyResponse | typeof ABORTED> {
    const payload = await this.#invoke(route, event, caller);
    if (payload === ABORTED) return ABORTED;
    try {
      return parseProxyResponse(payload, binary);
    } catch (error) {
      if (error instanceof MalformedProxyResponse) throw this.#reportFailure(route, error.message);
      throw error;
    }
  }

  async #invoke(route: Route, event: string, caller: AbortController): Promise<string | typeof ABORTED> {
    const invoke = (signal: AbortSignal) => this.#options.runner.invoke(route.functionArn, event, signal);
    const result = await withinIntegrationTimeout(this.#options.clock, invoke, caller);
    if (result === TIMED_OUT) throw new Refusal('INTEGRATION_TIMEOUT');
    if (result.ok) return result.payload;
    const { errorType, errorMessage, refused } = result;
    if (refused && caller.signal.aborted) return ABORTED;
    // https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html
    if (refused) throw this.#reportFailure(route, `Lambda refused with ${errorType}: ${errorMessage}`, 500);
    throw this.#reportFailure(route, `the function failed with ${errorType}: ${errorMessage}`);
  }

  #reportFailure(route: Route, reason: string, status = 502): Refusal {
    this.#options.log(`gateway: ${route.resource}: ${reason}`);
    return new Refusal('DEFAULT_5XX', undefined, status);
  }
}
