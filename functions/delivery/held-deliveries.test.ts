import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_CIRCUIT_BREAKER } from '../../core/circuit/circuit.ts';
import { type DeliveryJob, firstJob, replayJob } from '../../core/deliveries/delivery.ts';
import { withResendRequest } from '../../core/deliveries/resend-request.ts';
import { newEventId } from '../../core/ids.ts';
import { resourceNames } from '../../test/support/services.ts';
import { encodeMessage } from '../messages/delivery.ts';
import { DeliveryLists } from '../stores/deliveries/delivery-lists.ts';
import { CircuitUnderTest } from './circuit.fixture.ts';
import type { DeliveryWorker } from './delivery-worker.ts';

/** `HAWSER_HELD=100000` is the full run. */
const HELD = Number(process.env.HAWSER_HELD ?? 1_000);

let lab: CircuitUnderTest;
beforeEach(async () => {
  lab = await CircuitUnderTest.start();
});
afterEach(() => lab.close());

describe('a disabled destination', () => {
  const enable = async () => {
    lab.destination = { enabled: true, archivedAt: null, unarchivedAt: null, circuitBreaker: DEFAULT_CIRCUIT_BREAKER };
    await askForRelease();
  };
  const askForRelease = () => lab.queue.send({ destinationId: lab.destinationId, atMs: lab.nowMs });
  const disable = () => {
    if (lab.destination) lab.destination = { ...lab.destination, enabled: false };
  };

  it('copies of a message whose delivery is held come to an end', async () => {
    disable();
    const job = await lab.store();
    for (let copy = 0; copy < 3; copy++) await lab.queue.send({ job });
    const handled = [await lab.pump(), await lab.pump(), await lab.pump(), await lab.pump()];
    expect([handled[0], handled.at(-1)]).toEqual([3, 0]);
    expect(await lab.statusOf(job)).toBe('held');
    expect(lab.sent).toHaveLength(0);
  });

  it('new deliveries and retries are held, and sent once the destination is enabled', async () => {
    const [retried] = await lab.arrive(1);
    await lab.pumpAll();
    disable();
    const held = await lab.arrive(3);
    await lab.passTime(60);
    for (const job of [retried as DeliveryJob, ...held]) expect(await lab.statusOf(job)).toBe('held');
    expect(lab.sent).toHaveLength(1);
    lab.receiverIsUp = true;
    await lab.passTime(3_600, { stepSeconds: 60 });
    expect(lab.sent).toHaveLength(1);
    await enable();
    await lab.pumpAll();
    expect((await lab.stored(retried as DeliveryJob))?.delivery).toMatchObject({
      status: 'succeeded',
      attemptCount: 2,
    });
    for (const job of held) expect(await lab.statusOf(job)).toBe('succeeded');
  });

  it('a destination that answers 410 is disabled, which is announced once, and its deliveries are held', async () => {
    lab.isGone = true;
    const worker = lab.remembering();
    const jobs = await lab.arrive(2);
    await lab.pumpAll(worker);
    expect(lab.announced).toEqual([
      {
        type: 'destination.disabled',
        detail: {
          organization_id: lab.organizationId,
          destination_id: lab.destinationId,
          delivery_id: lab.disabledBy,
          reason: 'answered_410',
        },
      },
    ]);
    expect(jobs.map(({ deliveryId }) => deliveryId)).toContain(lab.disabledBy);
    jobs.push(...(await lab.arrive(1)));
    await lab.passTime(60, { worker });
    for (const job of jobs) expect(await lab.statusOf(job)).toBe('held');
    expect(lab.sent).toHaveLength(2);
  });

  it('enabling a destination whose circuit was open sends a probe', async () => {
    await lab.openCircuit();
    const held = await lab.arrive(3);
    await lab.pumpAll();
    disable();
    await lab.passTime(1_000, { stepSeconds: 20 });
    expect(lab.sent).toHaveLength(5);
    lab.receiverIsUp = true;
    await enable();
    await lab.passTime(20);
    expect(await lab.circuit()).toMatchObject({ state: 'closed' });
    for (const job of held) expect(await lab.statusOf(job)).toBe('succeeded');
  });

  it.each(['deleted', 'archived'] as const)(
    'what a disabled destination holds is cancelled when it is %s',
    async (end) => {
      disable();
      const held = await lab.arrive(120);
      await lab.pumpAll();
      lab.destination =
        end === 'deleted'
          ? undefined
          : {
              enabled: false,
              archivedAt: new Date(lab.nowMs).toISOString(),
              unarchivedAt: null,
              circuitBreaker: DEFAULT_CIRCUIT_BREAKER,
            };
      await askForRelease();
      await lab.passTime(10, { stepSeconds: 1 });
      for (const job of held) {
        expect((await lab.stored(job))?.delivery).toMatchObject({ status: 'cancelled', reason: `destination_${end}` });
      }
      expect(lab.sent).toHaveLength(0);
    },
  );
});

