import type { DestinationId } from '../ids.ts';
import type { SecretDigest } from '../secrets/secret-text.ts';

/** Who is connected to a destination by WebSocket; "connection" is taken: source → destination. */
export interface Client {
  /** API Gateway's own id of what is connected. */
  readonly id: string;
  readonly destinationId: DestinationId;
  readonly connectedAtMs: number;
  /** Of the key that let it in, itself or by a ticket: a client is worth no more than its key. `null`: the root key. */
  readonly keyDigest: SecretDigest | null;
}

/**
 * Of one destination. Each attempt is a message to every one of them. Clients are counted before one is added, so that of some
 * that connect at the same moment one or another may come in beyond it: a counter that is exact would have to be right about
 * clients that went away without a word, and nobody tells it.
 */
export const MAX_CLIENTS = 100;

/** API Gateway ends what has lasted for two hours: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const LONGEST_STAY_SECONDS = 2 * 3_600;
const MARGIN_SECONDS = 600;

/**
 * API Gateway waits 29 s for the function that admits a client, and answers what is sent to it with 410 until then, as if it
 * were gone.
 */
const ARRIVAL_MS = 30_000;

/** When whoever is still listed is gone for sure, in seconds since the epoch. */
export function expiresAtSeconds({ connectedAtMs }: Pick<Client, 'connectedAtMs'>): number {
  return Math.ceil(connectedAtMs / 1000) + LONGEST_STAY_SECONDS + MARGIN_SECONDS;
}

/** Whether it may not be connected yet, so that a 410 does not mean that it has gone. */
export function isArriving({ connectedAtMs }: Pick<Client, 'connectedAtMs'>, nowMs: number): boolean {
  return nowMs - connectedAtMs < ARRIVAL_MS;
}
