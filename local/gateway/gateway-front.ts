import type { IncomingMessage, ServerResponse } from 'node:http';

interface FrontRequest {
  /** In origin form. */
  readonly url: string;
  /**
   * Must be called before the response is begun, because nobody reads the request's body.
   * @returns what to wait for before ending the response
   */
  beforeHead(): Promise<void> | undefined;
}

/**
 * Something in front of the API on its port, such as a distribution. It handles requests that aren't for the API and leaves the
 * others untouched.
 * @returns whether it handles this request
 */
export type GatewayFront = (message: IncomingMessage, reply: ServerResponse, request: FrontRequest) => boolean;
