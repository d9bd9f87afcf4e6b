import { type CircuitBreaker, DEFAULT_CIRCUIT_BREAKER } from '../../../core/circuit/circuit.ts';
import { type DeliveryJob, firstJob, nextJob } from '../../../core/deliveries/delivery.ts';
import { isArchivedFor } from '../../../core/destinations/destination.ts';
import { newId } from '../../../core/ids.ts';
import { NO_PACE, type Pace } from '../../../core/pace/pace.ts';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '../../../core/retries/retry-policy.ts';
import { resourceNames, type TestServices } from '../../../test/support/services.ts';
import type { Deliverable } from '../../destinations/deliverable.ts';
import { EventLines } from '../../fan-out/event-lines.ts';
import { FanOut } from '../../fan-out/fan-out.ts';
import { EventFilters } from '../../shared/event-filters.ts';
import type { StoredDelivery } from '../../stores/deliveries/delivery-row.ts';
import { LineStore } from '../../stores/deliveries/lines.ts';
import { DeliveryQueue } from '../../stores/delivery-queue.ts';
import { EventStore } from '../../stores/events.ts';
import type { DeliveryWorker } from '../delivery-worker.ts';
import { type DeliveryServices, newDeliveryWorker } from '../new-delivery-worker.ts';
import { receiveBatch } from '../queue.fixture.ts';
import { plainDestination, workerParts } from '../worker.fixture.ts';

/** One attempt as the receiver saw it. */
export interface Seen {
  readonly job: DeliveryJob;
  readonly body: string;
  readonly atMs: number;
  /** Attempts under way when it began, itself included. */
  readonly underWay: number;
}

/** How the receiver answers. */
export interface Answer {
  readonly statusCode: number;
  readonly afterMs?: number;
  /** Nobody is there to take the attempt. */
  readonly isUnclaimed?: boolean;
}

const retentionDays = 30;

const NOBODY = { code: 'NO_CLIENTS', message: 'no client is connected' } as const;

/**
 * A destination with a pace, between a stream and a receiver, with any number of function instances that take its messages in
 * turn. Time passes by hand, and only while no call to a service is under way: the services take no time.
 */
export class LineUnderTest {
  readonly organizationId = newId('org');
  readonly sourceId = newId('src');
  readonly connectionId = newId('con');
  readonly destinationId = newId('dst');
  readonly services: TestServices;
  readonly parts: ReturnType<typeof workerParts>;
  readonly lines: LineStore;
  readonly queue: DeliveryQueue;
  readonly seen: Seen[] = [];
  readonly workers: DeliveryWorker[] = [];

  pace: Pace = NO_PACE;
  enabled = true;
  archivedAt: string | null = null;
  isDeleted = false;
  /** How many of the next reads of the destination fail. */
  failingReads = 0;
  circuitBreaker: CircuitBreaker = { ...DEFAULT_CIRCUIT_BREAKER, enabled: false };
  retryPolicy: RetryPolicy = DEFAULT_RETRY_POLICY;
  answer: (job: DeliveryJob, body: string) => Answer = () => ({ statusCode: 200 });
  /** How far apart messages are handed over that are visible at the same time, each by itself, as SQS does. 0: all together. */
  apartMs = 0;

  readonly #fanOut: FanOut;
  readonly #events: EventStore;
  /** Calls that have begun, and those that have ended. */
  #steps = 0;
  #calling = 0;
  #underWay = 0;
  #batches = 0;
  #accepted = 0;

