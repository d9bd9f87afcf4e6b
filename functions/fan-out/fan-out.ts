import { firstJob } from '../../core/delivery.ts';
import type { ConnectionId, DestinationId, SourceId } from '../../core/ids.ts';
import { decodeRequest, encodeRequest, hasObjectBody, MESSAGE_LIMIT_BYTES } from '../../core/stored-request.ts';
import { logger } from '../shared/logger.ts';
import type { DeliveryQueue } from '../stores/delivery-queue.ts';
import type { EventStore, StoredEvent } from '../stores/events.ts';

/** One inserted event of the stream. */
export interface StreamedEvent {
  readonly sequenceNumber: string;
  readonly event: StoredEvent;
}

/** Where an event of a source goes. */
export interface Route {
  readonly connectionId: ConnectionId;
  readonly destinationId: DestinationId;
}

export interface FanOutOptions {
  readonly events: EventStore;
  readonly queue: DeliveryQueue;
  /** The connections of a source, read consistently. */
  readonly routes: (sourceId: SourceId) => Promise<readonly Route[]>;
}

/** Turns events into deliveries: one message per destination. */
export class FanOut {
  readonly #options: FanOutOptions;

  constructor(options: FanOutOptions) {
    this.#options = options;
  }

  /**
   * Routes are read once per batch and source, after its events were accepted: so an event goes to every connection that
   * existed when it came, which a cache with a lifetime could not promise.
   * @returns sequence numbers of the records whose messages are not all in the queue
   */
  async fanOut(batch: readonly StreamedEvent[]): Promise<string[]> {
    const routes = new Map<SourceId, Promise<readonly Route[]>>();
    const routesOf = (sourceId: SourceId) => {
      const known = routes.get(sourceId) ?? this.#options.routes(sourceId);
      routes.set(sourceId, known);
      return known;
    };
    const failed = await Promise.all(
      batch.map(async ({ sequenceNumber, event }) => {
        try {
          await this.#send(event, await routesOf(event.sourceId));
          return [];
        } catch (error) {
          logger.error('an event could not be fanned out; its record comes back', { eventId: event.id, error });
          return [sequenceNumber];
        }
      }),
    );
    return failed.flat();
  }

  async #send(event: StoredEvent, routes: readonly Route[]): Promise<void> {
    if (routes.length === 0) return;
    const request = await this.#messageRequest(event);
    await Promise.all(routes.map((route) => this.#options.queue.send({ job: firstJob(event, route), request })));
  }

  /** What the message carries: a body that is small enough for it is fetched once here, not once in every attempt. */
  async #messageRequest({ request: encoded }: StoredEvent): Promise<Uint8Array> {
    if (!hasObjectBody(encoded)) return encoded;
    const request = decodeRequest(encoded);
    if (request.body.kind === 'object' && request.body.sizeBytes > MESSAGE_LIMIT_BYTES) return encoded;
    const bytes = await this.#options.events.bodyOf(request);
    return bytes ? encodeRequest({ head: request.head, body: { kind: 'inline', bytes } }) : encoded;
  }
}
