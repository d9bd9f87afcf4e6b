import type { IncomingMessage, ServerResponse } from 'node:http';

interface FrontRequest {
  /** In origin form. */
  readonly url: string;
  /**
   * To be called before an answer is begun, because nobody reads the request's body.
   * @returns what to wait for before the answer is ended
   */
  beforeHead(): Promise<void> | undefined;
}

/**
 * What comes before the API on its port, such as a distribution. It answers requests that aren't for the API and leaves the
 * others untouched.
 * @returns whether it answers this one
 */
export type GatewayFront = (message: IncomingMessage, reply: ServerResponse, request: FrontRequest) => boolean;
