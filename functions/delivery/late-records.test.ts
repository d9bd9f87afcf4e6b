import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DeliveryJob, nextJob, replayJob } from '../../core/deliveries/delivery.ts';
import { withResendRequest } from '../../core/deliveries/resend-request.ts';
import { resourceNames } from '../../test/support/services.ts';
import { resendAll } from '../shared/resends.ts';
import { pendingDelivery } from '../stores/deliveries/delivery-row.ts';
import { FiguresReader } from '../stores/deliveries/figures-reader.ts';
import { CircuitUnderTest } from './circuit.fixture.ts';
import type { DeliveryWorker } from './delivery-worker.ts';
import type { DeliveryServices } from './new-delivery-worker.ts';

/**
 * A retry is sent before the failure that caused it is recorded. If DynamoDB is slow or its answers get lost, the retry may come
 * before that record, and finds a row that is one attempt behind. What becomes of the retry must be recorded all the same: its
 * message is gone by then, and the late record promises a retry that has already come.
 */
let lab: CircuitUnderTest;
beforeEach(async () => {
  lab = await CircuitUnderTest.start();
  lab.retrySeconds = 5;
});
afterEach(() => lab.close());

/** A function instance that writes its next record of an attempt only after `meanwhile`. */
function recordsAfter(meanwhile: () => Promise<void>): DeliveryWorker {
  const { log } = lab.newParts();
  const record = log.recordAttempt.bind(log);
  vi.spyOn(log, 'recordAttempt').mockImplementationOnce(async (...args) => {
    await meanwhile();
    return record(...args);
  });
  return lab.remembering({ log });
}

/**
 * A delivery whose second attempt fails. Another instance gets its retry before that failure is recorded.
 * @param during what others do before that
 */
async function retriedBeforeRecord(other = lab.one, during = async (_: DeliveryJob) => {}): Promise<DeliveryJob> {
  const [job] = (await lab.arrive(1)) as [DeliveryJob];
  await lab.pumpAll();
  await lab.services.clock.advance(5_000);
  let handled = 0;
  const late = recordsAfter(async () => {
    await during(job);
    await lab.services.clock.advance(7_000);
    handled = await lab.pump(other);
  });
  await lab.pump(late);
  expect(handled).toBe(1);
  return job;
}

async function enable(): Promise<void> {
  if (lab.destination) lab.destination = { ...lab.destination, enabled: true };
  lab.receiverIsUp = true;
  await lab.queue.send({ destinationId: lab.destinationId, atMs: lab.nowMs });
  await lab.passTime(120);
}

const rowOf = async (job: DeliveryJob) => (await lab.stored(job))?.delivery;
const deadLetters = () => {
  const { simulators, deadLetterQueue } = lab.services;
  return Number(simulators.sqs.attributesOf(deadLetterQueue.queueArn).ApproximateNumberOfMessages);
};

const ends: [string, Partial<DeliveryServices>, object, number][] = [
  [
    'the retry is cancelled if its destination was deleted meanwhile',
    { destination: async () => undefined },
    { status: 'cancelled', reason: 'destination_deleted' },
    0,
  ],
  [
    'the retry is cancelled if its transform drops it',
    { transforms: { apply: async () => ({ kind: 'dropped' }) } },
    { status: 'cancelled', reason: 'dropped_by_transform' },
    0,
  ],
  [
    'the retry is dead, and announced once, if its transform fails on it',
    { transforms: { apply: async () => ({ kind: 'failed', message: 'no customer' }) } },
    { status: 'dead', reason: 'transform_failed', reasonMessage: 'no customer' },
    1,
  ],
];

