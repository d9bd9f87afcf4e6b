import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DeliveryJob, nextJob } from '../../../core/deliveries/delivery.ts';
import { NO_PACE } from '../../../core/pace/pace.ts';
import { startServices, type TestServices } from '../../../test/support/services.ts';
import { resendAll } from '../../shared/resends.ts';
import { LineUnderTest } from './line.fixture.ts';

let services: TestServices;
let line: LineUnderTest;
beforeEach(async () => {
  services = await startServices();
  line = new LineUnderTest(services, 2);
});
afterEach(() => services.close());

const hold = async (...bodies: string[]) => {
  line.enabled = false;
  const held = await line.accept(...bodies);
  await line.pass(300);
  return held;
};
const release = () => line.queue.send({ destinationId: line.destinationId, atMs: line.nowMs });

/** A request by somebody who has read the row while it was held. @returns whether that request has won */
async function askedFor(job: DeliveryJob): Promise<boolean> {
  const delivery = await line.row(job);
  const stores = { deliveryQueue: line.queue, deliveryLog: line.parts.log };
  const sent = await resendAll(stores, [{ delivery, job: nextJob(delivery) }], line.nowMs);
  return sent.length === 1;
}

it.each([0, 1, 2])(
  'a delivery that was held before its destination got a pace, and was retried by hand %i times since, is sent once',
  async (times) => {
    const [held] = await hold('held');
    if (!held) throw new Error('nothing was accepted');
    expect(await line.status(held)).toBe('held');
    line.pace = { ...NO_PACE, maxConcurrency: 1 };
    line.answer = () => ({ statusCode: 200, afterMs: 1_000 });
    await line.accept('1', '2', '3');
    await line.pass(2);
    for (let asked = 0; asked < times; asked++) {
      expect(await askedFor(held)).toBe(true);
      await line.pass(2);
    }
    line.enabled = true;
    await release();
    await line.pass(300, 2_000);
    expect(line.sent.toSorted()).toEqual(['1', '2', '3', 'held']);
    expect(await line.status(held)).toBe('succeeded');
    expect(await line.waiting()).toBe(0);
  },
);

describe('a delivery that stands in a line twice after the order was changed', () => {
  it('a delivery that was also asked for by hand is sent once', async () => {
    const [held] = await hold('held');
    if (!held) throw new Error('nothing was accepted');
    line.pace = { ...NO_PACE, maxConcurrency: 2 };
    await line.queue.send({ job: nextJob(await line.row(held)) });
    await line.pass(2);
    line.pace = { ...NO_PACE, ordering: 'fifo' };
    line.answer = () => ({ statusCode: 200, afterMs: 1_000 });
    expect(await askedFor(held)).toBe(true);
    await line.pass(2);
    line.enabled = true;
    await release();
    await line.pass(300, 1_000);
    expect(line.sent).toEqual(['held']);
  });

  it('a delivery that was released twice is sent once', async () => {
    await hold('a', 'b');
    line.pace = { ...NO_PACE, maxConcurrency: 2 };
    line.enabled = true;
    line.answer = () => ({ statusCode: 200, afterMs: 1_000, isUnclaimed: true });
    await release();
    await line.pass(3, 500);
    line.enabled = false;
    await line.pass(30);
    expect(await line.waiting()).toBeGreaterThan(0);
    line.seen.length = 0;
    line.answer = () => ({ statusCode: 200, afterMs: 1_000 });
    line.pace = { ...NO_PACE, ordering: 'fifo' };
    line.enabled = true;
    await release();
    await line.pass(300, 1_000);
    expect(line.sent.toSorted()).toEqual(['a', 'b']);
  });
});