  constructor(services: TestServices, instances = 1) {
    this.services = services;
    const { dynamodb, s3, sqs, scheduler } = services.clients;
    for (const client of [dynamodb, s3, sqs, scheduler]) this.#watch(client as typeof dynamodb);
    const { events: table, bucket, deliveries } = resourceNames;
    const events = new EventStore({ dynamodb, s3, table, bucket, retentionDays });
    this.#events = events;
    this.lines = new LineStore({ dynamodb, table: deliveries, retentionDays, lingerMs: 0 });
    this.queue = new DeliveryQueue(sqs, services.deliveryQueue.queueUrl, 0);
    this.parts = this.#newParts();
    const { connectionId, destinationId, lines, queue } = this;
    this.#fanOut = new FanOut({
      events,
      queue,
      connections: async () => [{ id: connectionId, destinationId, filter: null }],
      pace: async () => this.pace,
      lines: new EventLines({ events, queue, lines, now: () => this.nowMs }),
      filters: new EventFilters({ events, source: async () => undefined }),
      counts: { add: async () => {} },
    });
    for (let index = 0; index < instances; index++) this.workers.push(this.instance());
  }

  get nowMs(): number {
    return this.services.clock.nowMs();
  }

  /** Bodies in the order in which they were sent, retries included. */
  get sent(): string[] {
    return this.seen.map(({ body }) => body);
  }

  instance(over: Partial<DeliveryServices> = {}): DeliveryWorker {
    const announce = async () => {};
    return newDeliveryWorker({
      ...this.#newParts(),
      announce,
      destination: async () => {
        if (this.failingReads-- > 0) throw new Error('throttled');
        return this.isDeleted ? undefined : this.#deliverable();
      },
      ...over,
    });
  }

  #newParts(): ReturnType<typeof workerParts> {
    return workerParts(this.services, async () => {}, {
      destination: async () => {
        const { enabled, archivedAt, circuitBreaker, isDeleted } = this;
        return isDeleted ? undefined : { enabled, archivedAt, circuitBreaker };
      },
    });
  }

  #deliverable(): Deliverable {
    const { enabled, circuitBreaker, retryPolicy, pace, archivedAt } = this;
    const archive = { archivedAt, unarchivedAt: null };
    return {
      enabled,
      circuitBreaker,
      retryPolicy,
      pace,
      ...plainDestination,
      cancelReason: (job) => (isArchivedFor(archive, job) ? 'destination_archived' : undefined),
      attempt: async ({ job, body: bytes }) => {
        const body = Buffer.from(bytes).toString();
        this.seen.push({ job, body, atMs: this.nowMs, underWay: ++this.#underWay });
        const { statusCode, afterMs = 0, isUnclaimed } = this.answer(job, body);
        if (afterMs > 0) await this.#pause(afterMs);
        this.#underWay--;
        if (isUnclaimed) return { requestHeaders: [], error: NOBODY, verdict: { kind: 'unclaimed' } };
        const response = { statusCode, headers: [], body: Buffer.alloc(0), bodyTruncated: false };
        const failed = { kind: 'failed', failure: 'temporary', statusCode, retryAfterSeconds: 0 } as const;
        return { requestHeaders: [], response, verdict: statusCode < 300 ? { kind: 'delivered' } : failed };
      },
    };
  }

  /** Events accepted a millisecond apart, which the stream brings in one batch. */
  async accept(...bodies: readonly string[]): Promise<DeliveryJob[]> {
    const { organizationId, sourceId, connectionId, destinationId } = this;
    const source = { id: sourceId, organizationId };
    const head = { method: 'POST', path: '', query: '', headers: [], sourceIp: '192.0.2.1' };
    const batch = [];
    for (const body of bodies) {
      const id = await this.#events.put(source, head, Buffer.from(body), this.nowMs + this.#accepted++);
      const event = await this.#events.get(sourceId, id);
      if (!event) throw new Error('the event is not there');
      batch.push({ sequenceNumber: String(this.#accepted), event });
    }
    const failed = await this.#fanOut.fanOut(batch);
    if (failed.length > 0) throw new Error('the events were not fanned out');
    return batch.map(({ event }) => firstJob(event, { id: connectionId, destinationId }));
  }

  async row(job: DeliveryJob): Promise<StoredDelivery> {
    const delivery = (await this.parts.reader.getMany([job])).get(job.deliveryId);
    if (!delivery) throw new Error('the delivery has no row');
    return delivery;
  }

  /** Cancels as the API does, once there is a row. @returns whether it was recorded */
  async cancelByHand(job: DeliveryJob): Promise<boolean> {
    const byRequest = { status: 'cancelled', reason: 'by_request' } as const;
    return this.parts.log.recordState(nextJob(await this.row(job)), byRequest, this.nowMs);
  }

  async status({ destinationId, deliveryId }: DeliveryJob): Promise<string | undefined> {
    return (await this.parts.reader.getWithAttempts({ destinationId, deliveryId }))?.delivery.status;
  }

  async statuses(jobs: readonly DeliveryJob[]): Promise<Set<string | undefined>> {
    return new Set(await Promise.all(jobs.map((job) => this.status(job))));
  }

  /** How many deliveries are in the line. */
  async waiting(): Promise<number> {
    const rows = await this.lines.peek(this.destinationId, 1_000);
    return rows.reduce((sum, { entries }) => sum + entries.length, 0);
  }

  /** Lets time pass; every message goes to the next instance as soon as it is there. */
  async pass(seconds: number, stepMs = 1_000): Promise<void> {
    const { clock } = this.services;
    const untilMs = this.nowMs + seconds * 1000;
    for (;;) {
      while (await this.#hand());
      if (this.nowMs >= untilMs) return;
      const nextMs = Math.min(clock.nextDueMs() ?? untilMs, this.nowMs + stepMs, untilMs);
      await clock.advance(nextMs - this.nowMs);
      await this.#settled();
    }
  }

  /** @returns whether there was a message */
  async #hand(): Promise<boolean> {
    const { messages, end } = await receiveBatch(this.services);
    const worker = this.workers[this.#batches++ % this.workers.length];
    if (messages.length === 0 || !worker) return false;
    // Not awaited: other messages are handed over meanwhile.
    void this.#deliver(worker, messages).then(end);
    await this.#settled();
    return true;
  }

  async #deliver(
    worker: DeliveryWorker,
    messages: Parameters<DeliveryWorker['deliverBatch']>[0],
  ): ReturnType<DeliveryWorker['deliverBatch']> {
    if (this.apartMs === 0) return worker.deliverBatch(messages);
    const failed = await Promise.all(
      messages.map(async (message, index) => {
        if (index > 0) await this.#pause(index * this.apartMs);
        return worker.deliverBatch([message]);
      }),
    );
    return failed.flat();
  }

  /**
   * Calls that wait to be shared do so with a timer of 0 ms, which Node takes for 1. So after a longer pause in which no call
   * has begun or ended, everything waits for the clock.
   */
  async #settled(): Promise<void> {
    let before: number;
    do {
      before = this.#steps;
      await new Promise((resolve) => setTimeout(resolve, 3));
    } while (this.#calling > 0 || this.#steps !== before);
  }

  #watch(client: TestServices['clients']['dynamodb']): void {
    client.middlewareStack.add(
      (next) => async (args) => {
        this.#steps++;
        this.#calling++;
        try {
          return await next(args);
        } finally {
          this.#calling--;
          this.#steps++;
        }
      },
      { step: 'initialize' },
    );
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.services.clock.setTimer(ms, resolve));
  }
}
