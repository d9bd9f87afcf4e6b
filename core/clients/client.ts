import type { DestinationId } from '../ids.ts';
import type { SecretDigest } from '../secrets/secret-text.ts';

/** A program connected to a destination by WebSocket. It is not called a connection: that is the link from a source to a destination. */
export interface Client {
  /** API Gateway's id of the WebSocket connection. */
  readonly id: string;
  readonly destinationId: DestinationId;
  readonly connectedAtMs: number;
  /** Digest of the key that admitted it, directly or through a ticket: a client is valid only as long as its key. `null`: the root key. */
  readonly keyDigest: SecretDigest | null;
}

/**
 * Per destination; each attempt sends a message to every client. Clients are counted before one is added, so simultaneous connects
 * may exceed the limit slightly. An exact counter would have to notice clients that vanish silently.
 */
export const MAX_CLIENTS = 100;

/** API Gateway closes a connection after two hours: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const MAX_CONNECTION_SECONDS = 2 * 3_600;
const MARGIN_SECONDS = 600;

/**
 * API Gateway waits up to 29 s for the function that admits a client. Until then, anything sent to the client is answered with 410,
 * as if it had gone.
 */
const ARRIVAL_MS = 30_000;

/** The time, in seconds since the epoch, by which the client has certainly gone even if it is still listed. */
export function expiresAtSeconds({ connectedAtMs }: Pick<Client, 'connectedAtMs'>): number {
  return Math.ceil(connectedAtMs / 1000) + MAX_CONNECTION_SECONDS + MARGIN_SECONDS;
}

/** Whether the client may still be connecting, so that a 410 does not mean it has gone. */
export function isArriving({ connectedAtMs }: Pick<Client, 'connectedAtMs'>, nowMs: number): boolean {
  return nowMs - connectedAtMs < ARRIVAL_MS;
}
