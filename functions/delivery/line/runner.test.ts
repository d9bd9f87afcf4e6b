import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DeliveryJob, nextJob, replayJob } from '../../../core/deliveries/delivery.ts';
import { NO_PACE, type RateLimit } from '../../../core/pace/pace.ts';
import { startServices, type TestServices } from '../../../test/support/services.ts';
import { logger } from '../../shared/logger.ts';
import { resendAll } from '../../shared/resends.ts';
import type { LineEntry } from '../../stores/deliveries/line-entry-codec.ts';
import { LineStore } from '../../stores/deliveries/lines.ts';
import { receiveBatch } from '../queue.fixture.ts';
import { LineUnderTest } from './line.fixture.ts';

let services: TestServices;
let line: LineUnderTest;

beforeEach(async () => {
  services = await startServices();
  line = new LineUnderTest(services);
});
afterEach(() => {
  vi.restoreAllMocks();
  return services.close();
});

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => String(from + index));

/** The most attempts that began within any period of this length. */
function mostWithin(windowMs: number): number {
  const times = line.seen.map(({ atMs }) => atMs);
  return Math.max(...times.map((from) => times.filter((timeMs) => timeMs >= from && timeMs < from + windowMs).length));
}

describe('a rate limit', () => {
  const rateLimit: RateLimit = { limit: 20, period: 'second' };

  it('a rate limit holds within 5 % over any ten periods, however many function instances there are', async () => {
    line = new LineUnderTest(services, 4);
    line.pace = { ...NO_PACE, rateLimit };
    line.answer = () => ({ statusCode: 200, afterMs: 120 });
    for (let batch = 0; batch < 3; batch++) await line.accept(...numbers(100, batch * 100));
    await line.pass(17);
    expect(new Set(line.sent).size).toBe(300);
    expect(line.seen).toHaveLength(300);
    expect(mostWithin(10_000)).toBeLessThanOrEqual(210);
    const tookMs = (line.seen.at(-1)?.atMs ?? 0) - (line.seen[0]?.atMs ?? 0);
    expect(tookMs).toBeLessThanOrEqual((300 / 20) * 1.05 * 1000);
  });

  it('a rate limit by the hour is kept between runs, without a function that waits', async () => {
    line.pace = { ...NO_PACE, rateLimit: { limit: 12, period: 'hour' } };
    await line.accept(...numbers(4));
    await line.pass(905, 5_000);
    const [first = 0] = line.seen.map(({ atMs }) => atMs);
    expect(line.seen.map(({ atMs }) => Math.round((atMs - first) / 1000))).toEqual([0, 300, 600, 900]);
  });

  it('a rate limit holds for what comes when all before it is done', async () => {
    line.pace = { ...NO_PACE, rateLimit: { limit: 12, period: 'hour' } };
    await line.accept('0');
    await line.pass(10);
    await line.accept('1');
    await line.pass(280, 5_000);
    expect(line.sent).toEqual(['0']);
    await line.pass(20, 5_000);
    expect(line.sent).toEqual(['0', '1']);
  });

  it('a rate limit goes on with the others while one hangs', async () => {
    line.pace = { ...NO_PACE, rateLimit };
    line.answer = (_, body) => ({ statusCode: 200, afterMs: body === '0' ? 10_000 : 10 });
    await line.accept(...numbers(100));
    await line.pass(5.5);
    expect(new Set(line.sent).size).toBe(100);
  });

  it('a rate limit counts retries, which wait at the end of the line', async () => {
    line.pace = { ...NO_PACE, rateLimit: { limit: 1, period: 'second' } };
    line.retryPolicy = { ...line.retryPolicy, backoff: 'fixed', intervalsSeconds: [5] };
    line.answer = (job) => ({ statusCode: job.attempt === 1 ? 500 : 200 });
    const jobs = await line.accept(...numbers(10));
    await line.pass(40);
    expect(line.seen).toHaveLength(20);
    expect(mostWithin(1_000)).toBe(1);
    for (const job of jobs) expect(await line.status(job)).toBe('succeeded');
  });
});

