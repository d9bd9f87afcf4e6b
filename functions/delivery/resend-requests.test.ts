import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DeliveryJob, nextJob, replayJob } from '../../core/deliveries/delivery.ts';
import { type ResendJob, withResendRequest } from '../../core/deliveries/resend-request.ts';
import { resendAll } from '../shared/resends.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import { CircuitUnderTest } from './circuit.fixture.ts';

/** Several requests to send the same delivery again, all of which have found it in the same state. */
let lab: CircuitUnderTest;
let delivery: StoredDelivery;
beforeEach(async () => {
  lab = await CircuitUnderTest.start();
  lab.maxRetries = 0;
  const [job] = await lab.arrive(1);
  await lab.pumpAll();
  delivery = await rowOf(job as DeliveryJob);
  expect(delivery.status).toBe('dead');
  lab.sent.length = 0;
  lab.receiverIsUp = true;
});
afterEach(() => lab.close());

async function rowOf(job: DeliveryJob): Promise<StoredDelivery> {
  const { delivery } = (await lab.stored(job)) ?? {};
  if (!delivery) throw new Error('no row');
  return delivery;
}

const newResend = (): ResendJob => withResendRequest(replayJob(delivery, lab.nowMs), delivery);

/** Makes another request, from the message to the record. @returns whether it has won */
async function ask(): Promise<boolean> {
  const resends = [{ delivery, job: replayJob(delivery, lab.nowMs) }];
  return (await resendAll({ deliveryQueue: lab.queue, deliveryLog: lab.parts.log }, resends, lab.nowMs)).length > 0;
}

/** An instance that waits for something else before it makes an attempt. */
const instanceThatWaitsFor = (what: () => Promise<unknown>) =>
  lab.instance({
    transforms: {
      apply: async (_job, _destination, request) => {
        await what();
        return { kind: 'ready', request };
      },
    },
  });

describe('a request whose sender dies before it is recorded', () => {
  it('a request that was not recorded is sent', async () => {
    const job = newResend();
    await lab.queue.send({ job });
    expect(await rowOf(job)).toMatchObject({ status: 'dead' });
    await lab.pumpAll();
    expect(lab.sent).toHaveLength(1);
    expect(await rowOf(job)).toMatchObject({ status: 'succeeded', attemptCount: 2 });
  });

  it('a second request wins over one that was not recorded, and the delivery is sent once', async () => {
    await lab.queue.send({ job: newResend() });
    expect(await ask()).toBe(true);
    await lab.pumpAll();
    expect(lab.sent).toHaveLength(1);
  });

  it('a second request during the attempt does not win, and the delivery is sent once', async () => {
    const job = newResend();
    await lab.queue.send({ job });
    let hasOtherWon: boolean | undefined;
    const one = instanceThatWaitsFor(async () => {
      hasOtherWon = await ask();
      await lab.pumpAll(lab.instance());
    });
    await lab.pumpAll(one);
    expect(hasOtherWon).toBe(false);
    expect(lab.sent.map(({ job: { resendRequest } }) => resendRequest?.id)).toEqual([job.resendRequest.id]);
    expect(await rowOf(job)).toMatchObject({ status: 'succeeded', attemptCount: 2 });
  });
});

describe('a request that has lost', () => {
  it('a request that has lost is not sent, though the winner fails and is dead again', async () => {
    lab.receiverIsUp = false;
    const lost = newResend();
    expect(await ask()).toBe(true);
    await lab.pumpAll();
    await lab.queue.send({ job: lost });
    await lab.pumpAll();
    expect(lab.sent).toHaveLength(1);
    expect(await lab.parts.log.recordResend(lost, delivery, lab.nowMs)).toBe(false);
    expect(await rowOf(lost)).toMatchObject({ status: 'dead', attemptCount: 2 });
  });

  it('a request that has lost is not sent, though the winner was cancelled before it came', async () => {
    const lost = newResend();
    expect(await ask()).toBe(true);
    const byRequest = { status: 'cancelled', reason: 'by_request' } as const;
    await lab.parts.log.recordState(nextJob(await rowOf(lost)), byRequest, lab.nowMs);
    await lab.queue.send({ job: lost });
    await lab.pumpAll();
    expect(lab.sent).toEqual([]);
    expect(await rowOf(lost)).toMatchObject(byRequest);
  });

  it('a request is not sent if its dead letter was discarded', async () => {
    const lost = newResend();
    await lab.parts.log.recordState(nextJob(delivery), { status: 'cancelled', reason: 'discarded' }, lab.nowMs);
    await lab.queue.send({ job: lost });
    await lab.pumpAll();
    expect(await lab.parts.log.recordResend(lost, delivery, lab.nowMs)).toBe(false);
    expect(lab.sent).toEqual([]);
    expect(await rowOf(lost)).toMatchObject({ status: 'cancelled', reason: 'discarded' });
  });
});

describe('a request that has won', () => {
  it('a request that has won is not sent if its delivery was cancelled after its row was read', async () => {
    const job = newResend();
    await lab.queue.send({ job });
    const byRequest = { status: 'cancelled', reason: 'by_request' } as const;
    let hasWon: boolean | undefined;
    lab.meanwhile = async () => {
      hasWon ??= await lab.parts.log.recordResend(job, delivery, lab.nowMs);
      await lab.parts.log.recordState(nextJob(await rowOf(job)), byRequest, lab.nowMs);
    };
    await lab.pumpAll();
    expect(hasWon).toBe(true);
    expect(lab.sent).toEqual([]);
    expect(await rowOf(job)).toMatchObject(byRequest);
  });
});

describe('what is sent again', () => {
  it('sending again costs one write more than the attempt, whoever makes it', async () => {
    // So that the circuit has no failures to forget.
    await ask();
    await lab.pumpAll();
    delivery = await rowOf(newResend());
    const writes = lab.writes();
    const updatesOf = async (what: () => Promise<unknown>) => {
      const before = writes.updates;
      await what();
      return writes.updates - before;
    };
    expect(await updatesOf(ask)).toBe(1);
    const ofAttempt = await updatesOf(() => lab.pumpAll());
    delivery = await rowOf(newResend());
    await lab.queue.send({ job: newResend() });
    expect(await updatesOf(() => lab.pumpAll())).toBe(ofAttempt + 1);
    expect(lab.sent).toHaveLength(3);
  });

  it('a delivery can be sent again as often as it has ended', async () => {
    for (let replays = 1; replays <= 3; replays++) {
      expect(await ask()).toBe(true);
      await lab.pumpAll();
      delivery = await rowOf(newResend());
      expect(delivery).toMatchObject({ status: 'succeeded', attemptCount: 1 + replays });
    }
  });
});
