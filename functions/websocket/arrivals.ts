import { type Client, MAX_CLIENTS } from '../../core/clients/client.ts';
import type { ReleaseMessage } from '../messages/release.ts';
import type { ClientStore } from '../stores/clients/client-store.ts';
import type { Admitted } from './entrance.ts';

export interface ArrivalsOptions {
  readonly clients: Pick<ClientStore, 'add' | 'of'>;
  /** Sends into the delivery queue. */
  readonly send: (message: ReleaseMessage, delaySeconds: number) => Promise<void>;
  readonly now: () => number;
}

/** Until API Gateway has heard that the client is let in, and takes frames for it. */
const HANDSHAKE_SECONDS = 1;

/**
 * A client that comes so soon after another one asks for no release of its own: that of the other looks through what is held
 * again 10 s after its first pass (functions/delivery/releases.ts). So a fleet that reconnects at once does not send what is held
 * once for each.
 */
const SAME_RELEASE_MS = 5_000;

/** Takes clients in, and has what their destination holds sent to them. */
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
    // Before the client is listed: whoever finds it in the list relies on its release. A delivery that finds nobody at this
    // moment, and is held after the first pass, is found by the next one.
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