describe('a limit of concurrency', () => {
  it('a limit of concurrency is never exceeded, and is used up', async () => {
    line = new LineUnderTest(services, 3);
    line.pace = { ...NO_PACE, maxConcurrency: 3 };
    line.answer = () => ({ statusCode: 200, afterMs: 100 });
    await line.accept(...numbers(50));
    await line.accept(...numbers(10, 50));
    await line.pass(5);
    expect(line.seen).toHaveLength(60);
    expect(Math.max(...line.seen.map(({ underWay }) => underWay))).toBe(3);
  });
});

describe('an ordered destination', () => {
  beforeEach(() => {
    line.pace = { ...NO_PACE, ordering: 'fifo' };
  });

  it('an ordered destination gets one at a time, in the order of arrival, however many instances there are', async () => {
    line = new LineUnderTest(services, 4);
    line.pace = { ...NO_PACE, ordering: 'fifo' };
    line.answer = () => ({ statusCode: 200, afterMs: 20 });
    for (let batch = 0; batch < 5; batch++) await line.accept(...numbers(20, batch * 20));
    await line.pass(5);
    expect(line.sent).toEqual(numbers(100));
    expect(Math.max(...line.seen.map(({ underWay }) => underWay))).toBe(1);
    expect(await line.waiting()).toBe(0);
  });

  it('the order is kept through failures and retries of a day', async () => {
    line.answer = (job, body) => ({ statusCode: body === '1' && job.attempt < 6 ? 503 : 200 });
    const jobs = await line.accept(...numbers(4));
    await line.pass(40, 5_000);
    expect(line.sent).toEqual(['0', '1', '1']);
    expect(await line.status(jobs[1] as DeliveryJob)).toBe('retrying');
    await line.pass(100_000, 300_000);
    expect(line.sent).toEqual(['0', ...Array(6).fill('1'), '2', '3']);
    expect(line.seen.map(({ job }) => job.attempt)).toEqual([1, 1, 2, 3, 4, 5, 6, 1, 1]);
    for (const job of jobs) expect(await line.status(job)).toBe('succeeded');
  });

  it('those behind a delivery that has run out of retries go on', async () => {
    line.retryPolicy = { ...line.retryPolicy, maxRetries: 1, intervalsSeconds: [5] };
    line.answer = (_, body) => ({ statusCode: body === '0' ? 500 : 200 });
    const [dead] = await line.accept('0', '1');
    await line.pass(10);
    expect(line.sent).toEqual(['0', '0', '1']);
    expect(await line.status(dead as DeliveryJob)).toBe('dead');
  });

  it('a delivery that was cancelled while it waited is passed over', async () => {
    line.answer = (job, body) => ({ statusCode: body === '0' && job.attempt === 1 ? 500 : 200 });
    const [, second] = await line.accept('0', '1', '2');
    await line.pass(1);
    await line.parts.log.recordState(second as DeliveryJob, { status: 'cancelled', reason: 'by_request' }, line.nowMs);
    await line.pass(40);
    expect(line.sent).toEqual(['0', '0', '2']);
  });

  it('a delivery that was cancelled while those before it were delivered is passed over', async () => {
    line.answer = () => ({ statusCode: 200, afterMs: 2_000 });
    const jobs = await line.accept(...numbers(5));
    await line.pass(1, 500);
    const last = jobs[4] as DeliveryJob;
    await line.parts.log.recordState(last, { status: 'cancelled', reason: 'by_request' }, line.nowMs);
    await line.pass(12, 500);
    expect(line.sent).toEqual(numbers(4));
  });

  it('a retry is made in time though its schedule was refused', async () => {
    services.clients.scheduler.middlewareStack.add(
      () => async () => {
        throw new Error('throttled');
      },
      { step: 'initialize' },
    );
    vi.spyOn(logger, 'warn').mockImplementation(() => undefined);
    line.retryPolicy = { ...line.retryPolicy, intervalsSeconds: [7_200] };
    line.answer = (job) => ({ statusCode: job.attempt === 1 ? 500 : 200 });
    await line.accept('0', '1');
    await line.pass(7_000, 100_000);
    expect(line.sent).toEqual(['0']);
    await line.pass(1_000, 10_000);
    expect(line.sent).toEqual(['0', '0', '1']);
  });

  it('a retry by hand is made at once, and those behind it follow', async () => {
    line.answer = (job, body) => ({ statusCode: body === '0' && job.attempt === 1 ? 500 : 200 });
    const [first] = await line.accept('0', '1');
    await line.pass(1);
    expect(line.sent).toEqual(['0']);
    await line.queue.send({ job: { ...(first as DeliveryJob), attempt: 2 } });
    await line.pass(2);
    expect(line.sent).toEqual(['0', '0', '1']);
    expect(await line.waiting()).toBe(0);
  });

  it('a retry by hand comes before what waits behind it, even if its row says so first', async () => {
    line.answer = (job, body) => ({ statusCode: body === '0' && job.attempt === 1 ? 500 : 200 });
    const [first] = await line.accept('0', '1');
    await line.pass(1);
    const { log: deliveryLog, reader } = line.parts;
    const found = first && (await reader.getWithAttempts(first));
    if (!found) throw new Error('the delivery has no row');
    const resend = { delivery: found.delivery, job: nextJob(found.delivery) };
    await resendAll({ deliveryQueue: line.queue, deliveryLog }, [resend], line.nowMs);
    await line.pass(5);
    expect(line.sent).toEqual(['0', '0', '1']);
    expect(await line.status(first)).toBe('succeeded');
    expect(await line.waiting()).toBe(0);
  });

  it('a retry by hand is made at once, whatever has come since', async () => {
    line.retryPolicy = { ...line.retryPolicy, intervalsSeconds: [7_200] };
    line.answer = (job, body) => ({ statusCode: body === '0' && job.attempt === 1 ? 500 : 200 });
    const [first] = await line.accept('0');
    await line.pass(1);
    for (const body of numbers(5, 1)) await line.accept(body);
    await line.pass(1);
    await line.queue.send({ job: { ...(first as DeliveryJob), attempt: 2 } });
    await line.pass(60);
    expect(line.sent).toEqual(['0', ...numbers(6)]);
  });

  it('a replay is made behind all that waits', async () => {
    line.retryPolicy = { ...line.retryPolicy, maxRetries: 0 };
    line.answer = (job) => ({ statusCode: job.startsReplay || line.seen.length > 1 ? 200 : 500, afterMs: 50 });
    const [dead] = await line.accept('0');
    await line.pass(1);
    expect(await line.status(dead as DeliveryJob)).toBe('dead');
    await line.accept('1', '2');
    // These are accepted a millisecond apart, starting now. A replay must be later than the last of them to stand behind them.
    await line.services.clock.advance(10);
    const found = await line.parts.reader.getWithAttempts(dead as DeliveryJob);
    if (found) await line.queue.send({ job: replayJob(found.delivery, line.nowMs) });
    await line.pass(2, 100);
    expect(line.sent).toEqual(['0', '1', '2', '0']);
    expect(await line.status(dead as DeliveryJob)).toBe('succeeded');
  });

  it('what comes while the line is being worked off is delivered', async () => {
    line.answer = () => ({ statusCode: 200, afterMs: 400 });
    await line.accept('0', '1');
    await line.pass(0.5, 100);
    await line.accept('2');
    await line.pass(3, 100);
    expect(line.sent).toEqual(['0', '1', '2']);
  });

  it('a line that takes longer than one function may is worked off by several', async () => {
    line.answer = () => ({ statusCode: 200, afterMs: 9_000 });
    await line.accept(...numbers(10));
    await line.pass(120);
    expect(line.sent).toEqual(numbers(10));
    expect(await line.waiting()).toBe(0);
  });

  it('a line is worked off when the lease of a dead run is over, though the message of that run came back before', async () => {
    await line.accept('0', '1');
    const { messages, end } = await receiveBatch(services);
    await line.lines.take(line.destinationId, line.nowMs);
    await end((await line.workers[0]?.deliverBatch(messages.map((one) => ({ ...one, receiveCount: 2 })))) ?? []);
    await line.pass(99);
    expect(line.sent).toEqual([]);
    await line.pass(3);
    expect(line.sent).toEqual(['0', '1']);
  });

  it('a repeated message is not sent again', async () => {
    await line.accept('0', '1');
    const [row] = await line.lines.peek(line.destinationId, 1);
    await line.pass(1);
    await line.lines.append(line.destinationId, row?.entries as [LineEntry, ...LineEntry[]], line.nowMs, line.nowMs);
    await line.queue.send({ kind: 'line', destinationId: line.destinationId });
    await line.pass(1);
    expect(line.sent).toEqual(['0', '1']);
    expect(await line.waiting()).toBe(0);
  });
});