describe('a destination that has answered 410', () => {
  /** Function instances that have just read that the destination is enabled. */
  async function instances(count: number): Promise<DeliveryWorker[]> {
    const workers = Array.from({ length: count }, () => lab.remembering());
    lab.receiverIsUp = true;
    for (const worker of workers) {
      await lab.arrive(1);
      await lab.pumpAll(worker);
    }
    expect(lab.sent).toHaveLength(count);
    lab.sent.length = 0;
    lab.receiverIsUp = false;
    return workers;
  }
  beforeEach(() => {
    lab.isGone = true;
    lab.maxRetries = 1;
    lab.retrySeconds = 1;
  });

  it('the instance that got the 410 knows at once that the destination is disabled', async () => {
    const [worker] = await instances(1);
    const [heard] = await lab.arrive(1);
    await lab.pumpAll(worker);
    const [next] = await lab.arrive(1);
    await lab.pumpAll(worker);
    expect(await lab.statusOf(next as DeliveryJob)).toBe('held');
    expect(lab.sent.map(({ job }) => job.eventId)).toEqual([heard?.eventId]);
  });

  it('a delivery that was answered 410 is held, however soon its last retry was due, and whoever takes it', async () => {
    const [one, other] = await instances(2);
    const [heard] = await lab.arrive(1);
    await lab.pumpAll(one);
    await lab.passTime(20, { stepSeconds: 1, worker: other });
    expect(await lab.statusOf(heard as DeliveryJob)).toBe('held');
    expect(lab.sent).toHaveLength(1);
  });

  it('all deliveries that were answered 410 at the same time are held, though only one disabled the destination', async () => {
    const [one, other, third] = await instances(3);
    const jobs = await lab.arrive(2);
    const [first, second] = jobs.map((job, index) => ({
      messageId: String(index),
      body: encodeMessage({ job }),
      receiveCount: 1,
    }));
    if (!first || !second) throw new Error('nothing has arrived');
    await lab.receive();
    await Promise.all([one?.deliverBatch([first]), other?.deliverBatch([second])]);
    expect(lab.announced).toHaveLength(1);
    await lab.passTime(20, { stepSeconds: 1, worker: third });
    for (const job of jobs) expect(await lab.statusOf(job)).toBe('held');
    expect(lab.sent).toHaveLength(2);
  });

  it('a destination that has been changed since its 410 is not disabled, and gets its retries when they are due', async () => {
    const worker = lab.instance({ disable: async () => false });
    const [heard] = await lab.arrive(1);
    await lab.pumpAll(worker);
    await lab.passTime(1, { worker });
    expect((await lab.stored(heard as DeliveryJob))?.delivery).toMatchObject({ status: 'dead', attemptCount: 2 });
  });
});

