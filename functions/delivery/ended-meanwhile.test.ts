import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DeliveryJob, replayJob } from '../../core/deliveries/delivery.ts';
import { NO_PACE } from '../../core/pace/pace.ts';
import { loseResponse } from '../../test/support/lost-responses.ts';
import { startServices, type TestServices } from '../../test/support/services.ts';
import { logger } from '../shared/logger.ts';
import { resendAll } from '../shared/resends.ts';
import { LineUnderTest } from './line/line.fixture.ts';
import type { Transforms } from './transforms.ts';

let services: TestServices;
let line: LineUnderTest;

beforeEach(async () => {
  services = await startServices();
  line = new LineUnderTest(services, 2);
  line.pace = { ...NO_PACE, ordering: 'fifo' };
  line.retryPolicy = { ...line.retryPolicy, intervalsSeconds: [60] };
  line.answer = (job) => ({ statusCode: job.attempt === 1 ? 500 : 200 });
  vi.spyOn(logger, 'error').mockImplementation(() => undefined);
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
});
afterEach(() => {
  vi.restoreAllMocks();
  return services.close();
});

describe('a delivery that is cancelled by hand while it is processed', () => {
  it.each(['fails for good', 'can not be processed'])(
    'a delivery that is cancelled while its transform %s stays cancelled, and is no dead letter',
    async (how) => {
      const announce = vi.fn(async () => {});
      let cancelled: boolean | undefined;
      let tries = 0;
      const apply: Transforms['apply'] = async (job, _, request) => {
        if (job.attempt === 1) return { kind: 'ready', request };
        const isLast = how === 'fails for good' || ++tries === 5;
        if (isLast) cancelled = await line.cancelByHand(job);
        if (how === 'fails for good') return { kind: 'failed', message: 'TypeError' };
        throw new Error('throttled');
      };
      const instance = () => line.instance({ transforms: { apply }, announce });
      line.workers.splice(0, Infinity, instance(), instance());
      const [job] = await line.accept('0');
      await line.pass(1_000, 10_000);
      expect(cancelled).toBe(true);
      expect(job && (await line.parts.reader.getWithAttempts(job))?.delivery).toMatchObject({
        status: 'cancelled',
        reason: 'by_request',
      });
      expect(announce).not.toHaveBeenCalled();
    },
  );
});

it('an end whose answer from DynamoDB gets lost is announced', async () => {
  const announce = vi.fn(async () => {});
  const apply: Transforms['apply'] = async () => ({ kind: 'failed', message: 'TypeError' });
  line.workers.splice(0, Infinity, line.instance({ transforms: { apply }, announce }));
  const lost = loseResponse(services.clients.dynamodb, /"S":"dead"/);
  const jobs = await line.accept('0');
  await line.pass(60);
  expect(lost()).toBe(1);
  expect(await line.statuses(jobs)).toEqual(new Set(['dead']));
  expect(announce).toHaveBeenCalledTimes(1);
});

it('a delivery that is cancelled while it waits for its transform is not sent', async () => {
  line.pace = { ...NO_PACE, maxConcurrency: 20 };
  const apply: Transforms['apply'] = async (_, __, request) => {
    await new Promise<void>((resolve) => services.clock.setTimer(4_500, resolve));
    return { kind: 'ready', request };
  };
  line.workers.splice(0, Infinity, line.instance({ transforms: { apply } }));
  const jobs = await line.accept(...Array.from({ length: 13 }, (_, n) => String(n)));
  await line.pass(1);
  const last = jobs.at(-1);
  if (!last) throw new Error('no job');
  expect(await line.parts.log.recordState(last, { status: 'cancelled', reason: 'by_request' }, line.nowMs)).toBe(true);
  await line.pass(60);
  expect(line.sent).not.toContain('12');
  expect(await line.status(last)).toBe('cancelled');
});

