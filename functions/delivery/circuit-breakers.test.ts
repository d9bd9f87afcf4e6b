import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_CIRCUIT_BREAKER } from '../../core/circuit/circuit.ts';
import type { DeliveryJob } from '../../core/deliveries/delivery.ts';
import { timeMsOf } from '../../core/ids.ts';
import { NO_PACE } from '../../core/pace/pace.ts';
import { loseResponse } from '../../test/support/lost-responses.ts';
import type { TestServices } from '../../test/support/services.ts';
import { encodeMessage } from '../messages/delivery.ts';
import { releaseFor } from '../messages/release.ts';
import { POISON_RECEIVE_COUNT } from '../shared/poison.ts';
import { CircuitUnderTest } from './circuit.fixture.ts';
import type { DeliveryWorker } from './delivery-worker.ts';
import { plainDestination, workerParts } from './worker.fixture.ts';

let lab: CircuitUnderTest;
beforeEach(async () => {
  lab = await CircuitUnderTest.start();
});
afterEach(() => lab.close());

describe('a circuit breaker', () => {
  it('a circuit opens at the fifth failure in a row, and is announced once', async () => {
    await lab.arrive(4);
    await lab.pumpAll();
    expect(await lab.circuit()).toMatchObject({ state: 'closed', failures: 4 });
    await lab.arrive(1);
    await lab.pumpAll();
    expect(await lab.circuit()).toMatchObject({ state: 'open', failures: 5, openedAtMs: lab.nowMs });
    expect(lab.announced).toEqual([
      {
        type: 'circuit.opened',
        detail: {
          organization_id: lab.organizationId,
          destination_id: lab.destinationId,
          failures: 5,
          opened_at: new Date(lab.nowMs).toISOString(),
          next_probe_at: new Date(lab.nowMs + 60_000).toISOString(),
        },
      },
    ]);
  });

  it('an open circuit holds what comes, at one write each, and sends nothing', async () => {
    await lab.openCircuit();
    const counted = lab.writes();
    const held = await lab.arrive(30);
    const before = lab.sent.length;
    await lab.pumpAll();
    expect(lab.sent).toHaveLength(before);
    expect(counted).toEqual({ rows: 30, updates: 0 });
    for (const job of held) expect(await lab.statusOf(job)).toBe('held');
    expect((await lab.stored(held[0] as DeliveryJob))?.delivery).toMatchObject({
      attemptCount: 0,
      heldAtMs: lab.nowMs,
    });
  });

  it('a healthy destination costs no write', async () => {
    lab.receiverIsUp = true;
    await lab.arrive(20);
    const counted = lab.writes();
    await lab.pumpAll();
    // Each batch of ten is counted in the figures.
    expect(counted).toEqual({ rows: 20, updates: 2 });
  });

  it('a success restarts the count of failures, with one write', async () => {
    await lab.arrive(3);
    await lab.pumpAll();
    lab.receiverIsUp = true;
    await lab.arrive(1);
    await lab.pumpAll();
    expect(await lab.circuit()).toMatchObject({ state: 'closed', failures: 0 });
    const counted = lab.writes();
    await lab.arrive(1);
    await lab.pumpAll();
    expect(counted).toEqual({ rows: 1, updates: 1 });
  });

  it('an open circuit probes with one delivery after 60 s, 120 s and so on, up to an hour', async () => {
    await lab.openCircuit();
    await lab.arrive(30);
    const startMs = lab.nowMs;
    await lab.passTime(7 * 3600, { stepSeconds: 30 });
    const probes = lab.sent.slice(5).map(({ atMs }) => (atMs - startMs) / 1000);
    const gaps = probes.map((second, index) => second - (probes[index - 1] ?? 0));
    for (const [index, gap] of gaps.entries()) {
      const cooldown = Math.min(60 * 2 ** index, 3600);
      expect(gap).toBeGreaterThanOrEqual(cooldown);
      // Tolerance: the steps of this test, and a minute for the scheduler.
      expect(gap).toBeLessThan(cooldown + 95);
    }
    expect(gaps.length).toBeGreaterThanOrEqual(10);
    expect(lab.announced.filter(({ type }) => type.startsWith('circuit.'))).toHaveLength(1);
  });

  it('a probe that succeeds closes the circuit, is announced, and releases what was held, the oldest first', async () => {
    const first = await lab.openCircuit();
    const held = await lab.arrive(25);
    await lab.pumpAll();
    lab.receiverIsUp = true;
    await lab.passTime(59);
    expect(lab.sent).toHaveLength(5);
    await lab.passTime(10);
    expect(await lab.circuit()).toMatchObject({ state: 'closed', failures: 0 });
    const all = [...first, ...held];
    const order = lab.sent.slice(5).map(({ job }) => job.eventId);
    expect(order).toHaveLength(30);
    // The probe is the oldest of those that have not failed yet.
    expect(order[0]).toBe(held[0]?.eventId);
    expect(order[1]).toBe(order.slice(1).toSorted()[0]);
    expect(new Set(order)).toEqual(new Set(all.map(({ eventId }) => eventId)));
    for (const job of all) expect(await lab.statusOf(job)).toBe('succeeded');
    expect(lab.announced.map(({ type }) => type)).toEqual(['circuit.opened', 'circuit.closed']);
  });

  it('an open circuit does not take attempts or retries from what it holds', async () => {
    await lab.openCircuit();
    const [job] = await lab.arrive(1);
    await lab.pumpAll();
    lab.receiverIsUp = true;
    await lab.passTime(70);
    expect((await lab.stored(job as DeliveryJob))?.delivery).toMatchObject({ status: 'succeeded', attemptCount: 1 });
    expect(lab.sent.find(({ job: { eventId } }) => eventId === job?.eventId)?.job).toMatchObject({
      attempt: 1,
      roundStart: 1,
    });
  });

  it('a delivery is dead when its last attempt fails as a probe', async () => {
    lab.maxRetries = 1;
    const [job] = await lab.openCircuit();
    await lab.passTime(70);
    expect(await lab.statusOf(job as DeliveryJob)).toBe('dead');
    expect(await lab.circuit()).toMatchObject({ state: 'open', cooldownSeconds: 120 });
  });

  it('the next delivery is the probe if none was held', async () => {
    lab.maxRetries = 0;
    await lab.openCircuit();
    await lab.passTime(400);
    expect(await lab.circuit()).toMatchObject({ state: 'open', epoch: 1 });
    lab.receiverIsUp = true;
    const [job] = await lab.arrive(1);
    await lab.pumpAll();
    expect(await lab.statusOf(job as DeliveryJob)).toBe('succeeded');
    expect(await lab.circuit()).toMatchObject({ state: 'closed' });
  });

  it('only one delivery of a batch probes, and only one asks to', async () => {
    lab.maxRetries = 0;
    await lab.openCircuit();
    await lab.passTime(60);
    await lab.arrive(10);
    const counted = lab.writes();
    await lab.pump();
    expect(lab.sent).toHaveLength(6);
    // The nine that are held, the one that is dead, the circuit half-open and open again, and the figures.
    expect(counted).toEqual({ rows: 10, updates: 3 });
  });

  it('a breaker that is switched off never opens', async () => {
    lab.destination = {
      ...lab.destination,
      enabled: true,
      archivedAt: null,
      unarchivedAt: null,
      circuitBreaker: { ...DEFAULT_CIRCUIT_BREAKER, enabled: false },
    };
    await lab.arrive(12);
    await lab.pumpAll();
    expect(lab.sent).toHaveLength(12);
    expect(await lab.circuit()).toMatchObject({ state: 'closed', epoch: 0 });
  });
});

