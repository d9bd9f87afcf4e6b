import { expect } from 'vitest';
import { DEFAULT_CIRCUIT_BREAKER } from '../../core/circuit/circuit.ts';
import { type DeliveryJob, firstJob } from '../../core/deliveries/delivery.ts';
import { type Destination, isArchivedFor } from '../../core/destinations/destination.ts';
import { type DeliveryId, type DestinationId, type EventId, newId } from '../../core/ids.ts';
import { NO_PACE } from '../../core/pace/pace.ts';
import { resourceNames, startServices, type TestServices } from '../../test/support/services.ts';
import type { Deliverable } from '../destinations/deliverable.ts';
import { CONFIGURATION_TTL_MS } from '../lifetimes.ts';
import type { OperationalEvent } from '../shared/operational-events.ts';
import { TtlCache } from '../shared/ttl-cache.ts';
import { CircuitStore } from '../stores/deliveries/circuits.ts';
import { DeliveryQueue } from '../stores/delivery-queue.ts';
import type { DeliveryWorker } from './delivery-worker.ts';
import { type DeliveryServices, newDeliveryWorker } from './new-delivery-worker.ts';
import { type Batch, handOver, receiveBatch } from './queue.fixture.ts';
import { plainDestination, workerParts } from './worker.fixture.ts';

const head = { method: 'POST', path: '', query: '', headers: [], sourceIp: '192.0.2.1' };

interface Sent {
  readonly job: DeliveryJob;
  readonly atMs: number;
}

type TakingDestination = Pick<Destination, 'enabled' | 'archivedAt' | 'unarchivedAt' | 'circuitBreaker'>;

const cancelReasonOf = (archive: Pick<Destination, 'archivedAt' | 'unarchivedAt'>) => (job: DeliveryJob) =>
  isArchivedFor(archive, job) ? ('destination_archived' as const) : undefined;

/** A destination that may fail, be disabled, archived or deleted, with any number of function instances that deliver to it. */
export class CircuitUnderTest {
  readonly organizationId = newId('org');
  readonly sourceId = newId('src');
  readonly connectionId = newId('con');
  readonly destinationId = newId('dst');
  readonly services: TestServices;
  readonly circuits: CircuitStore;
  readonly queue: DeliveryQueue;
  readonly parts: ReturnType<typeof workerParts>;
  readonly sent: Sent[] = [];
  readonly announced: OperationalEvent[] = [];
  /** The instance that takes messages, unless a test names another one. */
  readonly one: DeliveryWorker;

  /** `undefined` once it is deleted. */
  destination: TakingDestination | undefined = {
    enabled: true,
    archivedAt: null,
    unarchivedAt: null,
    circuitBreaker: DEFAULT_CIRCUIT_BREAKER,
  };
  receiverIsUp = false;
  /** Events that the receiver refuses even when it is up. */
  readonly poison = new Set<EventId>();
  /** Its receiver answers 410. */
  isGone = false;
  /** The delivery that was answered 410, and so disabled the destination. */
  disabledBy: DeliveryId | undefined;
  maxRetries = 10;
  retrySeconds = 30;
  /** What others do after a worker has read its rows, and before it writes anything. */
  meanwhile: () => Promise<unknown> = async () => {};

  private constructor(services: TestServices) {
    const { dynamodb, sqs } = services.clients;
    this.services = services;
    this.circuits = new CircuitStore({ dynamodb, table: resourceNames.deliveries });
    this.queue = new DeliveryQueue(sqs, services.deliveryQueue.queueUrl);
    this.parts = this.newParts();
    this.one = this.instance();
  }

  static async start(): Promise<CircuitUnderTest> {
    return new CircuitUnderTest(await startServices());
  }

  close(): Promise<void> {
    return this.services.close();
  }

  get nowMs(): number {
    return this.services.clock.nowMs();
  }

  readonly announce = async (event: OperationalEvent) => void this.announced.push(event);

  circuit() {
    return this.circuits.get(this.destinationId);
  }

  stored(job: DeliveryJob) {
    return this.parts.reader.getWithAttempts(job);
  }

  async statusOf(job: DeliveryJob) {
    return (await this.stored(job))?.delivery.status;
  }

  newParts(): ReturnType<typeof workerParts> {
    return workerParts(this.services, this.announce, { destination: async () => this.destination });
  }

