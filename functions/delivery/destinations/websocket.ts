import {
  DeleteConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { isExpired } from '../../../core/api-key.ts';
import { type Client, isArriving } from '../../../core/clients/client.ts';
import { type EventFrame, eventFrame } from '../../../core/clients/event-frame.ts';
import type { HeaderList } from '../../../core/delivery-headers.ts';
import type { DestinationTargets } from '../../../core/destination-types/registry.ts';
import type { SecretDigest } from '../../../core/secret-text.ts';
import type { ClientsAccess } from '../../shared/clients-access.ts';
import { logger } from '../../shared/logger.ts';
import { REMEMBERED_SECONDS } from '../../shared/release-message.ts';
import { TtlCache } from '../../shared/ttl-cache.ts';
import { failedOnAws } from './aws-attempt.ts';
import { TimeoutError } from './deadline.ts';
import type { AttemptResult, DestinationType } from './destination-type.ts';

/** What came of sending to one client; an error where it may still be connected. */
type Sent = 'reached' | 'gone' | Error;

/** Sends each webhook as a message to every client that is connected to the destination. */
export function websocketDestination(
  access: () => ClientsAccess,
  now: () => number,
): DestinationType<DestinationTargets['websocket']> {
  const broadcasts = new Broadcasts(access, now);
  return {
    bind({ id, target, timeoutSeconds }) {
      return {
        async attempt(delivery) {
          const { text, frame } = eventFrame(delivery);
          const sent = await abortedLate(timeoutSeconds, (abortSignal) => broadcasts.send(id, text, abortSignal));
          return resultOf(attributesOf(frame), sent, target.config.without_clients);
        },
      };
    },
  };
}

function attributesOf(frame: EventFrame): HeaderList {
  return [
    ['event_id', frame.event_id],
    ['delivery_id', frame.delivery_id],
    ['source_id', frame.source_id],
    ['attempt', String(frame.attempt)],
    ['body_encoding', frame.body_encoding ?? 'reference'],
  ];
}

/** It is delivered when one client has it: who was missed meanwhile would get it again, and so would the others. */
function resultOf(requestHeaders: HeaderList, sent: readonly Sent[], withoutClients: 'hold' | 'fail'): AttemptResult {
  const count = (what: Sent) => sent.filter((one) => one === what).length;
  const [reached, gone] = [count('reached'), count('gone')];
  const [error] = sent.filter((one) => one instanceof Error);
  if (reached === 0) {
    return error ? failedOnAws(requestHeaders, error) : { requestHeaders, ...nobody(gone, withoutClients) };
  }
  const body = Buffer.from(JSON.stringify({ reached, gone, missed: sent.length - reached - gone }));
  const response = { statusCode: 200, headers: [], body, bodyTruncated: false };
  return { requestHeaders, response, verdict: { kind: 'delivered' } };
}

function nobody(gone: number, withoutClients: 'hold' | 'fail'): Pick<AttemptResult, 'error' | 'verdict'> {
  const message = gone === 0 ? 'no client is connected' : `no client is connected any more: ${gone} had gone`;
  const failure = { kind: 'failed', permanent: false, retryAfterSeconds: 0 } as const;
  return {
    error: { code: 'NO_CLIENTS', message },
    verdict: withoutClients === 'hold' ? { kind: 'unclaimed' } : failure,
  };
}

/** More than live at a time in one function instance. */
const MAX_KEYS = 10_000;

/** Sends to clients, and forgets those that have gone. */
class Broadcasts {
  readonly #open: () => ClientsAccess;
  readonly #now: () => number;
  readonly #keys: TtlCache<SecretDigest, boolean>;
  #opened: ClientsAccess | undefined;

  /** @param access opened with the first attempt: a function that never makes one needs none of it */
  constructor(access: () => ClientsAccess, now: () => number) {
    this.#open = access;
    this.#now = now;
    this.#keys = new TtlCache({
      load: (digest) => this.#isValid(digest),
      ttlMs: REMEMBERED_SECONDS * 1000,
      maxEntries: MAX_KEYS,
    });
  }

  get #access(): ClientsAccess {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  /** To each client of the destination, all at once. */
  async send(destinationId: Client['destinationId'], text: string, abortSignal: AbortSignal): Promise<Sent[]> {
    const nowMs = this.#now();
    // Asked each time: whoever has just connected must not be missed, and it costs an eighth of what the message does.
    const clients = await this.#access.clients.of(destinationId, nowMs);
    const data = Buffer.from(text);
    const sent = await Promise.all(
      clients.map(async (client) => {
        if (await this.#isStillAllowed(client, nowMs)) return this.#post(client, data, abortSignal);
        await this.#sendAway(client, abortSignal);
        return [];
      }),
    );
    return sent.flat();
  }

  /** A client is worth no more than its key. */
  async #isStillAllowed({ keyDigest }: Client, nowMs: number): Promise<boolean> {
    return keyDigest === null || this.#keys.get(keyDigest, nowMs);
  }

  async #isValid(digest: SecretDigest): Promise<boolean> {
    const key = await this.#access.apiKeys.get(digest);
    return key !== undefined && !isExpired(key, new Date(this.#now()));
  }

  async #post(client: Client, data: Uint8Array, abortSignal: AbortSignal): Promise<Sent> {
    try {
      await this.#access.api.send(new PostToConnectionCommand({ ConnectionId: client.id, Data: data }), {
        abortSignal,
      });
      return 'reached';
    } catch (error) {
      if (error instanceof GoneException) {
        // One that is about to arrive is not there yet, and stays in the list for the next attempt.
        if (!isArriving(client, this.#now())) await this.#forget(client);
        return 'gone';
      }
      if (abortSignal.aborted) return abortSignal.reason as Error;
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async #sendAway(client: Client, abortSignal: AbortSignal): Promise<void> {
    try {
      await this.#access.api.send(new DeleteConnectionCommand({ ConnectionId: client.id }), { abortSignal });
    } catch (error) {
      // It gets nothing any more, be it connected or not.
      if (!(error instanceof GoneException)) logger.warn('a client could not be sent away', { error: error as Error });
    }
    await this.#forget(client);
  }

  /** Never fails an attempt: others may have been reached, and who is still listed is asked again by the next one. */
  async #forget(client: Client): Promise<void> {
    try {
      await this.#access.clients.remove(client);
    } catch (error) {
      logger.warn('a client that has gone is still listed', {
        destinationId: client.destinationId,
        error: error as Error,
      });
    }
  }
}

/** Who does not answer in time is given up, with an error that says so; the others have been reached by then. */
async function abortedLate<Result>(timeoutSeconds: number, act: (abortSignal: AbortSignal) => Promise<Result>) {
  const aborter = new AbortController();
  const timer = setTimeout(() => {
    aborter.abort(new TimeoutError(timeoutSeconds * 1000));
  }, timeoutSeconds * 1000);
  try {
    return await act(aborter.signal);
  } finally {
    clearTimeout(timer);
  }
}