describe('a receiver that refuses one event and is well', () => {
  const circuitBreaker = { enabled: true, failureThreshold: 3, cooldownSeconds: 3 };
  const taking = { enabled: true, archivedAt: null, unarchivedAt: null, circuitBreaker };
  /** Events 3 s apart. @returns those that have not been delivered 12 s after they came */
  async function late(count: number): Promise<DeliveryJob[]> {
    const arrived: DeliveryJob[] = [];
    for (let n = 0; n < count; n++) {
      arrived.push(...(await lab.arrive(1)));
      await lab.passTime(3, { stepSeconds: 1 });
    }
    await lab.passTime(12, { stepSeconds: 1 });
    const isLate = ({ eventId }: DeliveryJob) =>
      !lab.sent.some(({ job, atMs }) => job.eventId === eventId && atMs <= timeMsOf(eventId) + 12_000);
    return arrived.filter(isLate);
  }
  beforeEach(async () => {
    lab.destination = taking;
    lab.receiverIsUp = true;
    lab.maxRetries = 7;
    lab.retrySeconds = 1;
    const [poison] = await lab.arrive(1);
    if (poison) lab.poison.add(poison.eventId);
    await lab.pumpAll();
    await lab.passTime(2, { stepSeconds: 1 });
    expect(await lab.circuit()).toMatchObject({ state: 'open', failures: 3 });
  });

  it('the other events arrive within seconds, because the refused one is not the probe', async () => {
    expect(await late(12)).toEqual([]);
    expect(lab.announced.map(({ type }) => type)).toContain('circuit.closed');
  });

  it('the refused event is the probe if nothing else is held, until it is dead', async () => {
    await lab.passTime(400);
    expect(lab.sent).toHaveLength(8);
    expect(lab.announced.map(({ type }) => type)).toEqual(['circuit.opened', 'delivery.dead_lettered']);
    expect(await late(2)).toEqual([]);
  });
});

