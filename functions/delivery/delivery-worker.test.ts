import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_CIRCUIT_BREAKER } from '../../core/circuit/circuit.ts';
import type { AttemptVerdict, DeliveryJob } from '../../core/deliveries/delivery.ts';
import { type Destination, isArchivedFor } from '../../core/destinations/destination.ts';
import { encodeRequest } from '../../core/events/stored-request.ts';
import { figuresOf } from '../../core/figures/destination-figures.ts';
import { deliveryIdOf, newEventId, newId } from '../../core/ids.ts';
import { NO_PACE } from '../../core/pace/pace.ts';
import type { RetryPolicy } from '../../core/retries/retry-policy.ts';
import { resourceNames, startServices, type TestServices } from '../../test/support/services.ts';
import type { Deliverable } from '../destinations/deliverable.ts';
import type { AttemptInput, AttemptResult } from '../destinations/destination-type.ts';
import { encodeMessage } from '../messages/delivery.ts';
import { logger } from '../shared/logger.ts';
import type { OperationalEvent } from '../shared/operational-events.ts';
import { POISON_RECEIVE_COUNT } from '../shared/poison.ts';
import { DeadLetterQueue } from '../stores/dead-letter-queue.ts';
import { DeliveryLists } from '../stores/deliveries/delivery-lists.ts';
import type { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import { DeliveryReader } from '../stores/deliveries/delivery-reader.ts';
import { FiguresLog } from '../stores/deliveries/figures.ts';
import { FiguresReader } from '../stores/deliveries/figures-reader.ts';
import { DeliveryQueue } from '../stores/delivery-queue.ts';
import { DelayedSender } from './delayed-sender.ts';
import type { DeliveryWorker } from './delivery-worker.ts';
import { type DeliveryServices, newDeliveryWorker } from './new-delivery-worker.ts';
import { handOver } from './queue.fixture.ts';
import { plainDestination, workerParts } from './worker.fixture.ts';

const ok: AttemptVerdict = { kind: 'delivered' };
const failure: AttemptVerdict = { kind: 'failed', failure: 'temporary', retryAfterSeconds: 0 };
const policy: RetryPolicy = { maxRetries: 2, backoff: 'exponential', intervalsSeconds: [60, 7200], retryOn: null };

/** A destination that takes deliveries. */
const taking = {
  enabled: true,
  circuitBreaker: DEFAULT_CIRCUIT_BREAKER,
  pace: NO_PACE,
  retryPolicy: policy,
  ...plainDestination,
};

const organizationId = newId('org');
const sourceId = newId('src');
const connectionId = newId('con');
const destinationId = newId('dst');
const head = { method: 'POST', path: '', query: '', headers: [], sourceIp: '192.0.2.1' };

let services: TestServices;
let reader: DeliveryReader;
let announced: OperationalEvent[];
/** Every webhook that was sent, in order. */
let sent: AttemptInput[];
/** What the receiver answers next; the last one is repeated. */
let verdicts: AttemptVerdict[];
let destinationDeleted: boolean;
let archive: Pick<Destination, 'archivedAt' | 'unarchivedAt'>;

beforeEach(async () => {
  services = await startServices();
  reader = new DeliveryReader({ dynamodb: services.clients.dynamodb, table: resourceNames.deliveries });
  announced = [];
  sent = [];
  verdicts = [ok];
  destinationDeleted = false;
  archive = { archivedAt: null, unarchivedAt: null };
});
afterEach(() => {
  vi.restoreAllMocks();
  return services.close();
});

function worker(over: Partial<DeliveryServices> = {}): DeliveryWorker {
  return newDeliveryWorker({
    ...workerParts(services, announce),
    announce,
    destination: async () =>
      destinationDeleted
        ? undefined
        : {
            ...taking,
            ...plainDestination,
            cancelReason: (job) => (isArchivedFor(archive, job) ? 'destination_archived' : undefined),
            attempt,
          },
    ...over,
  });
}

async function attempt(delivery: AttemptInput): Promise<AttemptResult> {
  sent.push(delivery);
  const verdict = (verdicts.length > 1 ? verdicts.shift() : verdicts[0]) ?? ok;
  const statusCode = verdict.kind === 'delivered' ? 200 : 500;
  const response = { statusCode, headers: [], body: Buffer.from('answer'), bodyTruncated: false };
  return { requestHeaders: [], response, verdict };
}

/** A destination that answers when it is told to. */
const answeringAfter = (wait: () => Promise<unknown>): Deliverable => ({
  ...taking,
  attempt: async (delivery) => {
    const result = await attempt(delivery);
    await wait();
    return result;
  },
});

const eventStore = () => workerParts(services, announce).events;
const announce = async (event: OperationalEvent) => void announced.push(event);

function newJob(over: Partial<DeliveryJob> = {}): DeliveryJob {
  const eventId = newEventId(sourceId, services.clock.nowMs());
  return {
    deliveryId: deliveryIdOf(eventId, connectionId),
    eventId,
    organizationId,
    sourceId,
    connectionId,
    destinationId,
    attempt: 1,
    roundStart: 1,
    startsReplay: false,
    ...over,
  };
}

const request = encodeRequest({ head, body: { kind: 'inline', bytes: Buffer.from('{"n":1}') } });

async function enqueue(job: DeliveryJob, failure?: string): Promise<void> {
  const { simulators, deliveryQueue } = services;
  await simulators.sqs.sendMessage(deliveryQueue.queueArn, {
    body: encodeMessage({ job, request, ...(failure !== undefined && { failure }) }),
    messageGroupId: destinationId,
  });
}

/** @returns how many messages there were */
function pump(over: Partial<DeliveryServices> = {}): Promise<number> {
  return handOver(services, worker(over));
}

/** Lets time pass, and has every message handled that comes meanwhile. */
async function passTime(seconds: number): Promise<void> {
  const stepSeconds = 30;
  for (let passed = 0; passed < seconds; passed += stepSeconds) {
    await services.clock.advance(stepSeconds * 1000);
    while ((await pump()) > 0);
  }
}

const isoNow = () => new Date(services.clock.nowMs()).toISOString();
const stored = (job: DeliveryJob) => reader.getWithAttempts({ destinationId, deliveryId: job.deliveryId });
const deadLetterCount = () =>
  Number(services.simulators.sqs.attributesOf(services.deadLetterQueue.queueArn).ApproximateNumberOfMessages);

describe('a delivery', () => {
  it('a delivery that succeeds at the first try is logged with its attempt', async () => {
    const job = newJob();
    await enqueue(job);
    await pump();
    const { delivery, attempts } = (await stored(job)) ?? {};
    expect(delivery).toMatchObject({ id: job.deliveryId, status: 'succeeded', attemptCount: 1, lastResult: '200' });
    expect(attempts).toMatchObject([{ number: 1, response: { statusCode: 200 } }]);
    expect(sent[0]?.eventUrl).toBe(`https://hawser.example/events/${job.eventId}`);
  });

  it('a delivery that fails is retried when the policy says, by delay and by schedule, and each attempt is logged', async () => {
    verdicts = [failure, failure, ok];
    const job = newJob();
    await enqueue(job);
    await pump();
    expect((await stored(job))?.delivery).toMatchObject({
      status: 'retrying',
      nextAttemptAtMs: services.clock.nowMs() + 60_000,
    });
    await passTime(60);
    expect(sent).toHaveLength(2);
    expect((await stored(job))?.delivery).toMatchObject({ status: 'retrying', attemptCount: 2 });
    await passTime(7_100);
    expect(sent).toHaveLength(2);
    await passTime(200);
    const { delivery, attempts } = (await stored(job)) ?? {};
    expect(delivery).toMatchObject({ status: 'succeeded', attemptCount: 3 });
    expect(delivery?.nextAttemptAtMs).toBeUndefined();
    expect(attempts?.map(({ number, response }) => [number, response?.statusCode])).toEqual([
      [1, 500],
      [2, 500],
      [3, 200],
    ]);
  });

  it('a delivery that runs out of retries is dead: in the list, in the queue, and announced', async () => {
    verdicts = [failure];
    const job = newJob();
    await enqueue(job);
    await pump();
    await passTime(8_000);
    expect(sent).toHaveLength(3);
    expect((await stored(job))?.delivery).toMatchObject({
      status: 'dead',
      reason: 'retries_exhausted',
      attemptCount: 3,
    });
    expect(deadLetterCount()).toBe(1);
    const lists = new DeliveryLists({ dynamodb: services.clients.dynamodb, table: resourceNames.deliveries }, reader);
    for (const dead of [
      await lists.deadOfOrganization(organizationId, { limit: 10 }),
      await lists.ofDestination(destinationId, { status: 'dead', limit: 10 }),
    ]) {
      expect(dead.items.map(({ id }) => id)).toEqual([job.deliveryId]);
    }
    expect(announced).toMatchObject([
      {
        type: 'delivery.dead_lettered',
        detail: { delivery_id: job.deliveryId, attempts: 3, reason: 'retries_exhausted' },
      },
    ]);
  });

  it('a delivery that can never succeed is dead after one attempt', async () => {
    verdicts = [{ kind: 'failed', failure: 'permanent', retryAfterSeconds: 0 }];
    const job = newJob();
    await enqueue(job);
    await pump();
    await passTime(8_000);
    expect(sent).toHaveLength(1);
    expect((await stored(job))?.delivery).toMatchObject({ status: 'dead', reason: 'permanent_failure' });
  });

  it('a delivery whose destination was deleted is cancelled, and not sent', async () => {
    destinationDeleted = true;
    const job = newJob();
    await enqueue(job);
    await pump();
    expect(sent).toHaveLength(0);
    expect((await stored(job))?.delivery).toMatchObject({ status: 'cancelled', reason: 'destination_deleted' });
  });

  it('a delivery whose destination is deleted between two attempts is cancelled, and keeps its log', async () => {
    verdicts = [failure];
    const job = newJob();
    await enqueue(job);
    await pump();
    destinationDeleted = true;
    await passTime(120);
    const { delivery, attempts } = (await stored(job)) ?? {};
    expect(delivery).toMatchObject({ status: 'cancelled', attemptCount: 1 });
    expect(attempts).toHaveLength(1);
  });

  it('a delivery whose destination is archived is cancelled, and not sent', async () => {
    verdicts = [failure];
    const [before, after] = [newJob(), newJob()];
    await enqueue(before);
    await pump();
    archive = { archivedAt: isoNow(), unarchivedAt: null };
    await enqueue(after);
    await passTime(120);
    expect(sent).toHaveLength(1);
    for (const [job, attemptCount] of [[before, 1] as const, [after, 0] as const]) {
      const { delivery } = (await stored(job)) ?? {};
      expect(delivery).toMatchObject({ status: 'cancelled', reason: 'destination_archived', attemptCount });
    }
  });

  it('a delivery that archiving has cancelled stays so if its destination is unarchived before it was due', async () => {
    verdicts = [failure, ok];
    const before = newJob();
    await enqueue(before);
    await pump();
    await services.clock.advance(1_000);
    archive = { archivedAt: null, unarchivedAt: isoNow() };
    const after = newJob();
    await enqueue(after);
    await passTime(120);
    expect(sent.map(({ job }) => job.eventId)).toEqual([before.eventId, after.eventId]);
    expect((await stored(before))?.delivery).toMatchObject({ status: 'cancelled', reason: 'destination_archived' });
    expect((await stored(after))?.delivery).toMatchObject({ status: 'succeeded' });
  });

  it('a delivery without the request in its message reads the event, and a large body from the bucket', async () => {
    const body = Buffer.alloc(600_000, 'large ');
    const eventId = await eventStore().put({ id: sourceId, organizationId }, head, body, services.clock.nowMs());
    const job = newJob({ eventId, deliveryId: deliveryIdOf(eventId, connectionId) });
    const { simulators, deliveryQueue } = services;
    await simulators.sqs.sendMessage(deliveryQueue.queueArn, { body: encodeMessage({ job }) });
    await pump();
    expect(Buffer.compare(sent[0]?.body ?? Buffer.alloc(0), body)).toBe(0);
  });

  it('a delivery whose body has expired in the bucket is dead with the reason event_expired', async () => {
    const eventId = await eventStore().put({ id: sourceId, organizationId }, head, Buffer.alloc(600_000), 0);
    const { clients, simulators, deliveryQueue } = services;
    await clients.s3.send(
      new DeleteObjectCommand({ Bucket: resourceNames.bucket, Key: `${organizationId}/${eventId}` }),
    );
    const job = newJob({ eventId, deliveryId: deliveryIdOf(eventId, connectionId) });
    await simulators.sqs.sendMessage(deliveryQueue.queueArn, { body: encodeMessage({ job }) });
    await pump();
    expect((await stored(job))?.delivery).toMatchObject({ status: 'dead', reason: 'event_expired' });
  });

  it('a delivery whose event has expired is dead with the reason event_expired', async () => {
    const job = newJob();
    const { simulators, deliveryQueue } = services;
    await simulators.sqs.sendMessage(deliveryQueue.queueArn, { body: encodeMessage({ job }) });
    await pump();
    expect((await stored(job))?.delivery).toMatchObject({ status: 'dead', reason: 'event_expired' });
    expect(deadLetterCount()).toBe(1);
  });
});

describe('a repeated message', () => {
  it('a message of a delivery that has succeeded sends nothing', async () => {
    const job = newJob();
    await enqueue(job);
    await pump();
    await enqueue(job);
    await pump();
    expect(sent).toHaveLength(1);
  });

  it('two copies in the same batch send once', async () => {
    const job = newJob();
    await enqueue(job);
    await enqueue(job);
    await pump();
    expect(sent).toHaveLength(1);
  });

  it('a copy that is handled at the same time waits for the first, and sends nothing', async () => {
    const bothRead = Promise.withResolvers<void>();
    let reads = 0;
    services.clients.dynamodb.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const answer = await next(args);
          if (commandName === 'BatchGetItemCommand' && ++reads === 2) bothRead.resolve();
          return answer;
        },
      { step: 'initialize' },
    );
    const subject = worker({ destination: async () => answeringAfter(() => bothRead.promise) });
    const batch = (messageId: string) => [{ messageId, body: encodeMessage({ job, request }), receiveCount: 1 }];
    const job = newJob();
    const both = [subject.deliverBatch(batch('1')), subject.deliverBatch(batch('2'))];
    expect(await Promise.all(both)).toEqual([[], []]);
    expect(sent).toHaveLength(1);
  });

  it('a copy that fails does not set back what another instance has delivered long since', async () => {
    verdicts = [failure, failure, ok];
    const slowEnd = Promise.withResolvers<void>();
    const slow = worker({ destination: async () => answeringAfter(() => slowEnd.promise) });
    const job = newJob();
    await enqueue(job);
    const copy = slow.deliverBatch([{ messageId: 'copy', body: encodeMessage({ job, request }), receiveCount: 1 }]);
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    await pump();
    await services.clock.advance(70_000);
    await pump();
    const succeeded = { status: 'succeeded', attemptCount: 2 };
    expect((await stored(job))?.delivery).toMatchObject(succeeded);
    slowEnd.resolve();
    expect(await copy).toEqual([]);
    expect((await stored(job))?.delivery).toMatchObject(succeeded);
    await services.clock.advance(70_000);
    await pump();
    expect(sent).toHaveLength(3);
  });

  it('a copy that fails for good when another instance has delivered announces no dead letter, and is counted', async () => {
    verdicts = [{ ...failure, failure: 'permanent' }, ok];
    const slowEnd = Promise.withResolvers<void>();
    const slow = worker({ destination: async () => answeringAfter(() => slowEnd.promise) });
    const job = newJob();
    const copy = slow.deliverBatch([{ messageId: 'copy', body: encodeMessage({ job, request }), receiveCount: 1 }]);
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    await enqueue(job);
    await pump();
    slowEnd.resolve();
    await copy;
    expect(announced).toEqual([]);
    const figures = new FiguresReader({ dynamodb: services.clients.dynamodb, table: resourceNames.deliveries });
    const { lifetime } = await figures.since(destinationId, services.clock.nowMs());
    expect(lifetime).toMatchObject({ total: 2, failed: 1 });
  });

  it('a copy that ends without an attempt when another instance has delivered announces no dead letter', async () => {
    const job = newJob();
    const slow = worker({
      transforms: {
        apply: async () => {
          await enqueue(job);
          await pump();
          return { kind: 'failed', message: 'no customer' };
        },
      },
    });
    await slow.deliverBatch([{ messageId: 'copy', body: encodeMessage({ job, request }), receiveCount: 1 }]);
    expect((await stored(job))?.delivery.status).toBe('succeeded');
    expect(announced).toEqual([]);
  });

  it('a copy that has waited for one that Hawser failed on comes back as well', async () => {
    const job = newJob();
    await enqueue(job);
    await enqueue(job);
    await pump(failingAt('attempt recorded'));
    expect(sent).toHaveLength(1);
    await services.clock.advance(541_000);
    expect(await pump()).toBe(2);
    expect(sent).toHaveLength(2);
  });

  it('a message of a delivery that was cancelled does not stop its replay', async () => {
    const cancelled = newJob();
    destinationDeleted = true;
    await enqueue(cancelled);
    await pump();
    destinationDeleted = false;
    await enqueue({ ...cancelled, startsReplay: true, replayedAtMs: services.clock.nowMs() });
    await enqueue(cancelled);
    await pump();
    expect((await stored(cancelled))?.delivery.status).toBe('succeeded');
  });

  it('a copy of an attempt that has failed starts no second sequence of retries', async () => {
    verdicts = [failure];
    const job = newJob();
    await enqueue(job);
    await enqueue({ ...job });
    await pump();
    await enqueue(job);
    await pump();
    await passTime(8_000);
    expect(sent.map(({ job: { attempt } }) => attempt)).toEqual([1, 2, 3]);
    expect(deadLetterCount()).toBe(1);
  });
});

