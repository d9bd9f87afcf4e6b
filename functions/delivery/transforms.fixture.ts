import { randomUUID } from 'node:crypto';
import type { HeaderList } from '../../core/deliveries/delivery-headers.ts';
import type { Destination } from '../../core/destinations/destination.ts';
import { idSchema } from '../../core/id-schema.ts';
import type { DestinationId, EventId } from '../../core/ids.ts';
import { newTransformEngine } from '../../core/transform/engine.ts';
import { resourceNames } from '../../test/support/services.ts';
import { toDeliverable } from '../destinations/deliverable.ts';
import { type DestinationTypes, newDestinationTypes } from '../destinations/registry.ts';
import type { ApiUnderTest } from '../management/testing/api.fixture.ts';
import type { ApiResponse, CallOptions } from '../management/testing/gateway.fixture.ts';
import { type Connected, HistoryUnderTest } from '../management/testing/history.fixture.ts';
import { kms } from '../shared/aws-clients.ts';
import { CredentialVault } from '../shared/credentials.ts';
import { requireEnv, variable } from '../shared/environment.ts';
import { EventTransforms } from '../shared/event-transforms.ts';
import type { OperationalEvent } from '../shared/operational-events.ts';
import { ConfigTable } from '../stores/config/config-table.ts';
import { ConnectionStore } from '../stores/config/connections.ts';
import { DestinationStore } from '../stores/config/destinations.ts';
import { SourceStore } from '../stores/config/sources.ts';
import type { DeliveryWorker } from './delivery-worker.ts';
import { newDeliveryWorker } from './new-delivery-worker.ts';
import { handOver } from './queue.fixture.ts';
import { Transforms } from './transforms.ts';
import { workerParts } from './worker.fixture.ts';

/** Real deliveries of what is configured through the API: by the worker, with the engine, to wherever the destinations lead. */
export class TransformsUnderTest {
  readonly announced: OperationalEvent[] = [];
  readonly history: HistoryUnderTest;
  /** How often the function has read connections. */
  connectionReads = 0;
  readonly #api: ApiUnderTest;
  readonly #worker: DeliveryWorker;
  readonly #destinations: DestinationStore;

  /** @param types if not those over the network of this machine */
  constructor(
    api: ApiUnderTest,
    types: DestinationTypes = newDestinationTypes({ network: 'loopback', now: Date.now }),
  ) {
    const { services } = api;
    this.#api = api;
    this.history = new HistoryUnderTest(services);
    const table = new ConfigTable(services.clients.dynamodb, resourceNames.config);
    const vault = new CredentialVault(kms(), requireEnv(variable.credentialsKeyArn));
    const [connections, sources] = [new ConnectionStore(table), new SourceStore(table)];
    this.#destinations = new DestinationStore(table);
    const announce = async (event: OperationalEvent) => void this.announced.push(event);
    this.#worker = newDeliveryWorker({
      ...workerParts(services, announce, { destination: (id) => this.#destination(id) }),
      announce,
      destination: async (id) => {
        const destination = await this.#destination(id);
        return destination && toDeliverable(destination, vault, types);
      },
      transforms: new Transforms({
        connections: {
          transformOf: (ends) => {
            this.connectionReads++;
            return connections.transformOf(ends);
          },
        },
        eventTransforms: new EventTransforms({ engine: newTransformEngine(), source: (id) => sources.get(id) }),
        ttlMs: 5_000,
        now: Date.now,
      }),
    });
  }

  #destination(id: DestinationId): Promise<Destination | undefined> {
    return this.#destinations.get(id);
  }

  ok(method: string, path: string, options: CallOptions = {}): Promise<ApiResponse['body']> {
    return this.#api.ok(method, path, options);
  }

  /** A new source, connected to a new destination. */
  async connected(fields: object, source: object = {}): Promise<Connected> {
    const { id } = await this.ok('POST', '/v1/sources', { body: { name: randomUUID(), ...source } });
    const destination = await this.ok('POST', `/v1/sources/${id}/destinations`, { body: fields });
    return { source: id, destination: destination.id, connection: destination.connection_id };
  }

  /** A webhook that comes over a connection, sent to delivery as fan-out does. */
  async send(ends: Connected, body: Uint8Array | string, headers: HeaderList = []): Promise<EventId> {
    const { deliveryQueue, clients } = this.#api.services;
    const { queue, events } = workerParts({ ...this.#api.services, clients, deliveryQueue }, async () => {});
    const id = await this.history.store(ends.source, body, headers);
    const event = await events.get(idSchema('src').parse(ends.source), id);
    await queue.send({ job: this.history.jobFor(id, ends), ...(event && { request: event.request }) });
    await this.deliver();
    return id;
  }

  /** Handles what is in the queue, and what comes of that. */
  async deliver(): Promise<void> {
    while ((await handOver(this.#api.services, this.#worker)) > 0);
  }

  /** The delivery of an event, as the API shows it. */
  delivery(event: EventId, ends: Connected): Promise<ApiResponse['body']> {
    return this.ok('GET', `/v1/deliveries/${this.history.jobFor(event, ends).deliveryId}`);
  }
}