it('a receiver that refuses a dozen events gets one behind them within minutes', async () => {
  lab.receiverIsUp = true;
  for (const { eventId } of await lab.arrive(12)) lab.poison.add(eventId);
  await lab.pumpAll();
  await lab.passTime(2);
  expect(await lab.circuit()).toMatchObject({ state: 'open' });
  const [good] = await lab.arrive(1);
  // Probes come after 60, 180 and 420 s. The first two are made with those of the dozen that were held before their first
  // attempt, the third with the good one.
  await lab.passTime(450);
  expect(good && (await lab.statusOf(good))).toBe('succeeded');
});

it('a receiver that is down is probed with each delivery that has not failed yet, and then with each in turn', async () => {
  await lab.openCircuit();
  const held = await lab.arrive(4);
  await lab.pumpAll();
  await lab.passTime(30_000, { stepSeconds: 20 });
  const probes = lab.sent.slice(5).map(({ job }) => job.eventId);
  expect(probes.slice(0, 4)).toEqual(held.map(({ eventId }) => eventId));
  expect(new Set(probes.slice(4, 13)).size).toBe(9);
});

describe('several instances', () => {
  it('several instances open a circuit once, announce it once, and send one probe', async () => {
    const workers = [lab.one, lab.instance(), lab.instance()];
    await lab.arrive(30);
    await Promise.all(workers.map((worker) => lab.pump(worker)));
    await Promise.all(workers.map((worker) => lab.pump(worker)));
    expect(lab.announced.filter(({ type }) => type === 'circuit.opened')).toHaveLength(1);
    expect(await lab.circuit()).toMatchObject({ state: 'open', epoch: 1 });
    await lab.arrive(30);
    const before = lab.sent.length;
    for (let second = 0; second < 70; second += 5) {
      await lab.services.clock.advance(5_000);
      for (let round = 0; round < 3; round++) await Promise.all(workers.map((worker) => lab.pump(worker)));
    }
    expect(lab.sent.length - before).toBe(1);
    expect(await lab.circuit()).toMatchObject({ state: 'open', cooldownSeconds: 120, epoch: 3 });
  });

  it('what an instance holds because it still takes the circuit for open is sent soon', async () => {
    await lab.openCircuit();
    const late = lab.instance();
    await lab.arrive(1);
    await lab.pumpAll(late);
    await lab.services.clock.advance(4_000);
    await lab.circuits.change(lab.destinationId, {
      known: await lab.circuit(),
      change: (open) => ({ state: 'closed', epoch: open.epoch + 1, failures: 0 }),
      beforeCommit: sendRelease,
      nowMs: lab.nowMs,
    });
    lab.receiverIsUp = true;
    const jobs = await lab.arrive(3);
    // Its view is outdated. The last release begins after it has forgotten that view, and looks again later.
    await lab.pumpAll(late);
    for (const job of jobs) expect(await lab.statusOf(job)).toBe('held');
    await lab.passTime(10);
    for (const job of jobs) expect(await lab.statusOf(job)).toBe('succeeded');
  });

  it('a circuit that is opened by an instance that still takes the breaker for switched on is closed within minutes', async () => {
    const taking = { enabled: true, archivedAt: null, unarchivedAt: null };
    const on = { ...taking, circuitBreaker: { enabled: true, failureThreshold: 5, cooldownSeconds: 3_600 } };
    const off = { ...on, circuitBreaker: { ...on.circuitBreaker, enabled: false } };
    lab.destination = off;
    await lab.queue.send({ destinationId: lab.destinationId, atMs: lab.nowMs }, 5);
    await lab.passTime(20);
    lab.destination = on;
    await lab.openCircuit();
    lab.destination = off;
    await lab.passTime(130);
    expect(await lab.circuit()).toMatchObject({ state: 'closed', failures: 0 });
  });

  it('a delivery that an instance holds long after the circuit has closed is sent after all', async () => {
    await lab.openCircuit();
    lab.receiverIsUp = true;
    await lab.passTime(80);
    const [job] = await lab.arrive(1);
    await lab.receive();
    await lab.parts.log.hold(job as DeliveryJob, undefined, lab.nowMs);
    await lab.passTime(140);
    expect(await lab.statusOf(job as DeliveryJob)).toBe('succeeded');
  });
});