describe('when Hawser itself fails', () => {
  it.each(['retry sent', 'attempt recorded'] as const)(
    'after a failure between the attempt and "%s", nothing is lost, and the receiver sees the same id twice',
    async (step) => {
      verdicts = [failure, failure, ok];
      const job = newJob();
      await enqueue(job);
      await pump(failingAt(step));
      expect(sent).toHaveLength(1);
      await passTime(9_000);
      expect((await stored(job))?.delivery.status).toBe('succeeded');
      expect(new Set(sent.map((delivery) => delivery.job.eventId))).toEqual(new Set([job.eventId]));
      expect(sent.length).toBeLessThanOrEqual(4);
    },
  );

  it('a delivery becomes a dead letter though recording it failed at first', async () => {
    verdicts = [{ kind: 'failed', failure: 'permanent', retryAfterSeconds: 0 }];
    const job = newJob();
    await enqueue(job);
    await pump(failingAt('attempt recorded'));
    await passTime(600);
    expect((await stored(job))?.delivery.status).toBe('dead');
    const nowMs = services.clock.nowMs();
    const removed = await new DeadLetterQueue(services.clients.sqs, services.deadLetterQueue.queueUrl, reader).remove(
      new Map([[job.deliveryId, nowMs]]),
      nowMs,
    );
    expect(removed).toBe(1);
  });

  it(`a message that fails for the ${POISON_RECEIVE_COUNT}th time becomes a dead letter that the API lists`, async () => {
    const job = newJob();
    await enqueue(job);
    const broken = { destination: () => Promise.reject(new Error('KMS is unreachable')) };
    for (let receive = 1; receive < POISON_RECEIVE_COUNT; receive++) {
      expect(await pump(broken)).toBe(1);
      await services.clock.advance(541_000);
    }
    await pump(broken);
    expect((await stored(job))?.delivery).toMatchObject({
      status: 'dead',
      reason: 'processing_failed',
      attemptCount: 0,
    });
    expect(deadLetterCount()).toBe(1);
    expect(sent).toHaveLength(0);
  });

  it('the other messages of a batch are handled if one fails', async () => {
    const [good, bad] = [newJob(), newJob({ destinationId: newId('dst') })];
    await enqueue(good);
    await enqueue(bad);
    await pump({
      destination: async (id) => {
        if (id !== destinationId) throw new Error('unreachable');
        return {
          ...taking,
          attempt: async () => ({ requestHeaders: [], verdict: ok, error: { code: 'TIMEOUT', message: '' } }),
        };
      },
    });
    expect((await stored(good))?.delivery.status).toBe('succeeded');
    expect(await stored(bad)).toBeUndefined();
  });

  it('a retry whose schedule is refused waits in the queue, and comes when it is due', async () => {
    verdicts = [failure, failure, ok];
    const job = newJob({ attempt: 2, roundStart: 1 });
    await enqueue(job);
    const { clients, deliveryQueue, deadLetterQueue, clock } = services;
    const now = () => clock.nowMs();
    const delayedSender = new DelayedSender({
      queue: new DeliveryQueue(clients.sqs, deliveryQueue.queueUrl),
      scheduler: clients.scheduler,
      scheduleGroup: 'no-such-group',
      scheduleRoleArn: 'arn:aws:iam::000000000000:role/scheduler',
      scheduleDeadLetterArn: deadLetterQueue.queueArn,
      now,
    });
    await pump({ delayedSender });
    const dueMs = now() + 7_200_000;
    while (now() < dueMs - 60_000) {
      await clock.advance(60_000);
      while ((await pump({ delayedSender })) > 0);
      expect(sent).toHaveLength(1);
    }
    await clock.advance(120_000);
    await pump({ delayedSender });
    expect(sent).toHaveLength(2);
  });
});

