import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DeliveryJob, nextJob, replayJob } from '../../../core/deliveries/delivery.ts';
import { NO_PACE } from '../../../core/pace/pace.ts';
import { startServices, type TestServices } from '../../../test/support/services.ts';
import { resendAll } from '../../shared/resends.ts';
import type { StoredDelivery } from '../../stores/deliveries/delivery-row.ts';
import { LineStore } from '../../stores/deliveries/lines.ts';
import { handOver } from '../queue.fixture.ts';
import { LineUnderTest } from './line.fixture.ts';

let services: TestServices;
let line: LineUnderTest;

beforeEach(async () => {
  services = await startServices();
  line = new LineUnderTest(services, 2);
  line.pace = { ...NO_PACE, ordering: 'fifo' };
  line.retryPolicy = { ...line.retryPolicy, intervalsSeconds: [86_400] };
  line.answer = (job, body) => ({ statusCode: body === '0' && job.attempt === 1 ? 500 : 200 });
});
afterEach(() => {
  vi.restoreAllMocks();
  return services.close();
});

/** Sends a delivery again as the API does. */
async function sendAgain(delivery: StoredDelivery, job: DeliveryJob): Promise<void> {
  const { queue: deliveryQueue, parts } = line;
  await resendAll({ deliveryQueue, deliveryLog: parts.log }, [{ delivery, job }], line.nowMs);
}

/** Has another instance handle all messages, at this moment. */
async function handAllOver(): Promise<void> {
  while ((await handOver(services, line.instance())) > 0);
}

async function retryByHand(job: DeliveryJob): Promise<void> {
  const delivery = await line.row(job);
  await sendAgain(delivery, nextJob(delivery));
  await handAllOver();
}

/** Cancels it, and sends it again. */
async function replayCancelled(job: DeliveryJob): Promise<void> {
  await line.cancelByHand(job);
  const cancelled = await line.row(job);
  await sendAgain(cancelled, replayJob(cancelled, line.nowMs));
}

describe('a retry by hand in an ordered line', () => {
  it('a retry by hand while an event finds the line asleep is made at once, and those behind it go on', async () => {
    const [first] = await line.accept('0', '1');
    await line.pass(2);
    const { take } = LineStore.prototype;
    vi.spyOn(LineStore.prototype, 'take').mockImplementationOnce(async function (this: LineStore, ...args) {
      const lease = await take.apply(this, args);
      if (first) await retryByHand(first);
      return lease;
    });
    await line.accept('2');
    await line.pass(10);
    expect(line.sent).toEqual(['0', '0', '1', '2']);
  });

  it('a retry by hand before the last look of a run is made at once, and those behind it go on', async () => {
    const { peek } = LineStore.prototype;
    const [first] = await line.accept('0', '1');
    let isAsked = false;
    vi.spyOn(LineStore.prototype, 'peek').mockImplementation(async function (this: LineStore, ...args) {
      if (!isAsked && first && (await line.status(first)) === 'retrying') {
        isAsked = true;
        await retryByHand(first);
      }
      return peek.apply(this, args);
    });
    await line.pass(10);
    expect(line.sent).toEqual(['0', '0', '1']);
  });

  it('a retry by hand before the line falls asleep is made at once, and those behind it go on', async () => {
    const { release } = LineStore.prototype;
    const [first] = await line.accept('0', '1');
    vi.spyOn(LineStore.prototype, 'release').mockImplementationOnce(async function (this: LineStore, ...args) {
      if (first) await retryByHand(first);
      await release.apply(this, args);
    });
    await line.pass(10);
    expect(line.sent).toEqual(['0', '0', '1']);
  });
});

describe('a replay in an ordered line', () => {
  it('a replay stays in the line when a cancelled retry by hand with the same number leaves it', async () => {
    const [first] = await line.accept('0');
    await line.pass(2);
    line.enabled = false;
    if (first) await retryByHand(first);
    if (first) await replayCancelled(first);
    await handAllOver();
    line.enabled = true;
    await line.queue.send({ kind: 'line', destinationId: line.destinationId });
    await line.pass(10);
    expect(line.sent).toEqual(['0', '0']);
    expect(await line.waiting()).toBe(0);
  });

  it('a replay does not wait for the retry of an attempt that was under way when it was asked for', async () => {
    const [first] = await line.accept('0', '1');
    await line.pass(2);
    line.answer = (job) => ({ statusCode: job.roundStart === 1 && job.attempt === 2 ? 500 : 200, afterMs: 3_000 });
    const delivery = first && (await line.row(first));
    if (delivery) await sendAgain(delivery, nextJob(delivery));
    await line.pass(1);
    if (first) await replayCancelled(first);
    await line.pass(20);
    expect(line.sent).toEqual(['0', '0', '1', '0']);
    expect(first && (await line.status(first))).toBe('succeeded');
  });
});
