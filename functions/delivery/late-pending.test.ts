import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DeliveryJob, nextJob, replayJob } from '../../core/deliveries/delivery.ts';
import { withResendRequest } from '../../core/deliveries/resend-request.ts';
import { resendAll } from '../shared/resends.ts';
import { pendingDelivery, type StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import { CircuitUnderTest } from './circuit.fixture.ts';
import type { DeliveryWorker } from './delivery-worker.ts';
import type { DeliveryServices } from './new-delivery-worker.ts';

/**
 * A resend request is recorded as `pending` after its message has been sent. By then the message may have come, and the
 * delivery have got further. And messages that were in flight before the delivery ended still come.
 */
let lab: CircuitUnderTest;
beforeEach(async () => {
  lab = await CircuitUnderTest.start();
});
afterEach(() => lab.close());

async function rowOf(job: DeliveryJob): Promise<StoredDelivery> {
  const { delivery } = (await lab.stored(job)) ?? {};
  if (!delivery) throw new Error('no row');
  return delivery;
}

/** A delivery whose first attempt has failed. */
async function failed(): Promise<StoredDelivery> {
  const [job] = await lab.arrive(1);
  await lab.pumpAll();
  return rowOf(job as DeliveryJob);
}

async function dead(): Promise<StoredDelivery> {
  lab.maxRetries = 0;
  const delivery = await failed();
  expect(delivery.status).toBe('dead');
  return delivery;
}

/** Sends a delivery again; a worker handles the message before the request is recorded. */
async function resendTo(worker: DeliveryWorker, delivery: StoredDelivery, job: DeliveryJob): Promise<void> {
  const { queue, parts } = lab;
  const send = vi.spyOn(queue, 'send').mockImplementationOnce(async (...args) => {
    send.mockRestore();
    await queue.send(...args);
    await lab.pumpAll(worker);
  });
  await resendAll({ deliveryQueue: queue, deliveryLog: parts.log }, [{ delivery, job }], lab.nowMs);
}

/** Cancels it, and sends it again. */
async function replayCancelled(delivery: StoredDelivery): Promise<DeliveryJob> {
  const { queue, parts } = lab;
  const next = nextJob(delivery);
  await parts.log.recordState(next, { status: 'cancelled', reason: 'by_request' }, lab.nowMs);
  const cancelled = await rowOf(next);
  const job = replayJob(cancelled, lab.nowMs);
  await resendAll({ deliveryQueue: queue, deliveryLog: parts.log }, [{ delivery: cancelled, job }], lab.nowMs);
  return job;
}

async function disable(): Promise<void> {
  if (lab.destination) lab.destination = { ...lab.destination, enabled: false };
}

async function enable(): Promise<void> {
  if (lab.destination) lab.destination = { ...lab.destination, enabled: true };
  await lab.queue.send({ destinationId: lab.destinationId, atMs: lab.nowMs });
  await lab.pumpAll();
}

const endings: [string, Partial<DeliveryServices>, object][] = [
  [
    'that its transform drops',
    { transforms: { apply: async () => ({ kind: 'dropped' }) } },
    { status: 'cancelled', reason: 'dropped_by_transform' },
  ],
  [
    'that its transform fails on',
    { transforms: { apply: async () => ({ kind: 'failed', message: 'no customer' }) } },
    { status: 'dead', reason: 'transform_failed', reasonMessage: 'no customer' },
  ],
  [
    'whose destination is deleted',
    { destination: async () => undefined },
    { status: 'cancelled', reason: 'destination_deleted' },
  ],
];

describe.each(endings)('a delivery %s', (_, over, ended) => {
  it('the delivery has ended though its replay is recorded only afterwards', async () => {
    const delivery = await dead();
    const job = replayJob(delivery, lab.nowMs);
    await resendTo(lab.instance(over), delivery, job);
    expect(await rowOf(job)).toMatchObject(ended);
  });

  it('the delivery has ended though its retry by hand is recorded only afterwards', async () => {
    const delivery = await failed();
    const job = nextJob(delivery);
    await resendTo(lab.instance(over), delivery, job);
    expect(await rowOf(job)).toMatchObject(ended);
  });

  it('the delivery can be replayed once more', async () => {
    const delivery = await dead();
    await resendTo(lab.instance(over), delivery, replayJob(delivery, lab.nowMs));
    const again = await rowOf(replayJob(delivery, lab.nowMs));
    const job = replayJob(again, lab.nowMs);
    lab.receiverIsUp = true;
    await resendTo(lab.one, again, job);
    expect(await lab.statusOf(job)).toBe('succeeded');
  });
});

describe('a request to send again while the destination is disabled', () => {
  it('a missing delivery is held and sent later, though its replay is recorded while it is being held', async () => {
    await disable();
    const { organizationId, sourceId, connectionId: id, destinationId } = lab;
    const { deliveryId } = await lab.store();
    const delivery = pendingDelivery(deliveryId, { id, organizationId, sourceId, destinationId });
    const job = withResendRequest(replayJob(delivery, lab.nowMs), delivery);
    await lab.queue.send({ job });
    lab.meanwhile = () => lab.parts.log.recordResend(job, delivery, lab.nowMs);
    await lab.pumpAll();
    expect(await lab.statusOf(job)).toBe('held');
    lab.receiverIsUp = true;
    lab.meanwhile = async () => {};
    await enable();
    expect(await lab.statusOf(job)).toBe('succeeded');
  });

  it('a retry by hand that is recorded only afterwards stays held', async () => {
    const delivery = await failed();
    await disable();
    const job = nextJob(delivery);
    await resendTo(lab.one, delivery, job);
    expect(await lab.statusOf(job)).toBe('held');
  });

  it('a replay that is cancelled while it is being held stays cancelled', async () => {
    const delivery = await dead();
    await disable();
    const job = replayJob(delivery, lab.nowMs);
    const { log: deliveryLog } = lab.parts;
    await resendAll({ deliveryQueue: lab.queue, deliveryLog }, [{ delivery, job }], lab.nowMs);
    const pending = await rowOf(job);
    const state = { status: 'cancelled', reason: 'by_request' } as const;
    lab.meanwhile = () => deliveryLog.recordState(nextJob(pending), state, lab.nowMs);
    await lab.pumpAll();
    expect(await rowOf(job)).toMatchObject(state);
  });
});

/**
 * It is not known of this delivery that its message is on its way, because the filter of its connection has been changed
 * meanwhile. Its row is still to come.
 */
describe('a delivery that is replayed while its very first message is on its way', () => {
  /** Both messages have been sent, and nothing is recorded. */
  async function both() {
    const { organizationId, sourceId, connectionId: id, destinationId } = lab;
    const first = await lab.store();
    const delivery = pendingDelivery(first.deliveryId, { id, organizationId, sourceId, destinationId });
    const job = withResendRequest(replayJob(delivery, lab.nowMs), delivery);
    return { first, job, record: () => lab.parts.log.recordResend(job, delivery, lab.nowMs) };
  }
  const orders: [string, (pair: Awaited<ReturnType<typeof both>>) => DeliveryJob[]][] = [
    ['its first message comes first', ({ first, job }) => [first, job]],
    ['its replay comes first', ({ first, job }) => [job, first]],
  ];

  describe.each(orders)('and %s', (_, inOrder) => {
    it.each(['before', 'during', 'after'] as const)(
      'the delivery is sent once if the replay is recorded %s the attempt',
      async (when) => {
        lab.receiverIsUp = true;
        const pair = await both();
        for (const job of inOrder(pair)) await lab.queue.send({ job });
        if (when === 'before') await pair.record();
        if (when === 'during') lab.meanwhile = pair.record;
        await lab.pumpAll();
        if (when === 'after') await pair.record();
        expect(lab.sent).toHaveLength(1);
        expect(await rowOf(pair.first)).toMatchObject({ status: 'succeeded', attemptCount: 1 });
      },
    );

    it('a replay that fails keeps all its retries, and ends with the one that succeeds', async () => {
      const pair = await both();
      for (const job of inOrder(pair)) await lab.queue.send({ job });
      lab.meanwhile = pair.record;
      await lab.pumpAll();
      const { replayedAtMs } = pair.job;
      expect(await rowOf(pair.first)).toMatchObject({
        status: 'retrying',
        attemptCount: 1,
        roundStart: 1,
        replayedAtMs,
      });
      lab.receiverIsUp = true;
      await lab.passTime(2 * lab.retrySeconds);
      expect(await rowOf(pair.first)).toMatchObject({ status: 'succeeded', attemptCount: 2 });
      // A first attempt that comes first fails, and its retry is dropped.
      const ofReplay = lab.sent.filter(({ job }) => job.replayedAtMs === replayedAtMs);
      expect(ofReplay.map(({ job }) => job.attempt)).toEqual([1, 2]);
      expect(lab.sent).toHaveLength(inOrder(pair)[0] === pair.first ? 3 : 2);
    });

    it.each([
      ['both succeed', [true, true]],
      ['the first one to send fails', [false, true]],
      ['the second one to send fails', [true, false]],
      ['both fail', [false, false]],
    ] as const)(
      'two instances at the same moment send the delivery twice, and it succeeds in the end: %s',
      async (_, up) => {
        const pair = await both();
        for (const job of inOrder(pair)) await lab.queue.send({ job });
        const messages = await lab.receive();
        expect(messages).toHaveLength(2);
        // Both instances have begun, and neither has sent anything.
        const bothAreThere = Promise.withResolvers<void>();
        let begun = 0;
        lab.meanwhile = () => {
          if (++begun === 2) bothAreThere.resolve();
          return bothAreThere.promise;
        };
        Object.defineProperty(lab, 'receiverIsUp', { get: () => up[lab.sent.length - 1] ?? true });
        await Promise.all(messages.map((message) => lab.instance().deliverBatch([message])));
        expect(lab.sent).toHaveLength(2);
        await pair.record();
        await lab.passTime(3 * lab.retrySeconds);
        // If both have failed, each has a retry. One of the two is dropped, unless they are handled at the same moment, too.
        const retries = lab.sent.slice(2).map(({ job }) => job.attempt);
        expect(up[0] || up[1] ? [[]] : [[2], [2, 2]]).toContainEqual(retries);
        expect(await lab.statusOf(pair.first)).toBe('succeeded');
      },
    );
  });
});

describe('a replay that is held, of a delivery that was cancelled', () => {
  async function replayHeld(delivery: StoredDelivery): Promise<DeliveryJob> {
    const job = await replayCancelled(delivery);
    await lab.pumpAll();
    expect(await rowOf(job)).toMatchObject({ status: 'held', replayedAtMs: job.replayedAtMs });
    return job;
  }

  /** Long enough that no delivery is replayed in the millisecond in which its event was accepted. */
  async function unarchive(): Promise<void> {
    await lab.services.clock.advance(2_000);
    const unarchivedAt = new Date(lab.nowMs - 1_000).toISOString();
    if (lab.destination) lab.destination = { ...lab.destination, unarchivedAt };
  }

  it('a held replay keeps its retries when the message of the cancelled retry comes', async () => {
    lab.maxRetries = 1;
    const delivery = await failed();
    await disable();
    const job = await replayHeld(delivery);
    await lab.passTime(40);
    expect(await rowOf(job)).toMatchObject({ status: 'held', roundStart: 2 });
    await enable();
    expect(await rowOf(job)).toMatchObject({ status: 'retrying', attemptCount: 2, roundStart: 2 });
  });

  it('a held replay keeps its retries if the cancelled retry had read the row before the replay was recorded', async () => {
    const delivery = await failed();
    await disable();
    const retry = nextJob(delivery);
    const job = await replayHeld(delivery);
    await lab.parts.log.hold(retry, delivery, lab.nowMs);
    expect(await rowOf(job)).toMatchObject({ status: 'held', roundStart: 2, replayedAtMs: job.replayedAtMs });
  });

  it('a held replay is not cancelled by that message if its destination was archived and unarchived in between', async () => {
    const delivery = await failed();
    await disable();
    await unarchive();
    const job = await replayHeld(delivery);
    await lab.passTime(40);
    expect(await lab.statusOf(job)).toBe('held');
  });

  it('a held replay is not cancelled by the first message if no attempt was made before', async () => {
    await disable();
    const [first] = await lab.arrive(1);
    await lab.pumpAll();
    await unarchive();
    const job = await replayHeld(await rowOf(first as DeliveryJob));
    await lab.queue.send({ job: first as DeliveryJob });
    await lab.pumpAll();
    expect(await lab.statusOf(job)).toBe('held');
  });
});

describe('a replay of a delivery that was cancelled while an attempt was under way', () => {
  /** A delivery that is cancelled and sent again while its next attempt is under way. */
  async function replayMeanwhile(succeeds = false): Promise<DeliveryJob> {
    let job = nextJob(await failed());
    let isAsked = false;
    lab.receiverIsUp = succeeds;
    lab.meanwhile = async () => {
      if (isAsked) return;
      isAsked = true;
      job = await replayCancelled(await rowOf(job));
    };
    await lab.passTime(lab.retrySeconds + 5);
    expect(job.startsReplay).toBe(true);
    return job;
  }

  it('the replay keeps its retries and is no dead letter if that attempt was the last one, and fails', async () => {
    lab.maxRetries = 1;
    const job = await replayMeanwhile();
    expect(await rowOf(job)).toMatchObject({ status: 'retrying', attemptCount: 2, roundStart: 2 });
    lab.receiverIsUp = true;
    await lab.passTime(60);
    expect(await lab.statusOf(job)).toBe('succeeded');
  });

  it.each([
    ['the queue', 30],
    ['a schedule', 3_600],
  ])(
    'the replay is retried by its own message if that attempt fails, and both retries wait in %s',
    async (_, retrySeconds) => {
      lab.retrySeconds = retrySeconds;
      const job = await replayMeanwhile();
      lab.receiverIsUp = true;
      await lab.passTime(retrySeconds + 60, { stepSeconds: 30 });
      expect(await lab.statusOf(job)).toBe('succeeded');
      expect(lab.sent.map((one) => one.job.roundStart)).toEqual([1, 1, 2, 2]);
    },
  );

  it('the replay is made though that attempt succeeds, because it was asked for later', async () => {
    const job = await replayMeanwhile(true);
    expect(lab.sent.map((one) => one.job.roundStart)).toEqual([1, 1, 2]);
    expect(await rowOf(job)).toMatchObject({ status: 'succeeded', replayedAtMs: job.replayedAtMs });
  });

  it('a replay is sent once, and the cancelled replay before it is not', async () => {
    const earlier = await replayCancelled(await failed());
    const job = await replayCancelled(await rowOf(earlier));
    lab.receiverIsUp = true;
    await lab.pumpAll();
    expect(lab.sent.map((one) => one.job.replayedAtMs)).toEqual([undefined, job.replayedAtMs]);
  });
});