describe('the figures of a destination', () => {
  const succeedingAfter = (wait: () => Promise<unknown>): Deliverable => ({
    ...taking,
    attempt: async () => {
      await wait();
      const response = { statusCode: 200, headers: [], body: Buffer.alloc(0), bodyTruncated: false };
      return { requestHeaders: [], response, verdict: ok };
    },
  });

  const figures = async (id = destinationId, sinceMs = services.clock.nowMs()) => {
    const { dynamodb } = services.clients;
    return new FiguresReader({ dynamodb, table: resourceNames.deliveries }).since(id, sinceMs);
  };

  /** Records the calls of DynamoDB from now on. */
  function callsOf(client: DynamoDBClient): string[] {
    const calls: string[] = [];
    client.middlewareStack.add(
      (next, { commandName = '' }) =>
        (args) => {
          calls.push(commandName);
          return next(args);
        },
      { step: 'initialize' },
    );
    return calls;
  }

  it('a batch adds its figures with one write for each destination', async () => {
    const other = newId('dst');
    for (let n = 0; n < 10; n++) await enqueue(newJob(n % 2 === 0 ? {} : { destinationId: other }));
    const calls = callsOf(services.clients.dynamodb);
    await pump();
    // The circuit of each is read when an instance meets the destination.
    const circuits = ['GetItemCommand', 'GetItemCommand'];
    const besideRows = calls.filter((command) => command !== 'BatchWriteItemCommand');
    expect(besideRows).toEqual(['BatchGetItemCommand', ...circuits, 'UpdateItemCommand', 'UpdateItemCommand']);
    expect((await figures()).lifetime).toMatchObject({ total: 5, failed: 0 });
    expect((await figures(other)).lifetime).toMatchObject({ total: 5, failed: 0 });
  });

  it('an attempt is counted when it has ended, not when its delivery has', async () => {
    verdicts = [failure, failure, ok];
    const startedAtMs = services.clock.nowMs();
    await enqueue(newJob());
    await pump();
    expect((await figures()).lifetime).toEqual({ total: 1, failed: 1, latencyMs: 0, lastFailureAtMs: startedAtMs });
    await passTime(7_400);
    const { lifetime } = await figures();
    expect(lifetime).toMatchObject({ total: 3, failed: 2, lastFailureAtMs: startedAtMs + 60_000 });
    expect(lifetime.lastSuccessAtMs).toBeGreaterThanOrEqual(startedAtMs + 7_260_000);
    // Its retries are in later slots, and are no deliveries of their own.
    const { slots } = await figures(destinationId, startedAtMs);
    expect(slots.map((slot) => slot.figures.begun)).toEqual([1, 0]);
  });

  it('the durations of attempts are counted', async () => {
    await enqueue(newJob());
    await pump({
      destination: async () => succeedingAfter(() => services.clock.advance(245)),
    });
    expect((await figures()).slots.map((slot) => slot.figures)).toEqual([
      figuresOf([{ isFirst: true, succeeded: true, durationMs: 245, endedAtMs: services.clock.nowMs() }]),
    ]);
  });

  it('nothing is counted if no attempt was made', async () => {
    const job = newJob();
    await enqueue(job);
    await pump();
    await enqueue(job);
    destinationDeleted = true;
    await enqueue(newJob());
    await pump();
    expect((await figures()).lifetime.total).toBe(1);
  });

  it('figures are added at once if nothing else is under way that could share the write', async () => {
    const { dynamodb } = services.clients;
    const patient = new FiguresLog({ dynamodb, table: resourceNames.deliveries, lingerMs: 3_600_000 });
    await enqueue(newJob());
    await enqueue(newJob({ destinationId: newId('dst') }));
    await pump({ figures: patient });
    expect((await figures()).lifetime.total).toBe(1);
  });

  it('batches that are handled at the same time share a write of their figures', async () => {
    const { dynamodb } = services.clients;
    const patient = new FiguresLog({ dynamodb, table: resourceNames.deliveries, lingerMs: 3_600_000 });
    let begun = 0;
    const bothBegun = Promise.withResolvers<void>();
    const both = worker({
      figures: patient,
      destination: async () =>
        succeedingAfter(() => {
          if (++begun === 2) bothBegun.resolve();
          return bothBegun.promise;
        }),
    });
    const batch = () => [{ messageId: '1', body: encodeMessage({ job: newJob(), request }), receiveCount: 1 }];
    const calls = callsOf(dynamodb);
    await Promise.all([both.deliverBatch(batch()), both.deliverBatch(batch())]);
    expect(calls.filter((command) => command === 'UpdateItemCommand')).toHaveLength(1);
    expect((await figures()).lifetime.total).toBe(2);
  });

  it('figures do not wait for what hangs at another destination', async () => {
    const hanging = newId('dst');
    await enqueue(newJob());
    await enqueue(newJob({ destinationId: hanging }));
    const [answered, counted] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const pumped = pump({
      figures: { add: async (id) => void (id === destinationId && counted.resolve()), flush: () => {} },
      destination: async (id) => succeedingAfter(async () => id === hanging && (await answered.promise)),
    });
    await counted.promise;
    answered.resolve();
    expect(await pumped).toBe(2);
  });

  it('figures that cannot be added are logged with what is missing, and nothing is sent again', async () => {
    verdicts = [ok, failure];
    const logged = vi.spyOn(logger, 'error');
    const job = newJob();
    await enqueue(job);
    await enqueue(newJob());
    const error = new Error('throttled');
    await pump({ figures: { add: () => Promise.reject(error), flush: () => {} } });
    expect(logged.mock.calls).toEqual([
      ['attempts are missing in the figures', { destinationId, missing: 2, failed: 1, error }],
    ]);
    expect((await stored(job))?.delivery.status).toBe('succeeded');
    await services.clock.advance(541_000);
    expect(await pump()).toBe(1);
    expect(sent.map(({ job: { attempt } }) => attempt)).toEqual([1, 1, 2]);
  });
});