describe('a copy of a message that another instance handles at the same time', () => {
  it('a copy does not hold what the other instance has delivered', async () => {
    lab.receiverIsUp = true;
    const [job] = (await lab.arrive(1)) as [DeliveryJob];
    const [begun, disabled] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const other = lab.instance({
      destination: async () => {
        begun.resolve();
        await disabled.promise;
        return lab.destination && { ...lab.destination, enabled: false, ...never };
      },
    });
    const copy = other.deliverBatch([{ messageId: 'copy', body: encodeMessage({ job }), receiveCount: 1 }]);
    await begun.promise;
    await lab.pumpAll();
    expect(await lab.statusOf(job)).toBe('succeeded');
    disabled.resolve();
    expect(await copy).toEqual([]);
    expect((await lab.stored(job))?.delivery).toMatchObject({ status: 'succeeded', attemptCount: 1 });
  });
});

/** Parts that are never asked of a destination that takes nothing. */
const never = {
  ...plainDestination,
  pace: NO_PACE,
  retryPolicy: { maxRetries: 0, backoff: 'fixed', intervalsSeconds: [30], retryOn: null },
  attempt: () => Promise.reject(new Error('an attempt was made')),
} as const;

describe('a change of the circuit whose answer is lost, so that the SDK sends it once more', () => {
  const losesResponse = (said: RegExp) => loseResponse(lab.services.clients.dynamodb, said);

  it('a failure is counted once', async () => {
    const lost = losesResponse(/"failing_since"/);
    await lab.arrive(3);
    await lab.pumpAll();
    expect(lost()).toBe(1);
    expect(await lab.circuit()).toMatchObject({ state: 'closed', failures: 3 });
  });

  it('opening and closing are announced', async () => {
    const opening = losesResponse(/"S":"open"/);
    await lab.openCircuit();
    expect(opening()).toBe(1);
    await lab.arrive(1);
    await lab.pumpAll();
    lab.receiverIsUp = true;
    const closing = losesResponse(/"S":"closed"/);
    await lab.passTime(70);
    expect(closing()).toBe(1);
    expect(await lab.circuit()).toMatchObject({ state: 'closed', failures: 0 });
    expect(lab.announced.map(({ type }) => type)).toEqual(['circuit.opened', 'circuit.closed']);
  });

  it('the probe that it begins is made at once', async () => {
    await lab.openCircuit();
    await lab.arrive(1);
    await lab.pumpAll();
    const lost = losesResponse(/"S":"half_open"/);
    await lab.passTime(70);
    expect(lost()).toBe(1);
    expect(lab.sent).toHaveLength(6);
  });
});

const sendRelease = (next: Parameters<typeof releaseFor>[1]) =>
  lab.queue.send(...releaseFor(lab.destinationId, next, lab.nowMs));

