import { type Client, MAX_CLIENTS } from '../../core/clients/client.ts';
import type { ReleaseMessage } from '../messages/release.ts';
import type { ClientStore } from '../stores/clients/client-store.ts';
import type { Admitted } from './client-authorizer.ts';

export interface ArrivalsOptions {
  readonly clients: Pick<ClientStore, 'add' | 'of'>;
  /** Sends into the delivery queue. */
  readonly send: (message: ReleaseMessage, delaySeconds: number) => Promise<void>;
  readonly now: () => number;
}

/** By then API Gateway knows that the client was let in, and takes frames for it. */
const HANDSHAKE_SECONDS = 1;

/**
 * A client that comes this soon after another one asks for no release of its own, because the other's release looks through what
 * is held a second time, 10 s after its first pass (functions/delivery/releases.ts). So when a fleet reconnects at once, what is
 * held is not sent once for each client.
 */
const SAME_RELEASE_MS = 5_000;

/** Lets clients in, and has what their destination holds sent to them. */
export class Arrivals {
  readonly #options: ArrivalsOptions;

  constructor(options: ArrivalsOptions) {
    this.#options = options;
  }

  /** @returns whether there was room */
  async arrive(id: string, admitted: Admitted): Promise<boolean> {
    const { clients, send, now } = this.#options;
    const connectedAtMs = now();
    const { destinationId, keyDigest } = admitted;
    const others = await clients.of(destinationId, connectedAtMs);
    if (others.length >= MAX_CLIENTS) return false;
    // Sent before the client is listed, because whoever finds it in the list relies on its release. If a delivery finds nobody
    // at this moment and is held after the first pass, the second pass finds it.
    if (!others.some((other) => arrivedJustBefore(other, connectedAtMs))) {
      await send({ destinationId, atMs: connectedAtMs }, HANDSHAKE_SECONDS);
    }
    await clients.add({ id, destinationId, keyDigest, connectedAtMs });
    return true;
  }
}

function arrivedJustBefore(other: Client, nowMs: number): boolean {
  return nowMs - other.connectedAtMs < SAME_RELEASE_MS;
}
