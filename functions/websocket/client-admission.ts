import { type Client, MAX_CLIENTS } from '../../core/clients/client.ts';
import type { ReleaseMessage } from '../messages/release.ts';
import type { ClientStore } from '../stores/clients/client-store.ts';
import type { AuthorizedClient } from './client-authorizer.ts';

export interface ClientAdmissionOptions {
  readonly clients: Pick<ClientStore, 'add' | 'of'>;
  /** Sends into the delivery queue. */
  readonly send: (message: ReleaseMessage, delaySeconds: number) => Promise<void>;
  readonly now: () => number;
}

/** By then API Gateway knows that the client was admitted, and accepts frames for it. */
const HANDSHAKE_SECONDS = 1;

/**
 * A client that connects this soon after another one asks for no release of its own, because the other's release makes a second
 * pass over what is held, 10 s after its first (functions/delivery/releases.ts). So when a fleet reconnects at once, held
 * deliveries are not released once per client.
 */
const SAME_RELEASE_MS = 5_000;

/** Admits clients, and triggers the release of the deliveries that their destination holds. */
export class ClientAdmission {
  readonly #options: ClientAdmissionOptions;

  constructor(options: ClientAdmissionOptions) {
    this.#options = options;
  }

  /** @returns whether there was room */
  async admit(id: string, client: AuthorizedClient): Promise<boolean> {
    const { clients, send, now } = this.#options;
    const connectedAtMs = now();
    const { destinationId, keyDigest } = client;
    const others = await clients.of(destinationId, connectedAtMs);
    if (others.length >= MAX_CLIENTS) return false;
    // Sent before the client is listed, because whoever finds the client in the list relies on its release. If a delivery finds
    // nobody at this moment and is held after the first pass, the second pass finds it.
    if (!others.some((other) => connectedJustBefore(other, connectedAtMs))) {
      await send({ destinationId, atMs: connectedAtMs }, HANDSHAKE_SECONDS);
    }
    await clients.add({ id, destinationId, keyDigest, connectedAtMs });
    return true;
  }
}

function connectedJustBefore(other: Client, nowMs: number): boolean {
  return nowMs - other.connectedAtMs < SAME_RELEASE_MS;
}