/** Options with which a worker breaks off at one step, once. */
function failingAt(step: 'retry sent' | 'attempt recorded'): Partial<DeliveryServices> {
  const crash = () => Promise.reject(new Error('crash'));
  if (step === 'retry sent')
    return { delayedSender: { postponeIfEarly: async () => false, sendAfter: crash } as unknown as DelayedSender };
  return { log: { recordAttempt: crash } as unknown as DeliveryLog };
}

describe('a delivery whose filter could not be evaluated', () => {
  const failure = 'the body is not JSON';

  it.each([
    ['at once', {}],
    ['past the line of its destination', { pace: { ...NO_PACE, ordering: 'fifo' as const } }],
    ['also while its destination is disabled', { enabled: false }],
  ])('a delivery whose filter failed is a dead letter %s, with its cause and for good', async (_, settings) => {
    const job = newJob();
    await enqueue(job, failure);
    await pump({ destination: async () => ({ ...taking, ...settings, attempt }) });
    await passTime(600);
    expect((await stored(job))?.delivery).toMatchObject({
      status: 'dead',
      reason: 'filter_failed',
      reasonMessage: failure,
      attemptCount: 0,
    });
    expect([deadLetterCount(), sent.length]).toEqual([1, 0]);
    expect(announced).toMatchObject([
      { type: 'delivery.dead_lettered', detail: { attempts: 0, reason: 'filter_failed' } },
    ]);
  });

  it('a delivery whose filter failed is cancelled if its destination is gone', async () => {
    destinationDeleted = true;
    const job = newJob();
    await enqueue(job, failure);
    await pump();
    expect((await stored(job))?.delivery).toMatchObject({ status: 'cancelled', reason: 'destination_deleted' });
    expect(deadLetterCount()).toBe(0);
  });

  it('the failure of a filter does not end what has been sent since', async () => {
    const job = newJob();
    await enqueue(job, failure);
    await pump();
    await enqueue({ ...job, startsReplay: true, replayedAtMs: services.clock.nowMs() });
    await pump();
    await enqueue(job, failure);
    await pump();
    expect((await stored(job))?.delivery).toMatchObject({ status: 'succeeded', attemptCount: 1 });
    expect((await stored(job))?.delivery.reasonMessage).toBeUndefined();
  });
});
