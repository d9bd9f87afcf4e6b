import type { Circuit } from '../../core/circuit/circuit.ts';
import type { Attempt } from '../../core/deliveries/attempt.ts';
import type { DeliveryStatus } from '../../core/deliveries/delivery.ts';
import { type DeliveryId, deliveryIdOf, type EventId, newEventId, newId } from '../../core/ids.ts';
import { decodeDelivery } from '../../functions/messages/delivery.ts';
import { DeadLetterQueue } from '../../functions/stores/dead-letter-queue.ts';
import { CircuitStore } from '../../functions/stores/deliveries/circuits.ts';
import { DeliveryLists } from '../../functions/stores/deliveries/delivery-lists.ts';
import { DeliveryReader } from '../../functions/stores/deliveries/delivery-reader.ts';
import type { StoredDelivery } from '../../functions/stores/deliveries/delivery-row.ts';
import type { StoredEvent } from '../../functions/stores/event-row.ts';
import { EventStore } from '../../functions/stores/events.ts';
import { resourceNames } from '../support/services.ts';
import type { Surroundings } from './surroundings.ts';

/** What tables and queues say about the webhooks, read without any instance. */
export class Records {
  readonly #surroundings: Surroundings;
  readonly #events: EventStore;
  readonly #reader: DeliveryReader;
  readonly #lists: DeliveryLists;
  readonly #circuits: CircuitStore;

  constructor(surroundings: Surroundings) {
    const { dynamodb, s3 } = surroundings.services.clients;
    const { events, bucket, deliveries: table } = resourceNames;
    this.#surroundings = surroundings;
    this.#events = new EventStore({ dynamodb, s3, table: events, bucket, retentionDays: 30 });
    this.#reader = new DeliveryReader({ dynamodb, table });
    this.#lists = new DeliveryLists({ dynamodb, table }, this.#reader);
    this.#circuits = new CircuitStore({ dynamodb, table });
  }

  nowMs(): number {
    return this.#surroundings.services.clock.nowMs();
  }

  circuit(): Promise<Circuit> {
    return this.#circuits.get(this.#surroundings.connection.destinationId);
  }

  async events(): Promise<readonly StoredEvent[]> {
    return (await this.#events.list(this.#surroundings.source.id, { limit: 100, nowMs: this.nowMs() })).items;
  }

  event(id: EventId): Promise<StoredEvent | undefined> {
    return this.#events.get(this.#surroundings.source.id, id);
  }

  deliveryIdOf(event: EventId): DeliveryId {
    return deliveryIdOf(event, this.#surroundings.connection.id);
  }

  async delivery(event: EventId): Promise<{ delivery: StoredDelivery; attempts: readonly Attempt[] } | undefined> {
    const { destinationId } = this.#surroundings.connection;
    return this.#reader.getWithAttempts({ destinationId, deliveryId: this.deliveryIdOf(event) });
  }

  /** The status of each event's delivery; `undefined` while it has no row. */
  async statuses(): Promise<(DeliveryStatus | undefined)[]> {
    const deliveries = await Promise.all((await this.events()).map(({ id }) => this.delivery(id)));
    return deliveries.map((found) => found?.delivery.status);
  }

  async deadLetters(): Promise<DeliveryId[]> {
    const { organizationId } = this.#surroundings.source;
    return (await this.#lists.deadOfOrganization(organizationId, { limit: 100 })).items.map(({ id }) => id);
  }

  /** Searches the queue as for the replay of a dead letter that is not there. */
  async sweepDeadLetterQueue(): Promise<void> {
    const { clients, clock, deadLetterQueue } = this.#surroundings.services;
    const queue = new DeadLetterQueue(clients.sqs, deadLetterQueue.queueUrl, this.#reader);
    let isOver = false;
    // A minute later: a sweep leaves alone what has moved on within the last half minute.
    const nowMs = clock.nowMs() + 60_000;
    const wanted = new Map([[this.deliveryIdOf(newEventId(newId('src'), 0)), nowMs]]);
    const sweep = queue.remove(wanted, nowMs).finally(() => {
      isOver = true;
    });
    while (!isOver) await clock.advance(100);
    await sweep;
  }

  /** What is in the dead-letter queue, with copies. Reading hides it from the next reader. */
  async deadLetterQueue(): Promise<DeliveryId[]> {
    const { simulators, deadLetterQueue } = this.#surroundings.services;
    const options = { maxMessages: 100, waitTimeMs: 0 };
    const messages = await simulators.sqs.receiveMessages(deadLetterQueue.queueArn, options);
    return messages.map(({ body }) => decodeDelivery(body).job.deliveryId);
  }
}
