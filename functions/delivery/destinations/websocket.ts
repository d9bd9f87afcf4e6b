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
import { failed } from './aws-attempt.ts';
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
          const requestHeaders = attributesOf(frame);
          // Asked each time: whoever has just connected must not be missed, and it costs an eighth of what the message does.
          const clients = await broadcasts.clientsOf(id);
          const sent = await broadcasts.send(clients, text, timeoutSeconds);
          const count = (what: Sent) => sent.filter((one) => one === what).length;
          const [reached, gone] = [count('reached'), count('gone')];
          const [error] = sent.filter((one) => one instanceof Error);
          if (reached === 0) {
            if (error) return { requestHeaders, ...failed(error) };
            return { requestHeaders, ...nobody(target.config.without_clients, gone) };
          }
          const missed = sent.length - reached - gone;
          return {
            requestHeaders,
            response: {
              statusCode: 200,
              headers: [],
              body: Buffer.from(JSON.stringify({ reached, gone, missed })),
              bodyTruncated: false,
            },
            verdict: { kind: 'delivered' },
          };
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

function nobody(withoutClients: 'hold' | 'fail', gone: number): Pick<AttemptResult, 'error' | 'verdict'> {
  const message = gone === 0 ? 'no client is connected' : `no client is connected any more: ${gone} had gone`;
  return {
    error: { code: 'NO_CLIENTS', message },
    verdict:
      withoutClients === 'hold' ? { kind: 'unclaimed' } : { kind: 'failed', permanent: false, retryAfterSeconds: 0 },
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

  /** Those whose keys still are valid. The others are sent away: a client is worth no more than its key. */
  async clientsOf(destinationId: Client['destinationId']): Promise<readonly Client[]> {
    const nowMs = this.#now();
    const all = await this.#access.clients.of(destinationId, nowMs);
    const valid = await Promise.all(
      all.map(async ({ keyDigest }) => keyDigest === null || (await this.#keys.get(keyDigest, nowMs))),
    );
    await Promise.all(all.filter((_, index) => !valid[index]).map((client) => this.#sendAway(client)));
    return all.filter((_, index) => valid[index]);
  }

  async #isValid(digest: SecretDigest): Promise<boolean> {
    const key = await this.#access.apiKeys.get(digest);
    return key !== undefined && !isExpired(key, new Date(this.#now()));
  }

  send(clients: readonly Client[], text: string, timeoutSeconds: number): Promise<Sent[]> {
    const data = Buffer.from(text);
    const abortSignal = AbortSignal.timeout(timeoutSeconds * 1000);
    return Promise.all(
      clients.map(async (client): Promise<Sent> => {
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
          if (!abortSignal.aborted) return error instanceof Error ? error : new Error(String(error));
          return Object.assign(new Error(`no answer within ${timeoutSeconds} s`), { code: 'TIMEOUT' });
        }
      }),
    );
  }

  async #sendAway(client: Client): Promise<void> {
    try {
      await this.#access.api.send(new DeleteConnectionCommand({ ConnectionId: client.id }));
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