  /** Another function instance, which remembers what it has seen. */
  instance(over: Partial<DeliveryServices> = {}): DeliveryWorker {
    return newDeliveryWorker({
      ...this.newParts(),
      announce: this.announce,
      destination: async () => {
        await this.meanwhile();
        return this.destination && this.#deliverable(this.destination);
      },
      ...over,
    });
  }

  /** An instance that remembers its destination, as the delivery function does, and disables it on a 410. */
  remembering(over: Partial<DeliveryServices> = {}): DeliveryWorker {
    const known = new TtlCache({
      load: async () => this.destination && this.#deliverable(this.destination),
      ttlMs: CONFIGURATION_TTL_MS,
      maxEntries: 10,
    });
    return this.instance({
      destination: (id: DestinationId) => known.get(id, this.nowMs),
      forgetDestination: (id) => known.forget(id),
      disable: async ({ deliveryId }) => {
        const { destination } = this;
        if (!destination?.enabled) return false;
        this.destination = { ...destination, enabled: false };
        this.disabledBy = deliveryId;
        return true;
      },
      ...over,
    });
  }

  #deliverable(destination: TakingDestination): Deliverable {
    return {
      ...destination,
      ...plainDestination,
      cancelReason: cancelReasonOf(destination),
      pace: NO_PACE,
      retryPolicy: {
        maxRetries: this.maxRetries,
        backoff: 'fixed',
        intervalsSeconds: [this.retrySeconds],
        retryOn: null,
      },
      attempt: async ({ job }) => {
        this.sent.push({ job, atMs: this.nowMs });
        const isTaken = this.receiverIsUp && !this.poison.has(job.eventId);
        const response = {
          statusCode: isTaken ? 200 : 503,
          headers: [],
          body: Buffer.alloc(0),
          bodyTruncated: false,
        };
        const failure = this.isGone ? 'gone' : 'temporary';
        const failed = { kind: 'failed', failure, retryAfterSeconds: 0 } as const;
        return { requestHeaders: [], response, verdict: isTaken ? { kind: 'delivered' } : failed };
      },
    };
  }

  /** Stores events, and sends their deliveries as fan-out does, a millisecond apart. */
  async arrive(count: number): Promise<DeliveryJob[]> {
    const startMs = this.nowMs;
    const jobs = await Promise.all(Array.from({ length: count }, (_, index) => this.store(startMs + index)));
    await Promise.all(jobs.map((job) => this.queue.send({ job })));
    return jobs;
  }

  /** Stores an event. @returns the job that fan-out is to send */
  async store(atMs = this.nowMs): Promise<DeliveryJob> {
    const { organizationId, sourceId, connectionId, destinationId } = this;
    const id = await this.parts.events.put({ id: sourceId, organizationId }, head, Buffer.from('{}'), atMs);
    return firstJob({ id, organizationId, sourceId }, { id: connectionId, destinationId });
  }

  async receive(): Promise<Batch['messages']> {
    return (await receiveBatch(this.services)).messages;
  }

  /** Hands a batch to an instance. @returns how many messages there were */
  pump(worker = this.one): Promise<number> {
    return handOver(this.services, worker);
  }

  async pumpAll(worker = this.one): Promise<void> {
    while ((await this.pump(worker)) > 0);
  }

  async passTime(seconds: number, { stepSeconds = 5, worker = this.one } = {}): Promise<void> {
    for (let passed = 0; passed < seconds; passed += stepSeconds) {
      await this.services.clock.advance(Math.min(stepSeconds, seconds - passed) * 1000);
      await this.pumpAll(worker);
    }
  }

  /** Opens the circuit by five deliveries, which are retried later. */
  async openCircuit(): Promise<DeliveryJob[]> {
    const jobs = await this.arrive(5);
    await this.pumpAll();
    expect(await this.circuit()).toMatchObject({ state: 'open', failures: 5 });
    return jobs;
  }

  /** Counts rows of deliveries that are written from now on. */
  writes(): { rows: number; updates: number } {
    const counted = { rows: 0, updates: 0 };
    this.services.clients.dynamodb.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          if (commandName === 'UpdateItemCommand') counted.updates++;
          const { TableName } = args.input as { TableName?: string };
          if (commandName === 'PutItemCommand' && TableName === resourceNames.deliveries) counted.rows++;
          if (commandName === 'BatchWriteItemCommand') {
            const { RequestItems = {} } = args.input as { RequestItems?: Record<string, unknown[]> };
            counted.rows += Object.values(RequestItems).flat().length;
          }
          return next(args);
        },
      { step: 'initialize' },
    );
    return counted;
  }
}