describe('when Hawser itself fails', () => {
  /** An instance that can read circuits, but not write one after it has sent the message of a new state. */
  function crashingBefore(state: string): DeliveryWorker {
    const { breakers } = workerParts(
      { ...lab.services, clients: { ...lab.services.clients, dynamodb: crashing(state) } },
      lab.announce,
    );
    return lab.instance({ breakers });
  }

  function crashing(state: string): TestServices['clients']['dynamodb'] {
    const { dynamodb } = lab.services.clients;
    const send = (command: { input: { ExpressionAttributeValues?: Record<string, { S?: string }> } }) =>
      command.input.ExpressionAttributeValues?.[':state']?.S === state
        ? Promise.reject(new Error('crash'))
        : dynamodb.send(command as unknown as Parameters<typeof dynamodb.send>[0]);
    return { send } as unknown as TestServices['clients']['dynamodb'];
  }

  it.each(['open', 'half_open', 'closed'])(
    'a crash before the circuit is written as %s loses nothing, and leaves nothing held',
    async (state) => {
      const crash = crashingBefore(state);
      const first = await lab.arrive(5);
      await lab.pumpAll(state === 'open' ? crash : lab.one);
      const held = await lab.arrive(12);
      await lab.pumpAll();
      lab.receiverIsUp = true;
      await lab.passTime(64, { worker: state === 'open' ? lab.one : crash });
      await lab.passTime(1_300, { stepSeconds: 10 });
      for (const job of [...first, ...held]) expect(await lab.statusOf(job)).toBe('succeeded');
      expect(await lab.circuit()).toMatchObject({ state: 'closed' });
    },
  );

  it('a probe that breaks off is followed by another one when its lease is over', async () => {
    await lab.openCircuit();
    const held = await lab.arrive(3);
    await lab.pumpAll();
    lab.receiverIsUp = true;
    const dying = lab.instance({
      log: { recordAttempt: () => Promise.reject(new Error('crash')) } as unknown as typeof lab.parts.log,
    });
    await lab.passTime(60, { worker: dying });
    expect(await lab.circuit()).toMatchObject({ state: 'half_open' });
    expect(lab.sent).toHaveLength(6);
    await lab.passTime(115);
    expect(lab.sent).toHaveLength(6);
    await lab.passTime(15);
    expect(await lab.circuit()).toMatchObject({ state: 'closed' });
    await lab.passTime(600, { stepSeconds: 10 });
    for (const job of held) expect(await lab.statusOf(job)).toBe('succeeded');
    // Only the one whose attempt was not recorded is sent twice.
    expect(new Set(lab.sent.map(({ job }) => job.eventId)).size).toBe(8);
    expect(
      lab.sent.filter(({ job }) => held.some(({ eventId }) => eventId === job.eventId)).length,
    ).toBeLessThanOrEqual(4);
  });

  it('a release that breaks off goes on when its message comes back, and releases nothing twice', async () => {
    await lab.openCircuit();
    const held = await lab.arrive(150);
    await lab.pumpAll();
    lab.receiverIsUp = true;
    await lab.passTime(60);
    const { delayedSender } = lab.parts;
    const breaksOff = lab.instance({
      releases: workerParts(lab.services, lab.announce, {
        destination: async () => lab.destination,
        // The page is sent; the message of the next one is not.
        delayedSender: Object.assign(Object.create(delayedSender), {
          sendAfter: () => Promise.reject(new Error('crash')),
        }),
      }).releases,
    });
    await lab.passTime(10, { worker: breaksOff });
    const statuses = await Promise.all(held.map((job) => lab.statusOf(job)));
    expect(statuses.filter((status) => status === 'held').length).toBeGreaterThan(40);
    await lab.passTime(560, { stepSeconds: 10 });
    for (const job of held) expect(await lab.statusOf(job)).toBe('succeeded');
    const ids = lab.sent.filter(({ atMs }) => atMs > 0).map(({ job: { eventId, attempt } }) => `${eventId}-${attempt}`);
    expect(new Set(ids).size).toBe(ids.length);
  });

  /** If Scheduler refuses, the message of a probe that is due in an hour comes after 15 minutes, and is sent on. */
  const refuseSchedules = () =>
    lab.services.clients.scheduler.middlewareStack.add(
      () => () => Promise.reject(Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' })),
      { step: 'initialize' },
    );

  it.each(['disabled', 'archived'])(
    'a probe whose schedule was refused is made when it is due, though its message came early while the destination was %s',
    async (state) => {
      refuseSchedules();
      const taking = { enabled: true, archivedAt: null, unarchivedAt: null };
      const circuitBreaker = { enabled: true, failureThreshold: 5, cooldownSeconds: 3_600 };
      lab.destination = { ...taking, circuitBreaker };
      lab.maxRetries = 0;
      await lab.openCircuit();
      await lab.passTime(880, { stepSeconds: 20 });
      const archivedAt = new Date(lab.nowMs).toISOString();
      const not = state === 'disabled' ? { enabled: false } : { archivedAt };
      lab.destination = { ...taking, circuitBreaker, ...not };
      await lab.passTime(200);
      lab.destination = { ...taking, circuitBreaker };
      await lab.queue.send({ destinationId: lab.destinationId, atMs: lab.nowMs }, 5);
      const [held] = await lab.arrive(1);
      await lab.pumpAll();
      expect(await lab.statusOf(held as DeliveryJob)).toBe('held');
      lab.receiverIsUp = true;
      await lab.passTime(2_800, { stepSeconds: 50 });
      expect(await lab.statusOf(held as DeliveryJob)).toBe('succeeded');
    },
  );

  it('a release that keeps failing gets a new message before the redrive policy takes the old one away', async () => {
    const broken = lab.instance({ releases: { release: () => Promise.reject(new Error('unreachable')) } });
    const body = encodeMessage({ destinationId: lab.destinationId, atMs: lab.nowMs, epoch: 7 });
    const batch = (receiveCount: number) => [{ messageId: '1', body, receiveCount }];
    expect(await broken.deliverBatch(batch(POISON_RECEIVE_COUNT - 1))).toEqual(['1']);
    expect(await broken.deliverBatch(batch(POISON_RECEIVE_COUNT))).toEqual([]);
    await lab.services.clock.advance(900_000);
    expect(await lab.receive()).toMatchObject([{ body, receiveCount: 1 }]);
  });
});
