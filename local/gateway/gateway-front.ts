import type { IncomingMessage, ServerResponse } from 'node:http';

interface FrontRequest {
  /** In origin form. */
  readonly url: string;
  /** To be called before an answer is begun, as nobody reads the request's body. @returns what the answer's end waits for */
  beforeHead(): Promise<void> | undefined;
}

/**
 * What stands before the API on its port, such as a distribution: answers what is not for the API, and leaves the rest
 * untouched. @returns whether it answers
 */
export type GatewayFront = (message: IncomingMessage, reply: ServerResponse, request: FrontRequest) => boolean;