describe('a retry that comes before the failure ahead of it is recorded', () => {
  it('the retry of a 410 is held, and sent once its destination is enabled', async () => {
    lab.isGone = true;
    const job = await retriedBeforeRecord();
    expect(lab.destination?.enabled).toBe(false);
    expect(await rowOf(job)).toMatchObject({ status: 'held', attemptCount: 2 });
    await enable();
    expect(await rowOf(job)).toMatchObject({ status: 'succeeded', attemptCount: 3 });
    expect(lab.sent.map((one) => one.job.attempt)).toEqual([1, 2, 3]);
  });

  it('the retry is cancelled if its destination was archived meanwhile', async () => {
    const job = await retriedBeforeRecord(lab.one, async () => {
      if (lab.destination) lab.destination = { ...lab.destination, archivedAt: new Date(lab.nowMs).toISOString() };
    });
    expect(await rowOf(job)).toMatchObject({ status: 'cancelled', reason: 'destination_archived', attemptCount: 2 });
  });

  it('the retry is not made if its delivery was cancelled meanwhile, which stays cancelled', async () => {
    const cancelled = { status: 'cancelled', reason: 'by_request' } as const;
    const job = await retriedBeforeRecord(lab.one, async (first) => {
      const row = await rowOf(first);
      if (row) await lab.parts.log.recordState(nextJob(row), cancelled, lab.nowMs);
    });
    expect(await rowOf(job)).toMatchObject(cancelled);
    expect(lab.sent).toHaveLength(2);
  });

  it.each(ends)('%s', async (_, over, ended, letters) => {
    const job = await retriedBeforeRecord(lab.instance(over));
    expect(await rowOf(job)).toMatchObject({ ...ended, attemptCount: 2 });
    expect(deadLetters()).toBe(letters);
    expect(lab.announced.filter(({ type }) => type === 'delivery.dead_lettered')).toHaveLength(letters);
  });

  it('the failure ahead of it still counts in the figures', async () => {
    await retriedBeforeRecord(lab.instance({ destination: async () => undefined }));
    const figures = new FiguresReader({ dynamodb: lab.services.clients.dynamodb, table: resourceNames.deliveries });
    expect(await figures.since(lab.destinationId, 0)).toMatchObject({ lifetime: { total: 2, failed: 2 } });
  });
});

describe('a replay that is recorded while the first attempt is under way', () => {
  it('a replay that waits for a first attempt of its batch is made in a later one, as two attempts may outlast a function', async () => {
    const { organizationId, sourceId, connectionId: id, destinationId, queue, parts } = lab;
    const first = await lab.store();
    const delivery = pendingDelivery(first.deliveryId, { id, organizationId, sourceId, destinationId });
    const job = withResendRequest(replayJob(delivery, lab.nowMs), delivery);
    for (const one of [first, job]) await queue.send({ job: one });
    expect(await parts.log.recordResend(job, delivery, lab.nowMs)).toBe(true);
    expect(await lab.pump()).toBe(2);
    expect(lab.sent.map((one) => one.job.replayedAtMs)).toEqual([undefined]);
    expect(await lab.pump()).toBe(1);
    expect(lab.sent.map((one) => one.job.replayedAtMs)).toEqual([undefined, job.replayedAtMs]);
    expect(await rowOf(job)).toMatchObject({ status: 'retrying', attemptCount: 1, replayedAtMs: job.replayedAtMs });
  });

  it('a replay is made although the failure of the first attempt is recorded only after its retry was dropped', async () => {
    const { organizationId, sourceId, connectionId: id, destinationId, queue, parts, services } = lab;
    const [first] = (await lab.arrive(1)) as [DeliveryJob];
    const delivery = pendingDelivery(first.deliveryId, { id, organizationId, sourceId, destinationId });
    const job = replayJob(delivery, lab.nowMs);
    let handled = 0;
    const late = recordsAfter(async () => {
      const stores = { deliveryQueue: queue, deliveryLog: parts.log };
      expect(await resendAll(stores, [{ delivery, job }], lab.nowMs, () => 60)).toHaveLength(1);
      await services.clock.advance(7_000);
      handled = await lab.pump();
    });
    await lab.pump(late);
    expect(handled).toBe(1);
    lab.receiverIsUp = true;
    await lab.passTime(120);
    expect(lab.sent.map((one) => one.job.replayedAtMs)).toEqual([undefined, job.replayedAtMs]);
    expect(await rowOf(job)).toMatchObject({ status: 'succeeded', attemptCount: 1, replayedAtMs: job.replayedAtMs });
  });
});
