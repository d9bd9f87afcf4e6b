import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_CIRCUIT_BREAKER } from '../../core/circuit.ts';
import { type DeliveryJob, firstJob, replayJob } from '../../core/delivery.ts';
import { type Destination, isArchivedFor } from '../../core/destination.ts';
import { newEventId, newId } from '../../core/ids.ts';
import { NO_PACE } from '../../core/pace.ts';
import { resourceNames, startServices, type TestServices } from '../../test/support/services.ts';
import { encodeMessage } from '../shared/delivery-message.ts';
import type { OperationalEvent } from '../shared/operational-events.ts';
import { releaseFor } from '../shared/release-message.ts';
import { CircuitStore } from '../stores/deliveries/circuits.ts';
import { HeldDeliveries } from '../stores/deliveries/held-deliveries.ts';
import { DeliveryQueue } from '../stores/delivery-queue.ts';
import { DeliveryWorker, type DeliveryWorkerOptions } from './delivery-worker.ts';
import { POISON_RECEIVE_COUNT } from './job-runner.ts';
import { workerParts } from './worker-under-test.ts';

/** `HAWSER_HELD=100000` is the full run. */
const HELD = Number(process.env.HAWSER_HELD ?? 1_000);

const organizationId = newId('org');
const sourceId = newId('src');
const connectionId = newId('con');
const destinationId = newId('dst');
const head = { method: 'POST', path: '', query: '', headers: [], sourceIp: '192.0.2.1' };

interface Sent {
  readonly job: DeliveryJob;
  readonly atMs: number;
}

let services: TestServices;
let parts: ReturnType<typeof workerParts>;
let circuits: CircuitStore;
let destination: Pick<Destination, 'enabled' | 'archivedAt' | 'unarchivedAt' | 'circuitBreaker'> | undefined;
let receiverIsUp: boolean;
let isGone: boolean;
let maxRetries: number;
let sent: Sent[];
let announced: OperationalEvent[];
let one: DeliveryWorker;

const nowMs = () => services.clock.nowMs();
const announce = async (event: OperationalEvent) => void announced.push(event);
const circuit = () => circuits.get(destinationId);
const stored = (job: DeliveryJob) => parts.reader.getWithAttempts(job);
const statusOf = async (job: DeliveryJob) => (await stored(job))?.delivery.status;

beforeEach(async () => {
  services = await startServices();
  circuits = new CircuitStore({ dynamodb: services.clients.dynamodb, table: resourceNames.deliveries });
  destination = { enabled: true, archivedAt: null, unarchivedAt: null, circuitBreaker: DEFAULT_CIRCUIT_BREAKER };
  receiverIsUp = false;
  isGone = false;
  maxRetries = 10;
  sent = [];
  announced = [];
  parts = newParts();
  one = instance();
});
afterEach(() => services.close());

function newParts(): ReturnType<typeof workerParts> {
  return workerParts(services, announce, { destination: async () => destination });
}

/** Another function instance, which remembers what it has seen. */
function instance(over: Partial<DeliveryWorkerOptions> = {}): DeliveryWorker {
  return new DeliveryWorker({
    ...newParts(),
    announce,
    destination: async () =>
      destination && {
        ...destination,
        cancelReason: cancelReasonOf(destination),
        pace: NO_PACE,
        retryPolicy: { maxRetries, backoff: 'fixed', intervalsSeconds: [30], retryOn: null },
        attempt: async ({ job }) => {
          sent.push({ job, atMs: nowMs() });
          const response = {
            statusCode: receiverIsUp ? 200 : 503,
            headers: [],
            body: Buffer.alloc(0),
            bodyTruncated: false,
          };
          const failed = { kind: 'failed', permanent: false, retryAfterSeconds: 0, gone: isGone } as const;
          return { requestHeaders: [], response, verdict: receiverIsUp ? { kind: 'delivered' } : failed };
        },
      },
    ...over,
  });
}

const cancelReasonOf = (archive: Pick<Destination, 'archivedAt' | 'unarchivedAt'>) => (job: DeliveryJob) =>
  isArchivedFor(archive, job) ? ('destination_archived' as const) : undefined;

/** Events that ingest has stored and fan-out has sent, a millisecond apart. */
async function arrive(count: number): Promise<DeliveryJob[]> {
  const queue = new DeliveryQueue(services.clients.sqs, services.deliveryQueue.queueUrl);
  const startMs = nowMs();
  const jobs = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const id = await parts.events.put({ id: sourceId, organizationId }, head, Buffer.from('{}'), startMs + index);
      return firstJob({ id, organizationId, sourceId }, { connectionId, destinationId });
    }),
  );
  await Promise.all(jobs.map((job) => queue.send({ job })));
  return jobs;
}