describe('a held delivery', () => {
  const release = async () => {
    lab.receiverIsUp = true;
    await lab.passTime(80);
  };

  it('a held delivery that was cancelled is not sent', async () => {
    await lab.openCircuit();
    const [job] = await lab.arrive(1);
    await lab.pumpAll();
    await lab.parts.log.recordState(job as DeliveryJob, { status: 'cancelled', reason: 'by_request' }, lab.nowMs);
    await release();
    expect(await lab.statusOf(job as DeliveryJob)).toBe('cancelled');
    expect(lab.sent.filter(({ job: { eventId } }) => eventId === job?.eventId)).toEqual([]);
  });

  it('a held delivery stays held if its replay is recorded only afterwards', async () => {
    lab.receiverIsUp = true;
    const [job] = await lab.arrive(1);
    await lab.pumpAll();
    lab.receiverIsUp = false;
    await lab.openCircuit();
    const { delivery } = (await lab.stored(job as DeliveryJob)) ?? {};
    if (!delivery) throw new Error('no row');
    const replay = withResendRequest(replayJob(delivery, lab.nowMs), delivery);
    await lab.one.deliverBatch([{ messageId: '1', body: encodeMessage({ job: replay }), receiveCount: 1 }]);
    expect(await lab.parts.log.recordResend(replay, delivery, lab.nowMs)).toBe(true);
    expect(await lab.statusOf(replay)).toBe('held');
    await release();
    expect(lab.sent.filter(({ job: { eventId } }) => eventId === job?.eventId).at(-1)?.job).toMatchObject({
      attempt: 2,
      roundStart: 2,
      replayedAtMs: replay.replayedAtMs,
    });
    expect(await lab.statusOf(replay)).toBe('succeeded');
  });

  it('a held delivery whose event has expired is dead with the reason event_expired', async () => {
    await lab.openCircuit();
    const event = {
      id: newEventId(lab.sourceId, lab.nowMs),
      organizationId: lab.organizationId,
      sourceId: lab.sourceId,
    };
    const expired = firstJob(event, { id: lab.connectionId, destinationId: lab.destinationId });
    await lab.one.deliverBatch([{ messageId: '1', body: encodeMessage({ job: expired }), receiveCount: 1 }]);
    expect(await lab.statusOf(expired)).toBe('held');
    await release();
    expect((await lab.stored(expired))?.delivery).toMatchObject({ status: 'dead', reason: 'event_expired' });
  });
});

it(
  `${HELD} held deliveries of a dead receiver cost one write each, and all arrive once it is back`,
  async () => {
    await lab.openCircuit();
    const counted = lab.writes();
    const jobs: DeliveryJob[] = [];
    while (jobs.length < HELD) {
      jobs.push(...(await lab.arrive(Math.min(500, HELD - jobs.length))));
      await lab.pumpAll();
    }
    expect(counted).toEqual({ rows: HELD, updates: 0 });
    expect(lab.sent).toHaveLength(5);
    lab.receiverIsUp = true;
    await lab.passTime(60);
    const beforeMs = lab.nowMs;
    await lab.passTime(10 + HELD / 100, { stepSeconds: 1 });
    expect(new Set(lab.sent.map(({ job }) => job.eventId)).size).toBe(HELD + 5);
    expect(lab.sent).toHaveLength(5 + 5 + HELD);
    const inEachSecond = Map.groupBy(
      lab.sent.filter(({ atMs }) => atMs > beforeMs),
      ({ atMs }) => Math.floor(atMs / 1000),
    );
    for (const released of inEachSecond.values()) expect(released.length).toBeLessThanOrEqual(100);
    const lists = new DeliveryLists(
      { dynamodb: lab.services.clients.dynamodb, table: resourceNames.deliveries },
      lab.parts.reader,
    );
    expect(await lists.inState(lab.destinationId, 'held', { limit: 10 })).toEqual({ items: [] });
  },
  60_000 + HELD * 20,
);
