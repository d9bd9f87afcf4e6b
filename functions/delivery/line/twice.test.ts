import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DeliveryJob, nextJob, replayJob } from '../../../core/deliveries/delivery.ts';
import { NO_PACE } from '../../../core/pace/pace.ts';
import type { RetryPolicy } from '../../../core/retries/retry-policy.ts';
import { startServices, type TestServices } from '../../../test/support/services.ts';
import { type Resend, resendAll } from '../../shared/resends.ts';
import { pendingDelivery } from '../../stores/deliveries/delivery-row.ts';
import { LineUnderTest } from './line.fixture.ts';

let services: TestServices;
let line: LineUnderTest;
beforeEach(async () => {
  services = await startServices();
  line = new LineUnderTest(services, 2);
  line.pace = { ...NO_PACE, maxConcurrency: 1 };
  line.retryPolicy = retriedAfter(30, 86_400);
});
afterEach(() => services.close());

function retriedAfter(...intervalsSeconds: [number, ...number[]]): RetryPolicy {
  return { maxRetries: 5, backoff: 'exponential', intervalsSeconds, retryOn: null };
}

/** The message of a retry or replay goes out, as the API sends it. */
async function send(resend: Resend): Promise<void> {
  const stores = { deliveryQueue: line.queue, deliveryLog: line.parts.log };
  expect(await resendAll(stores, [resend], line.nowMs)).toHaveLength(1);
}

async function retryByHand(job: DeliveryJob): Promise<void> {
  const delivery = await line.row(job);
  await send({ delivery, job: nextJob(delivery) });
}

/** Whatever begins with `x` fails, and the blocker takes so long. */
function blockedFor(seconds: number): void {
  line.answer = (_, body) => ({
    statusCode: body.startsWith('x') ? 500 : 200,
    afterMs: body === 'blocker' ? seconds * 1_000 : 0,
  });
}

describe('a delivery that stands twice in a line without an order, once as a retry by hand', () => {
  /** Retries that have fallen due behind something slow, and are asked for by hand as well. */
  async function askedForBeside(bodies: readonly string[]): Promise<void> {
    blockedFor(45);
    const jobs = await line.accept(...bodies);
    await line.pass(10);
    await line.accept('blocker');
    await line.pass(28);
    line.apartMs = 5;
    for (const job of jobs) await retryByHand(job);
    await line.pass(120);
    line.apartMs = 0;
  }

  it('the delivery leaves the line when its attempt has failed, and nothing waits for its next retry', async () => {
    // More than the rows of a line that are looked at.
    await askedForBeside(Array.from({ length: 70 }, (_, index) => `x${index}`));
    expect(await line.waiting()).toBe(0);
    await line.accept('new');
    await line.pass(60);
    expect(line.sent).toContain('new');
  }, 60_000);

  it('the next retry is made once though the pace is taken away before', async () => {
    line.retryPolicy = retriedAfter(30);
    await askedForBeside(['x']);
    line.pace = NO_PACE;
    await line.pass(300);
    const attempts = line.seen.filter(({ body }) => body === 'x').map(({ job }) => job.attempt);
    expect(attempts).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('a held delivery leaves the line when it is also released', async () => {
    const { pace } = line;
    line.pace = NO_PACE;
    line.enabled = false;
    const [held] = await line.accept('x');
    if (!held) throw new Error('nothing was accepted');
    await line.pass(10);
    line.pace = pace;
    blockedFor(0);
    await retryByHand(held);
    await line.pass(2);
    line.enabled = true;
    await line.queue.send({ destinationId: line.destinationId, atMs: line.nowMs });
    await line.pass(20);
    expect(line.sent).toEqual(['x']);
    expect(await line.waiting()).toBe(0);
  });

  it('a delivery leaves the line when its replay came while its first attempt was waiting', async () => {
    blockedFor(30);
    await line.accept('blocker');
    await line.pass(2);
    const [first] = await line.accept('x');
    if (!first) throw new Error('nothing was accepted');
    const { connectionId: id, organizationId, sourceId, destinationId } = line;
    const delivery = pendingDelivery(first.deliveryId, { id, organizationId, sourceId, destinationId });
    await send({ delivery, job: replayJob(delivery, line.nowMs) });
    await line.pass(40);
    expect(line.sent).toEqual(['blocker', 'x']);
    expect(await line.waiting()).toBe(0);
  });
});