async function receive() {
  const { simulators, deliveryQueue } = services;
  const messages = await simulators.sqs.receiveMessages(deliveryQueue.queueArn, { maxMessages: 10, waitTimeMs: 0 });
  return messages.map(({ messageId, body, receiptHandle, attributes }) => ({
    messageId,
    body,
    receiptHandle,
    receiveCount: Number(attributes.ApproximateReceiveCount),
  }));
}

/** Hands a batch to an instance. @returns how many messages there were */
async function pump(worker = one): Promise<number> {
  const messages = await receive();
  const failed = await worker.deliverBatch(messages);
  const done = messages.filter(({ messageId }) => !failed.includes(messageId));
  await services.simulators.sqs.deleteMessages(
    services.deliveryQueue.queueArn,
    done.map(({ receiptHandle }) => receiptHandle),
  );
  return messages.length;
}

async function pumpAll(worker = one): Promise<void> {
  while ((await pump(worker)) > 0);
}

async function passTime(seconds: number, { stepSeconds = 5, worker = one } = {}): Promise<void> {
  for (let passed = 0; passed < seconds; passed += stepSeconds) {
    await services.clock.advance(Math.min(stepSeconds, seconds - passed) * 1000);
    await pumpAll(worker);
  }
}

/** The circuit is open because of five deliveries, which are retried later. */
async function openCircuit(): Promise<DeliveryJob[]> {
  const jobs = await arrive(5);
  await pumpAll();
  expect(await circuit()).toMatchObject({ state: 'open', failures: 5 });
  return jobs;
}

