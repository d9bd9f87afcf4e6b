import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DeliveryJob } from '../../core/deliveries/delivery.ts';
import type { EventId } from '../../core/ids.ts';
import { newTransformEngine } from '../../core/transform/engine.ts';
import type { DeliveryWorker } from '../../functions/delivery/delivery-worker.ts';
import { newDeliveryWorker } from '../../functions/delivery/new-delivery-worker.ts';
import type { QueuedMessage } from '../../functions/delivery/received.ts';
import { Transforms } from '../../functions/delivery/transforms.ts';
import { plainDestination, workerParts } from '../../functions/delivery/worker.fixture.ts';
import { EventLines } from '../../functions/fan-out/event-lines.ts';
import { FanOut, type StreamedEvent } from '../../functions/fan-out/fan-out.ts';
import { type Services, servicesFromEnvironment } from '../../functions/management/services.ts';
import { releaseHeld } from '../../functions/management/use-cases/circuits.ts';
import { resendDeliveries } from '../../functions/management/use-cases/resends.ts';
import { EventFilters } from '../../functions/shared/event-filters.ts';
import { EventTransforms } from '../../functions/shared/event-transforms.ts';
import { leanClient, withoutLog } from '../../functions/shared/lean-client.ts';
import { announce, type OperationalEvent } from '../../functions/shared/operational-events.ts';
import type { StoredDelivery } from '../../functions/stores/deliveries/delivery-row.ts';
import { EventCounts } from '../../functions/stores/deliveries/event-counts.ts';
import { DeliveryQueue } from '../../functions/stores/delivery-queue.ts';
import { resourceNames, type TestServices } from '../support/services.ts';
import type { Lifeline } from './lifeline.ts';
import type { Surroundings } from './surroundings.ts';

/** Outlives the instances, and does nothing that others could see. */
const engine = newTransformEngine();

type Clients = TestServices['clients'];
type HttpHandler = Clients['dynamodb']['config']['requestHandler'];

/** One instance of each function. All die together: each call of AWS and each attempt is a step of the lifeline. */
export class Instance {
  readonly lifeline: Lifeline;
  readonly #surroundings: Surroundings;
  readonly #parts: ReturnType<typeof workerParts>;
  readonly #worker: DeliveryWorker;
  readonly #fanOut: FanOut;
  readonly #management: Services;

  constructor(surroundings: Surroundings, lifeline: Lifeline) {
    this.lifeline = lifeline;
    this.#surroundings = surroundings;
    const { services, receiver } = surroundings;
    const clients = mortalClients(services, lifeline);
    const announceEvent = (event: OperationalEvent) => announce(clients.eventbridge, resourceNames.eventBus, event);
    const destination = async () => surroundings.destination;
    this.#parts = workerParts({ ...services, clients }, announceEvent, { destination });
    const queue = new DeliveryQueue(clients.sqs, services.deliveryQueue.queueUrl, 0);
    const { transform } = surroundings;
    this.#worker = newDeliveryWorker({
      ...this.#parts,
      announce: announceEvent,
      ...(transform && {
        transforms: new Transforms({
          connections: { transformOf: () => lifeline.step('read the transform', async () => ({ transform })) },
          eventTransforms: new EventTransforms({ engine, source: async () => undefined }),
          ttlMs: 5_000,
          now: () => services.clock.nowMs(),
        }),
      }),
      destination: async () => ({
        ...surroundings.destination,
        ...plainDestination,
        attempt: (delivery) => lifeline.step(`attempt ${delivery.job.attempt}`, () => receiver.attempt(delivery)),
      }),
    });
    const { events, lines } = this.#parts;
    const { pace } = surroundings.destination;
    this.#fanOut = new FanOut({
      events,
      queue,
      connections: async () => [{ ...surroundings.connection, filter: null }],
      pace: async () => pace,
      lines: new EventLines({ events, queue, lines, now: () => services.clock.nowMs() }),
      filters: new EventFilters({ events, source: async () => undefined }),
      counts: new EventCounts({ dynamodb: clients.dynamodb, table: resourceNames.deliveries }),
    });
    const { log: deliveryLog, deadLetters: deadLetterQueue } = this.#parts;
    this.#management = { ...servicesFromEnvironment(), deliveryQueue: queue, deliveryLog, deadLetterQueue };
  }

  /** Ingests a webhook. Resolves once the event is stored. */
  accept(body: Uint8Array): Promise<EventId> {
    const { source, services } = this.#surroundings;
    const head = { method: 'POST', path: '', query: '', headers: [], sourceIp: '192.0.2.1' };
    return this.#parts.events.put(source, head, body, services.clock.nowMs());
  }

  fanOut(batch: readonly StreamedEvent[]): Promise<string[]> {
    return this.#fanOut.fanOut(batch);
  }

  deliver(batch: readonly QueuedMessage[]): Promise<string[]> {
    return this.#worker.deliverBatch(batch);
  }

  /** `POST /v1/dead-letters/{id}/replay`, after it has read the delivery. */
  async replay(delivery: StoredDelivery, job: DeliveryJob): Promise<void> {
    await resendDeliveries(this.#management, [{ delivery, job }], this.#now());
  }

  /** `PATCH /v1/destinations/{id} {"enabled": true}` */
  async enable(): Promise<void> {
    const { destination, connection } = this.#surroundings;
    await this.lifeline.step('enable the destination', async () => {
      destination.enabled = true;
    });
    await releaseHeld(this.#management, connection.destinationId, this.#now());
  }

  #now(): Date {
    return new Date(this.#surroundings.services.clock.nowMs());
  }
}

/** Separate clients that share the connections of the test's clients. */
function mortalClients({ endpointUrl, clients }: TestServices, lifeline: Lifeline): Clients {
  const options = (client: { readonly config: { readonly requestHandler: HttpHandler } }) => ({
    endpoint: endpointUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: mortal(client.config.requestHandler, lifeline),
  });
  return {
    dynamodb: leanClient(DynamoDBClient, options(clients.dynamodb)),
    sqs: leanClient(SQSClient, options(clients.sqs)),
    s3: withoutLog(new S3Client(options(clients.s3))),
    scheduler: withoutLog(new SchedulerClient(options(clients.scheduler))),
    eventbridge: withoutLog(new EventBridgeClient(options(clients.eventbridge))),
  };
}

function mortal(handler: HttpHandler, lifeline: Lifeline): HttpHandler {
  const handle: HttpHandler['handle'] = (request, options) =>
    lifeline.step(nameOf(request), () => handler.handle(request, options));
  return Object.assign(Object.create(handler), { handle });
}

/** Such as `UpdateItem`, or for REST `POST /schedules`, without the resource's name. */
function nameOf({ method, path, headers }: RestRequest): string {
  return headers['x-amz-target']?.split('.').at(-1) ?? `${method} ${path.split('/', 2).join('/')}`;
}

interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
}