describe('a run along a line', () => {
  it('a run begins nothing when its time is over, however long transforms take', async () => {
    line.pace = { ...NO_PACE, maxConcurrency: 64 };
    let last: Promise<unknown> = Promise.resolve();
    const transform = () => new Promise<void>((resolve) => services.clock.setTimer(5_000, resolve));
    line.workers[0] = line.instance({
      transforms: {
        apply: async (_job, _destination, request) => {
          // One after the other, as the engine of a function runs them.
          last = last.then(transform);
          await last;
          return { kind: 'ready', request };
        },
      },
    });
    const begunMs: number[] = [];
    const leftMs: number[] = [];
    const { take, release } = LineStore.prototype;
    vi.spyOn(LineStore.prototype, 'take').mockImplementation(function (this: LineStore, ...args) {
      begunMs.push(line.nowMs);
      return take.apply(this, args);
    });
    vi.spyOn(LineStore.prototype, 'release').mockImplementation(function (this: LineStore, ...args) {
      leftMs.push(line.nowMs);
      return release.apply(this, args);
    });
    await line.accept(...numbers(12));
    await line.pass(150);
    expect(line.sent.toSorted()).toEqual(numbers(12).toSorted());
    for (const { atMs } of line.seen) {
      const runMs = begunMs.findLast((timeMs) => timeMs <= atMs) ?? 0;
      expect(atMs - runMs).toBeLessThanOrEqual(20_000);
    }
    for (const [index, timeMs] of leftMs.entries()) {
      expect(timeMs - (begunMs[index] ?? 0)).toBeLessThanOrEqual(45_000);
    }
  });
});