/** Rows of deliveries that are written from now on. */
function writes(): { rows: number; updates: number } {
  const counted = { rows: 0, updates: 0 };
  services.clients.dynamodb.middlewareStack.add(
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

describe('a circuit breaker', () => {
  it('opens at the fifth failure in a row, and says so once', async () => {
    await arrive(4);
    await pumpAll();
    expect(await circuit()).toMatchObject({ state: 'closed', failures: 4 });
    await arrive(1);
    await pumpAll();
    expect(await circuit()).toMatchObject({ state: 'open', failures: 5, openedAtMs: nowMs() });
    expect(announced).toEqual([
      {
        type: 'circuit.opened',
        detail: {
          organization_id: organizationId,
          destination_id: destinationId,
          failures: 5,
          opened_at: new Date(nowMs()).toISOString(),
          next_probe_at: new Date(nowMs() + 60_000).toISOString(),
        },
      },
    ]);
  });

  it('that is open holds what comes, at one write each, and nothing is sent', async () => {
    await openCircuit();
    const counted = writes();
    const held = await arrive(30);
    const before = sent.length;
    await pumpAll();
    expect(sent).toHaveLength(before);
    expect(counted).toEqual({ rows: 30, updates: 0 });
    for (const job of held) expect(await statusOf(job)).toBe('held');
    expect((await stored(held[0] as DeliveryJob))?.delivery).toMatchObject({ attemptCount: 0, heldAtMs: nowMs() });
  });

  it('costs a destination that is well no write', async () => {
    receiverIsUp = true;
    await arrive(20);
    const counted = writes();
    await pumpAll();
    // Each batch of ten is counted in the figures.
    expect(counted).toEqual({ rows: 20, updates: 2 });
  });

  it('counts from the start again after a success, for which it writes once', async () => {
    await arrive(3);
    await pumpAll();
    receiverIsUp = true;
    await arrive(1);
    await pumpAll();
    expect(await circuit()).toMatchObject({ state: 'closed', failures: 0 });
    const counted = writes();
    await arrive(1);
    await pumpAll();
    expect(counted).toEqual({ rows: 1, updates: 1 });
  });

  it('probes with one delivery after 60 s, 120 s and so on, up to an hour', async () => {
    await openCircuit();
    await arrive(30);
    const startMs = nowMs();
    await passTime(7 * 3600, { stepSeconds: 30 });
    const probes = sent.slice(5).map(({ atMs }) => (atMs - startMs) / 1000);
    const gaps = probes.map((second, index) => second - (probes[index - 1] ?? 0));
    for (const [index, gap] of gaps.entries()) {
      const cooldown = Math.min(60 * 2 ** index, 3600);
      expect(gap).toBeGreaterThanOrEqual(cooldown);
      // The steps of this test, and a minute of the scheduler's.
      expect(gap).toBeLessThan(cooldown + 95);
    }
    expect(gaps.length).toBeGreaterThanOrEqual(10);
    expect(announced.filter(({ type }) => type.startsWith('circuit.'))).toHaveLength(1);
  });

  it('closes when a probe succeeds, says so, and all that was held is sent, the oldest first', async () => {
    const first = await openCircuit();
    const held = await arrive(25);
    await pumpAll();
    receiverIsUp = true;
    await passTime(59);
    expect(sent).toHaveLength(5);
    await passTime(10);
    expect(await circuit()).toMatchObject({ state: 'closed', failures: 0 });
    const all = [...first, ...held];
    const order = sent.slice(5).map(({ job }) => job.eventId);
    expect(order).toHaveLength(30);
    expect(order[0]).toBe(order.toSorted()[0]);
    expect(new Set(order)).toEqual(new Set(all.map(({ eventId }) => eventId)));
    for (const job of all) expect(await statusOf(job)).toBe('succeeded');
    expect(announced.map(({ type }) => type)).toEqual(['circuit.opened', 'circuit.closed']);
  });

  it('does not take attempts or retries from what it holds', async () => {
    await openCircuit();
    const [job] = await arrive(1);
    await pumpAll();
    receiverIsUp = true;
    await passTime(70);
    expect((await stored(job as DeliveryJob))?.delivery).toMatchObject({ status: 'succeeded', attemptCount: 1 });
    expect(sent.find(({ job: { eventId } }) => eventId === job?.eventId)?.job).toMatchObject({
      attempt: 1,
      roundStart: 1,
    });
  });

  it('lets a delivery die as a probe when it was its last attempt', async () => {
    maxRetries = 1;
    const [job] = await openCircuit();
    await passTime(70);
    expect(await statusOf(job as DeliveryJob)).toBe('dead');
    expect(await circuit()).toMatchObject({ state: 'open', cooldownSeconds: 120 });
  });

  it('takes the next delivery as the probe where none was held', async () => {
    maxRetries = 0;
    await openCircuit();
    await passTime(400);
    expect(await circuit()).toMatchObject({ state: 'open', epoch: 1 });
    receiverIsUp = true;
    const [job] = await arrive(1);
    await pumpAll();
    expect(await statusOf(job as DeliveryJob)).toBe('succeeded');
    expect(await circuit()).toMatchObject({ state: 'closed' });
  });

  it('has one of a batch probe, for which one asks', async () => {
    maxRetries = 0;
    await openCircuit();
    await passTime(60);
    await arrive(10);
    const counted = writes();
    await pump();
    expect(sent).toHaveLength(6);
    // The nine that are held and the one that is dead; the circuit half-open and open again, and the figures.
    expect(counted).toEqual({ rows: 10, updates: 3 });
  });

  it('that is switched off never opens', async () => {
    destination = {
      ...destination,
      enabled: true,
      archivedAt: null,
      unarchivedAt: null,
      circuitBreaker: { ...DEFAULT_CIRCUIT_BREAKER, enabled: false },
    };
    await arrive(12);
    await pumpAll();
    expect(sent).toHaveLength(12);
    expect(await circuit()).toMatchObject({ state: 'closed', epoch: 0 });
  });
});

describe('several instances', () => {
  it('open a circuit once, say so once, and send one probe', async () => {
    const workers = [one, instance(), instance()];
    await arrive(30);
    await Promise.all(workers.map((worker) => pump(worker)));
    await Promise.all(workers.map((worker) => pump(worker)));
    expect(announced.filter(({ type }) => type === 'circuit.opened')).toHaveLength(1);
    expect(await circuit()).toMatchObject({ state: 'open', epoch: 1 });
    await arrive(30);
    const before = sent.length;
    for (let second = 0; second < 70; second += 5) {
      await services.clock.advance(5_000);
      for (let round = 0; round < 3; round++) await Promise.all(workers.map((worker) => pump(worker)));
    }
    expect(sent.length - before).toBe(1);
    expect(await circuit()).toMatchObject({ state: 'open', cooldownSeconds: 120, epoch: 3 });
  });

  it('of which one still takes the circuit for open: what it holds after the end is sent soon', async () => {
    await openCircuit();
    const late = instance();
    await arrive(1);
    await pumpAll(late);
    await services.clock.advance(4_000);
    await circuits.change(
      destinationId,
      await circuit(),
      (open) => ({ state: 'closed', epoch: open.epoch + 1, failures: 0 }),
      sendRelease,
      nowMs(),
    );
    receiverIsUp = true;
    const jobs = await arrive(3);
    // Its view is of the time before; the release of the end begins when it has forgotten, and looks again later.
    await pumpAll(late);
    for (const job of jobs) expect(await statusOf(job)).toBe('held');
    await passTime(10);
    for (const job of jobs) expect(await statusOf(job)).toBe('succeeded');
  });

  it('of which one holds a delivery much later than all others know: it is sent after all', async () => {
    await openCircuit();
    receiverIsUp = true;
    await passTime(80);
    const [job] = await arrive(1);
    await receive();
    await parts.log.hold(job as DeliveryJob, undefined, nowMs());
    await passTime(140);
    expect(await statusOf(job as DeliveryJob)).toBe('succeeded');
  });
});

describe('a copy of a message that another instance handles at the same time', () => {
  it('does not hold what that one has delivered', async () => {
    receiverIsUp = true;
    const [job] = (await arrive(1)) as [DeliveryJob];
    const [begun, disabled] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const other = instance({
      destination: async () => {
        begun.resolve();
        await disabled.promise;
        return destination && { ...destination, enabled: false, cancelReason: () => undefined, ...never };
      },
    });
    const copy = other.deliverBatch([{ messageId: 'copy', body: encodeMessage({ job }), receiveCount: 1 }]);
    await begun.promise;
    await pumpAll();
    expect(await statusOf(job)).toBe('succeeded');
    disabled.resolve();
    expect(await copy).toEqual([]);
    expect((await stored(job))?.delivery).toMatchObject({ status: 'succeeded', attemptCount: 1 });
  });
});

/** What a destination that takes nothing is not asked for. */
const never = {
  pace: NO_PACE,
  retryPolicy: { maxRetries: 0, backoff: 'fixed', intervalsSeconds: [30], retryOn: null },
  attempt: () => Promise.reject(new Error('an attempt was made')),
} as const;

const sendRelease = (next: Parameters<typeof releaseFor>[1]) =>
  new DeliveryQueue(services.clients.sqs, services.deliveryQueue.queueUrl).send(
    ...releaseFor(destinationId, next, nowMs()),
  );

describe('when Hawser itself fails', () => {
  /** An instance whose circuits can be read, and not written once the message of a new state was sent. */
  function crashingBefore(state: string): DeliveryWorker {
    const { breakers } = workerParts(
      { ...services, clients: { ...services.clients, dynamodb: crashing(state) } },
      announce,
    );
    return instance({ breakers });
  }

  function crashing(state: string): TestServices['clients']['dynamodb'] {
    const { dynamodb } = services.clients;
    const send = (command: { input: { ExpressionAttributeValues?: Record<string, { S?: string }> } }) =>
      command.input.ExpressionAttributeValues?.[':state']?.S === state
        ? Promise.reject(new Error('crash'))
        : dynamodb.send(command as unknown as Parameters<typeof dynamodb.send>[0]);
    return { send } as unknown as TestServices['clients']['dynamodb'];
  }

  it.each(['open', 'half_open', 'closed'])(
    'before a circuit is written as %s, nothing is lost, and nothing stays held',
    async (state) => {
      const crash = crashingBefore(state);
      const first = await arrive(5);
      await pumpAll(state === 'open' ? crash : one);
      const held = await arrive(12);
      await pumpAll();
      receiverIsUp = true;
      await passTime(64, { worker: state === 'open' ? one : crash });
      await passTime(1_300, { stepSeconds: 10 });
      for (const job of [...first, ...held]) expect(await statusOf(job)).toBe('succeeded');
      expect(await circuit()).toMatchObject({ state: 'closed' });
    },
  );

  it('in the middle of a probe, another one follows when its lease is over', async () => {
    await openCircuit();
    const held = await arrive(3);
    await pumpAll();
    receiverIsUp = true;
    const dying = instance({
      log: { recordAttempt: () => Promise.reject(new Error('crash')) } as unknown as typeof parts.log,
    });
    await passTime(60, { worker: dying });
    expect(await circuit()).toMatchObject({ state: 'half_open' });
    expect(sent).toHaveLength(6);
    await passTime(115);
    expect(sent).toHaveLength(6);
    await passTime(15);
    expect(await circuit()).toMatchObject({ state: 'closed' });
    await passTime(600, { stepSeconds: 10 });
    for (const job of held) expect(await statusOf(job)).toBe('succeeded');
    // Only the one whose attempt was not recorded is sent twice.
    expect(new Set(sent.map(({ job }) => job.eventId)).size).toBe(8);
    expect(sent.filter(({ job }) => held.some(({ eventId }) => eventId === job.eventId)).length).toBeLessThanOrEqual(4);
  });

  it('in the middle of a release, the rest is released when its message comes back, and nothing twice', async () => {
    await openCircuit();
    const held = await arrive(150);
    await pumpAll();
    receiverIsUp = true;
    await passTime(60);
    const { retries } = parts;
    const breaksOff = instance({
      releases: workerParts(services, announce, {
        destination: async () => destination,
        // The page is sent; the message of the next one is not.
        retries: Object.assign(Object.create(retries), { send: () => Promise.reject(new Error('crash')) }),
      }).releases,
    });
    await passTime(10, { worker: breaksOff });
    const statuses = await Promise.all(held.map(statusOf));
    expect(statuses.filter((status) => status === 'held').length).toBeGreaterThan(40);
    await passTime(560, { stepSeconds: 10 });
    for (const job of held) expect(await statusOf(job)).toBe('succeeded');
    const ids = sent.filter(({ atMs }) => atMs > 0).map(({ job: { eventId, attempt } }) => `${eventId}-${attempt}`);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('again and again on a release, a new message takes its place before the redrive policy takes it away', async () => {
    const broken = instance({ releases: { release: () => Promise.reject(new Error('unreachable')) } });
    const body = encodeMessage({ destinationId, atMs: nowMs(), epoch: 7 });
    const batch = (receiveCount: number) => [{ messageId: '1', body, receiveCount }];
    expect(await broken.deliverBatch(batch(POISON_RECEIVE_COUNT - 1))).toEqual(['1']);
    expect(await broken.deliverBatch(batch(POISON_RECEIVE_COUNT))).toEqual([]);
    await services.clock.advance(900_000);
    expect(await receive()).toMatchObject([{ body, receiveCount: 1 }]);
  });
});

describe('a disabled destination', () => {
  const enable = async () => {
    destination = { enabled: true, archivedAt: null, unarchivedAt: null, circuitBreaker: DEFAULT_CIRCUIT_BREAKER };
    await askForRelease();
  };
  const askForRelease = () =>
    new DeliveryQueue(services.clients.sqs, services.deliveryQueue.queueUrl).send({ destinationId, atMs: nowMs() });
  const disable = () => {
    if (destination) destination = { ...destination, enabled: false };
  };

  it('holds what comes and what is retried; enabled, it takes all of it', async () => {
    const [retried] = await arrive(1);
    await pumpAll();
    disable();
    const held = await arrive(3);
    await passTime(60);
    for (const job of [retried as DeliveryJob, ...held]) expect(await statusOf(job)).toBe('held');
    expect(sent).toHaveLength(1);
    receiverIsUp = true;
    await passTime(3_600, { stepSeconds: 60 });
    expect(sent).toHaveLength(1);
    await enable();
    await pumpAll();
    expect((await stored(retried as DeliveryJob))?.delivery).toMatchObject({ status: 'succeeded', attemptCount: 2 });
    for (const job of held) expect(await statusOf(job)).toBe('succeeded');
  });

  it('is one that has answered 410, which is announced once; its deliveries are held', async () => {
    isGone = true;
    const disables = {
      disable: async () => {
        const wasEnabled = destination?.enabled === true;
        disable();
        return wasEnabled;
      },
    };
    const worker = instance(disables);
    const jobs = await arrive(2);
    await pumpAll(worker);
    expect(announced).toEqual([
      {
        type: 'destination.disabled',
        detail: {
          organization_id: organizationId,
          destination_id: destinationId,
          delivery_id: expect.toBeOneOf(jobs.map(({ deliveryId }) => deliveryId)),
          reason: 'answered_410',
        },
      },
    ]);
    jobs.push(...(await arrive(1)));
    await passTime(60, { worker });
    for (const job of jobs) expect(await statusOf(job)).toBe('held');
    expect(sent).toHaveLength(2);
  });

  it('whose circuit was open probes when it is enabled', async () => {
    await openCircuit();
    const held = await arrive(3);
    await pumpAll();
    disable();
    await passTime(1_000, { stepSeconds: 20 });
    expect(sent).toHaveLength(5);
    receiverIsUp = true;
    await enable();
    await passTime(20);
    expect(await circuit()).toMatchObject({ state: 'closed' });
    for (const job of held) expect(await statusOf(job)).toBe('succeeded');
  });

  it.each(['deleted', 'archived'] as const)('that is %s: what it holds is cancelled', async (end) => {
    disable();
    const held = await arrive(120);
    await pumpAll();
    destination =
      end === 'deleted'
        ? undefined
        : {
            enabled: false,
            archivedAt: new Date(nowMs()).toISOString(),
            unarchivedAt: null,
            circuitBreaker: DEFAULT_CIRCUIT_BREAKER,
          };
    await askForRelease();
    await passTime(10, { stepSeconds: 1 });
    for (const job of held) {
      expect((await stored(job))?.delivery).toMatchObject({ status: 'cancelled', reason: `destination_${end}` });
    }
    expect(sent).toHaveLength(0);
  });
});

describe('a held delivery', () => {
  const release = async () => {
    receiverIsUp = true;
    await passTime(80);
  };

  it('that was cancelled is not sent', async () => {
    await openCircuit();
    const [job] = await arrive(1);
    await pumpAll();
    await parts.log.recordState(job as DeliveryJob, { status: 'cancelled', reason: 'by_request' }, nowMs());
    await release();
    expect(await statusOf(job as DeliveryJob)).toBe('cancelled');
    expect(sent.filter(({ job: { eventId } }) => eventId === job?.eventId)).toEqual([]);
  });

  it('stays held when its replay is recorded only afterwards', async () => {
    receiverIsUp = true;
    const [job] = await arrive(1);
    await pumpAll();
    receiverIsUp = false;
    await openCircuit();
    const { delivery } = (await stored(job as DeliveryJob)) ?? {};
    if (!delivery) throw new Error('no row');
    const replay = replayJob(delivery, nowMs());
    await one.deliverBatch([{ messageId: '1', body: encodeMessage({ job: replay }), receiveCount: 1 }]);
    await parts.log.recordState(replay, { status: 'pending' }, nowMs());
    expect(await statusOf(replay)).toBe('held');
    await release();
    expect(sent.filter(({ job: { eventId } }) => eventId === job?.eventId).at(-1)?.job).toMatchObject({
      attempt: 2,
      roundStart: 2,
      replayedAtMs: replay.replayedAtMs,
    });
    expect(await statusOf(replay)).toBe('succeeded');
  });

  it('whose event has expired meanwhile is dead, and says so', async () => {
    await openCircuit();
    const event = { id: newEventId(sourceId, nowMs()), organizationId, sourceId };
    const expired = firstJob(event, { connectionId, destinationId });
    await one.deliverBatch([{ messageId: '1', body: encodeMessage({ job: expired }), receiveCount: 1 }]);
    expect(await statusOf(expired)).toBe('held');
    await release();
    expect((await stored(expired))?.delivery).toMatchObject({ status: 'dead', reason: 'event_expired' });
  });
});

it(
  `${HELD} deliveries that one dead receiver makes wait cost one write each, and all arrive once it is back`,
  async () => {
    await openCircuit();
    const counted = writes();
    const jobs: DeliveryJob[] = [];
    while (jobs.length < HELD) {
      jobs.push(...(await arrive(Math.min(500, HELD - jobs.length))));
      await pumpAll();
    }
    expect(counted).toEqual({ rows: HELD, updates: 0 });
    expect(sent).toHaveLength(5);
    receiverIsUp = true;
    await passTime(60);
    const beforeMs = nowMs();
    await passTime(10 + HELD / 100, { stepSeconds: 1 });
    expect(new Set(sent.map(({ job }) => job.eventId)).size).toBe(HELD + 5);
    expect(sent).toHaveLength(5 + 5 + HELD);
    const inEachSecond = Map.groupBy(
      sent.filter(({ atMs }) => atMs > beforeMs),
      ({ atMs }) => Math.floor(atMs / 1000),
    );
    for (const released of inEachSecond.values()) expect(released.length).toBeLessThanOrEqual(100);
    const held = new HeldDeliveries(
      { dynamodb: services.clients.dynamodb, table: resourceNames.deliveries },
      parts.reader,
    );
    expect(await held.page(destinationId, 10)).toEqual({ held: [] });
  },
  60_000 + HELD * 20,
);