describe('a delivery that is cancelled during an attempt which then fails', () => {
  const byRequest = { status: 'cancelled', reason: 'by_request' } as const;
  beforeEach(() => {
    line.pace = NO_PACE;
    line.workers.splice(0, Infinity, line.instance());
    line.answer = () => ({ statusCode: 500, afterMs: 5_000 });
  });

  async function replayed(job: DeliveryJob): Promise<void> {
    const delivery = await line.row(job);
    const stores = { deliveryQueue: line.queue, deliveryLog: line.parts.log };
    const resends = [{ delivery, job: replayJob(delivery, line.nowMs) }];
    expect(await resendAll(stores, resends, line.nowMs)).toHaveLength(1);
  }

  /** @returns the job of a delivery that is cancelled during its attempt of this number */
  async function cancelledDuring(attempt: number): Promise<DeliveryJob> {
    const [job] = await line.accept('x');
    if (!job) throw new Error('nothing was accepted');
    for (let second = 0; second < 100 && line.seen.length < attempt; second++) await line.pass(1);
    expect(line.seen).toHaveLength(attempt);
    expect(await line.parts.log.recordState({ ...job, attempt }, byRequest, line.nowMs)).toBe(true);
    return job;
  }

  it.each([1, 2])(
    'a delivery that is cancelled during attempt %i stays so, logs that attempt, and is sent once it is replayed',
    async (attempt) => {
      const job = await cancelledDuring(attempt);
      await line.pass(10);
      const { delivery, attempts } = (await line.parts.reader.getWithAttempts(job)) ?? {};
      expect(delivery).toMatchObject({ ...byRequest, attemptCount: attempt, lastResult: '500' });
      expect(attempts?.map(({ number }) => number)).toEqual(Array.from({ length: attempt }, (_, index) => index + 1));
      line.answer = () => ({ statusCode: 200 });
      await replayed(job);
      await line.pass(600);
      expect(line.seen.map(({ job }) => job.attempt)).toEqual(
        Array.from({ length: attempt + 1 }, (_, index) => index + 1),
      );
      expect(await line.status(job)).toBe('succeeded');
    },
  );

  it.each([
    ['fails', 5],
    ['fails for good', 0],
  ])('a replay that is asked for before that attempt %s is sent', async (_, maxRetries) => {
    line.retryPolicy = { ...line.retryPolicy, maxRetries };
    const job = await cancelledDuring(1);
    await replayed(job);
    line.answer = () => ({ statusCode: 200 });
    await line.pass(600);
    expect(line.seen).toHaveLength(2);
    expect(await line.status(job)).toBe('succeeded');
  });

  it('a replay that is cancelled while it waits for the end of that attempt is not sent', async () => {
    const job = await cancelledDuring(1);
    await replayed(job);
    await line.pass(1);
    expect(await line.cancelByHand(job)).toBe(true);
    await line.pass(60);
    expect(line.seen).toHaveLength(1);
    expect(await line.status(job)).toBe('cancelled');
  });

  it.each([5, 0])(
    'that attempt is logged if the delivery was replayed and cancelled once more: retries %i',
    async (maxRetries) => {
      line.retryPolicy = { ...line.retryPolicy, maxRetries };
      const job = await cancelledDuring(1);
      await replayed(job);
      expect(await line.cancelByHand(job)).toBe(true);
      await line.pass(60);
      const { delivery, attempts } = (await line.parts.reader.getWithAttempts(job)) ?? {};
      expect(delivery).toMatchObject(byRequest);
      expect(attempts).toHaveLength(1);
    },
  );

  describe('in an ordered line, when it was replayed and the attempt fails for good', () => {
    beforeEach(() => {
      line.pace = { ...NO_PACE, ordering: 'fifo' };
      line.retryPolicy = { ...line.retryPolicy, maxRetries: 0 };
      line.answer = (_, body) => ({ statusCode: body === 'x' ? 500 : 200, afterMs: 3_000 });
    });

    it('the replay is sent once, and those behind it go on', async () => {
      const job = await cancelledDuring(1);
      await replayed(job);
      await line.accept('y');
      await line.pass(120);
      expect(line.sent).toEqual(['x', 'x', 'y']);
      expect(await line.waiting()).toBe(0);
    });

    it('the replay is sent once if all that happened while the delivery waited in the line', async () => {
      const [, job] = await line.accept('a', 'x');
      if (!job) throw new Error('nothing was accepted');
      await line.pass(1);
      expect(await line.parts.log.recordState(job, byRequest, line.nowMs)).toBe(true);
      await replayed(job);
      await line.accept('c');
      await line.pass(120);
      expect(line.sent).toEqual(['a', 'x', 'x', 'c']);
      expect(await line.waiting()).toBe(0);
    });
  });
});