describe('a destination that is ordered by a key', () => {
  const body = (account: string, n: number) => JSON.stringify({ account, n });

  beforeEach(() => {
    line.pace = { ...NO_PACE, ordering: { fifoBy: { body: 'account' } } };
  });

  it('the order is kept within a key, and keys do not wait for each other', async () => {
    line.answer = (job, text) => ({
      statusCode: text === body('a', 0) && job.attempt < 3 ? 500 : 200,
      afterMs: 50,
    });
    await line.accept(body('a', 0), body('b', 0), body('a', 1), body('b', 1), body('c', 0));
    await line.pass(2, 100);
    expect(line.sent.filter((text) => !text.includes('"a"'))).toHaveLength(3);
    expect(line.sent.filter((text) => text.includes('"b"'))).toEqual([body('b', 0), body('b', 1)]);
    expect(line.sent.filter((text) => text.includes('"a"'))).toEqual([body('a', 0)]);
    await line.accept(body('b', 2));
    await line.pass(2, 100);
    expect(line.sent.at(-1)).toBe(body('b', 2));
    await line.pass(400, 5_000);
    expect(line.sent.filter((text) => text.includes('"a"'))).toEqual([...Array(3).fill(body('a', 0)), body('a', 1)]);
    expect(await line.waiting()).toBe(0);
  });

  it('a run finds what may go behind many rows of a key that waits', async () => {
    line.answer = (_, text) => ({ statusCode: text.includes('"a"') ? 500 : 200 });
    for (let n = 0; n < 20; n++) await line.accept(body('a', n), body('a', n + 100));
    await line.accept(body('b', 0));
    await line.pass(5, 500);
    expect(line.sent).toEqual([body('a', 0), body('b', 0)]);
  });

  it('a destination that is ordered by a key has as many under way as its limit allows', async () => {
    line.pace = { ...line.pace, maxConcurrency: 2 };
    line.answer = () => ({ statusCode: 200, afterMs: 50 });
    await line.accept(...numbers(30).map((n) => body(`account ${Number(n) % 10}`, Number(n))));
    await line.pass(5, 100);
    expect(line.seen).toHaveLength(30);
    expect(Math.max(...line.seen.map(({ underWay }) => underWay))).toBe(2);
  });
});
