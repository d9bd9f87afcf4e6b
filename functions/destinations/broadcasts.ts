import {
  DeleteConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { isExpired } from '../../core/access/api-key.ts';
import { type Client, isArriving } from '../../core/clients/client.ts';
import type { SecretDigest } from '../../core/secrets/secret-text.ts';
import { CONFIGURATION_TTL_MS } from '../lifetimes.ts';
import { logger } from '../shared/logger.ts';
import { TtlCache } from '../shared/ttl-cache.ts';
import type { ClientsAccess } from '../shared/websocket-clients-access.ts';
import { TimeoutError } from './deadline.ts';

/** The outcome of sending to one client. An `Error` means that it may still be connected. */
export type SendOutcome = 'reached' | 'gone' | Error;

/** More keys than are in use at a time in one function instance. */
const MAX_KEYS = 10_000;

/** Sends to the connected clients, and removes those that have disconnected. */
export class Broadcasts {
  readonly #access: () => ClientsAccess;
  readonly #now: () => number;
  readonly #keys: TtlCache<SecretDigest, boolean>;

  constructor(access: () => ClientsAccess, now: () => number) {
    this.#access = access;
    this.#now = now;
    this.#keys = new TtlCache({
      load: (digest) => this.#isValid(digest),
      ttlMs: CONFIGURATION_TTL_MS,
      maxEntries: MAX_KEYS,
    });
  }

  /**
   * Sends to every client of the destination at once. A client that does not accept it in time counts as a timeout error.
   */
  async send(destinationId: Client['destinationId'], text: string, timeoutMs: number): Promise<SendOutcome[]> {
    const aborter = new AbortController();
    const timer = setTimeout(() => aborter.abort(new TimeoutError(timeoutMs)), timeoutMs);
    try {
      return await this.#send(destinationId, Buffer.from(text), aborter.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async #send(
    destinationId: Client['destinationId'],
    data: Uint8Array,
    abortSignal: AbortSignal,
  ): Promise<SendOutcome[]> {
    const nowMs = this.#now();
    const clients = await this.#clientsOf(destinationId, nowMs, abortSignal);
    if (clients instanceof Error) return [clients];
    const sent = await Promise.all(
      clients.map(async (client) => {
        if (await this.#isStillAllowed(client, nowMs)) return this.#post(client, data, abortSignal);
        await this.#disconnect(client, abortSignal);
        return [];
      }),
    );
    return sent.flat();
  }

  /** Not cached, because a client that has just connected must not be missed. The read costs an eighth of the message itself. */
  async #clientsOf(
    destinationId: Client['destinationId'],
    nowMs: number,
    abortSignal: AbortSignal,
  ): Promise<Client[] | Error> {
    try {
      return await this.#access().clients.of(destinationId, nowMs, abortSignal);
    } catch (error) {
      if (abortSignal.aborted) return abortSignal.reason as Error;
      throw error;
    }
  }

  /** A client loses access when its key does. */
  async #isStillAllowed({ keyDigest }: Client, nowMs: number): Promise<boolean> {
    return keyDigest === null || this.#keys.get(keyDigest, nowMs);
  }

  async #isValid(digest: SecretDigest): Promise<boolean> {
    const key = await this.#access().apiKeys.get(digest);
    return key !== undefined && !isExpired(key, new Date(this.#now()));
  }

  async #post(client: Client, data: Uint8Array, abortSignal: AbortSignal): Promise<SendOutcome> {
    try {
      await this.#access().api.send(new PostToConnectionCommand({ ConnectionId: client.id, Data: data }), {
        abortSignal,
      });
      return 'reached';
    } catch (error) {
      if (error instanceof GoneException) {
        // A client that is still connecting can't be reached yet. It stays in the list for the next attempt.
        if (!isArriving(client, this.#now())) await this.#remove(client);
        return 'gone';
      }
      if (abortSignal.aborted) return abortSignal.reason as Error;
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async #disconnect(client: Client, abortSignal: AbortSignal): Promise<void> {
    try {
      await this.#access().api.send(new DeleteConnectionCommand({ ConnectionId: client.id }), { abortSignal });
    } catch (error) {
      // Connected or not, it receives nothing from now on.
      if (!(error instanceof GoneException)) logger.warn('a client could not be disconnected', { error });
    }
    await this.#remove(client);
  }

  /**
   * Never fails an attempt, since other clients may have been reached. The next attempt tries a client that is still listed.
   */
  async #remove(client: Client): Promise<void> {
    try {
      await this.#access().clients.remove(client);
    } catch (error) {
      logger.warn('a client that has disconnected is still listed', {
        destinationId: client.destinationId,
        error,
      });
    }
  }
}
