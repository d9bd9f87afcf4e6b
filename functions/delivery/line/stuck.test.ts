import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DeliveryJob, nextJob, replayJob } from '../../../core/deliveries/delivery.ts';
import { NO_PACE, type Pace } from '../../../core/pace/pace.ts';
import { startServices, type TestServices } from '../../../test/support/services.ts';
import { logger } from '../../shared/logger.ts';
import { resendAll } from '../../shared/resends.ts';
import { DeliveryLog } from '../../stores/deliveries/delivery-log.ts';
import { pendingDelivery } from '../../stores/deliveries/delivery-row.ts';
import type { Transforms } from '../transforms.ts';
import { LineUnderTest } from './line.fixture.ts';

let services: TestServices;
let line: LineUnderTest;
let counted: string[];

beforeEach(async () => {
  services = await startServices();
  line = new LineUnderTest(services, 2);
  line.pace = { ...NO_PACE, ordering: 'fifo' };
  counted = [];
  vi.spyOn(logger, 'error').mockImplementation(() => undefined);
  vi.spyOn(process.stdout, 'write').mockImplementation((metric) => counted.push(String(metric)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  return services.close();
});

/** How a delivery ends that is given up. */
const GIVEN_UP = { status: 'dead', reason: 'processing_failed' };

async function endOf(job: DeliveryJob | undefined) {
  return job && (await line.parts.reader.getWithAttempts(job))?.delivery;
}

describe('a delivery of an ordered line that cannot be processed', () => {
  let broken: DeliveryJob | undefined;
  /** Whether an attempt of it fails. */
  let fails: (job: DeliveryJob) => boolean;

  beforeEach(() => {
    fails = () => true;
    const apply: Transforms['apply'] = async (job, _, request) => {
      if (job.deliveryId === broken?.deliveryId && fails(job)) throw new Error('throttled');
      return { kind: 'ready', request };
    };
    const instance = () => line.instance({ transforms: { apply } });
    line.workers.splice(0, Infinity, instance(), instance());
  });

  it('the delivery is tried again, then given up, and those behind it go on', async () => {
    line.answer = (_, body) => {
      if (body === '0') throw new Error('out of order');
      return { statusCode: 200 };
    };
    const [first] = await line.accept('0', '1');
    await line.pass(100, 10_000);
    expect(line.sent).toEqual(['0', '0', '0']);
    await line.pass(400, 10_000);
    expect(line.sent).toEqual([...Array(5).fill('0'), '1']);
    expect(logger.error).toHaveBeenCalledTimes(5);
    expect(await endOf(first)).toMatchObject(GIVEN_UP);
    expect(counted.map((metric) => JSON.parse(metric).Unprocessed)).toEqual([1, 1, 1, 1, 1]);
  });

  it('a delivery that fails for some seconds is no dead letter, however many events come meanwhile', async () => {
    [broken] = await line.accept('0');
    for (let event = 0; event < 8; event++) {
      await line.pass(0.4, 200);
      await line.accept(String(event));
    }
    fails = () => false;
    await line.pass(40, 10_000);
    expect((await endOf(broken))?.status).toBe('succeeded');
    expect(await line.waiting()).toBe(0);
  });

  it('the delivery is given up after 7.5 minutes though an event comes shortly before the end of each pause', async () => {
    [broken] = await line.accept('0');
    for (let event = 0; event < 17; event++) {
      await line.pass(27, 3_000);
      await line.accept(String(event));
    }
    await line.pass(10);
    expect(await endOf(broken)).toMatchObject(GIVEN_UP);
    expect(await line.waiting()).toBe(0);
  });

  it('a delivery that fails at its retry is given up', async () => {
    fails = ({ attempt }) => attempt > 1;
    line.answer = (_, body) => ({ statusCode: body === '0' ? 500 : 200 });
    [broken] = await line.accept('0', '1');
    await line.pass(1_000, 10_000);
    expect(await endOf(broken)).toMatchObject({ ...GIVEN_UP, attemptCount: 1 });
    expect(line.sent).toEqual(['0', '1']);
  });

  it('the delivery is given up though a rate limit ends runs before it is tried', async () => {
    line.pace = { ...line.pace, rateLimit: { limit: 1, period: 'minute' } };
    line.answer = (_, body) => {
      if (body === '0') throw new Error('out of order');
      return { statusCode: 200 };
    };
    const [first] = await line.accept('0', '1');
    await line.pass(900, 10_000);
    expect(line.sent).toEqual([...Array(5).fill('0'), '1']);
    expect(await endOf(first)).toMatchObject(GIVEN_UP);
  });

  it('a delivery that fails after the time in which attempts begin is given up', async () => {
    fails = () => false;
    const { recordAttempt } = DeliveryLog.prototype;
    vi.spyOn(DeliveryLog.prototype, 'recordAttempt').mockImplementation(async function (this: DeliveryLog, ...args) {
      if (args[0].deliveryId === broken?.deliveryId) throw new Error('throttled');
      return recordAttempt.apply(this, args);
    });
    line.answer = (_, body) => ({ statusCode: 200, afterMs: body === '0' ? 25_000 : 0 });
    [broken] = await line.accept('0', '1');
    await line.pass(700, 5_000);
    expect(await endOf(broken)).toMatchObject(GIVEN_UP);
    expect(line.sent).toEqual([...Array(5).fill('0'), '1']);
  });

  it.each(['fifo', 'none'] as const)(
    'a delivery that has been sent again while it waited is given up, and those behind it go on: %s',
    async (ordering) => {
      line.pace = { ...NO_PACE, ordering, maxConcurrency: 1 };
      line.enabled = false;
      const jobs = await line.accept('0', '1');
      await line.pass(3);
      for (const job of jobs.slice(0, 1)) {
        broken = job;
        const { connectionId: id, organizationId, sourceId, destinationId, nowMs } = line;
        const delivery = pendingDelivery(job.deliveryId, { id, organizationId, sourceId, destinationId });
        const again = { delivery, job: replayJob(delivery, nowMs) };
        await resendAll({ deliveryQueue: line.queue, deliveryLog: line.parts.log }, [again], nowMs);
      }
      await line.pass(3);
      line.enabled = true;
      await line.queue.send({ kind: 'line', destinationId: line.destinationId, notBeforeMs: line.nowMs });
      // Its place in the line, and then that of its replay.
      await line.pass(1_000, 10_000);
      expect(line.sent).toEqual(['1']);
      expect(await endOf(broken)).toMatchObject(GIVEN_UP);
      expect(await line.waiting()).toBe(0);
    },
  );

  it('a retry that its row does not know of leaves the line', async () => {
    line.pace = { ...NO_PACE, maxConcurrency: 1 };
    line.retryPolicy = { ...line.retryPolicy, intervalsSeconds: [3_000] };
    fails = ({ attempt }) => attempt > 1;
    line.answer = (_, body) => ({ statusCode: body === '0' ? 500 : 200 });
    [broken] = await line.accept('0');
    await line.pass(3);
    const row = await endOf(broken);
    if (row) await line.queue.send({ job: { ...nextJob(row), attempt: 3 } });
    await line.pass(1_000, 10_000);
    expect(await line.waiting()).toBe(0);
  });

  it('the delivery has all its tries again once an attempt was made', async () => {
    line.retryPolicy = { ...line.retryPolicy, intervalsSeconds: [1] };
    line.answer = () => ({ statusCode: 500 });
    [broken] = await line.accept('0');
    await line.pass(440, 10_000);
    fails = ({ attempt }) => attempt > 1;
    await line.pass(75, 5_000);
    expect(await endOf(broken)).toMatchObject({ status: 'retrying', attemptCount: 1 });
    await line.pass(420, 10_000);
    expect(await endOf(broken)).toMatchObject(GIVEN_UP);
  });
});

describe('a delivery that cannot be processed in a line that is ordered by a key', () => {
  it('the delivery is tried again though the message for that finds the line taken', async () => {
    let isDown = true;
    let broken: DeliveryJob | undefined;
    const apply: Transforms['apply'] = async (job, _, request) => {
      if (isDown && job.deliveryId === broken?.deliveryId) throw new Error('throttled');
      return { kind: 'ready', request };
    };
    const instance = () => line.instance({ transforms: { apply } });
    line.workers.splice(0, Infinity, instance(), instance());
    line.pace = { ...NO_PACE, ordering: { fifoBy: { body: 'key' } } };
    line.answer = () => ({ statusCode: 200, afterMs: 10_000 });
    [broken] = await line.accept('{"key":0}');
    await line.pass(25);
    await line.accept('{"key":1}');
    await line.pass(9);
    isDown = false;
    await line.pass(20);
    expect((await endOf(broken))?.status).toBe('succeeded');
  });

  it('two deliveries that cannot be processed are both given up, whichever fails first', async () => {
    line.pace = { ...NO_PACE, ordering: { fifoBy: { body: 'key' } } };
    let runs = 0;
    const apply: Transforms['apply'] = async (job) => {
      // It changes from run to run which of the two fails first.
      if (job.deliveryId === jobs[0]?.deliveryId && ++runs % 2 === 0)
        await new Promise((resolve) => setTimeout(resolve, 1));
      throw new Error('throttled');
    };
    const instance = () => line.instance({ transforms: { apply } });
    line.workers.splice(0, Infinity, instance(), instance());
    const jobs = await line.accept('{"key":0}', '{"key":1}');
    await line.pass(1_200, 10_000);
    for (const job of jobs) expect(await endOf(job)).toMatchObject(GIVEN_UP);
  });
});

describe('the other deliveries of a line in which one cannot be processed', () => {
  const isBroken = (body: string) => body.includes('broken');

  beforeEach(() => {
    const apply: Transforms['apply'] = async (_, __, request) => {
      if (isBroken(Buffer.from(request.body).toString())) throw new Error('throttled');
      return { kind: 'ready', request };
    };
    const instance = () => line.instance({ transforms: { apply } });
    line.workers.splice(0, Infinity, instance(), instance());
  });

  it.each<[string, Partial<Pace>]>([
    ['a limit of concurrency', { maxConcurrency: 1 }],
    ['a rate limit', { rateLimit: { limit: 1, period: 'second' } }],
  ])('all others go on at once with %s and no order', async (_, pace) => {
    line.pace = { ...NO_PACE, ...pace };
    await line.accept('broken', '1', '2', '3');
    await line.pass(10);
    expect(line.sent).toEqual(['1', '2', '3']);
  });

  it('the retries of one key do not wait for a delivery of another key', async () => {
    line.pace = { ...NO_PACE, ordering: { fifoBy: { body: 'key' } } };
    line.retryPolicy = { ...line.retryPolicy, intervalsSeconds: [5] };
    line.answer = ({ attempt }) => ({ statusCode: attempt === 1 ? 500 : 200 });
    await line.accept('{"key":"broken"}');
    // Into the longest pause.
    await line.pass(250, 10_000);
    const [job] = await line.accept('{"key":"healthy"}');
    await line.pass(10);
    expect(line.seen.map(({ job }) => job.attempt)).toEqual([1, 2]);
    expect(job && (await line.status(job))).toBe('succeeded');
  });

  it('a delivery is tried again only after its pause, however many runs there are in between', async () => {
    line.pace = { ...NO_PACE, maxConcurrency: 1 };
    await line.accept('broken');
    for (let event = 0; event < 20; event++) {
      await line.accept(String(event));
      await line.pass(1);
    }
    expect(line.sent).toHaveLength(20);
    expect(logger.error).toHaveBeenCalledTimes(1);
  });

  it('a delivery that is cancelled in its pause lets those behind it go', async () => {
    const [broken] = await line.accept('broken', '1');
    await line.pass(5);
    const byRequest = { status: 'cancelled', reason: 'by_request' } as const;
    expect(broken && (await line.parts.log.recordState(broken, byRequest, line.nowMs))).toBe(true);
    await line.queue.send({ kind: 'line', destinationId: line.destinationId, notBeforeMs: line.nowMs });
    await line.pass(2);
    expect(line.sent).toEqual(['1']);
  });

  it('a run begins nothing more once Hawser has failed on two deliveries, as its services may be at fault', async () => {
    line.pace = { ...NO_PACE, maxConcurrency: 1 };
    await line.accept('broken 1', 'broken 2', '1');
    await line.pass(20);
    expect(line.sent).toEqual([]);
    await line.pass(1_000, 10_000);
    expect(line.sent).toEqual(['1']);
    expect(await line.waiting()).toBe(0);
  });
});
