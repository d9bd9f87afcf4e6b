import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NO_PACE, type Pace } from '../../../core/pace/pace.ts';
import { loseResponse } from '../../../test/support/lost-responses.ts';
import { startServices, type TestServices } from '../../../test/support/services.ts';
import { logger } from '../../shared/logger.ts';
import { LineStore } from '../../stores/deliveries/lines.ts';
import { DelayedSender } from '../delayed-sender.ts';
import { receiveBatch } from '../queue.fixture.ts';
import { LineUnderTest } from './line.fixture.ts';

let services: TestServices;
let line: LineUnderTest;

beforeEach(async () => {
  services = await startServices();
  line = new LineUnderTest(services, 2);
  line.pace = { ...NO_PACE, maxConcurrency: 2 };
});
afterEach(() => {
  vi.restoreAllMocks();
  return services.close();
});

const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));

describe('when Hawser itself fails', () => {
  it('a run that dies goes on when its message comes back, and repeats nothing', async () => {
    line.answer = () => ({ statusCode: 200, afterMs: 50 });
    const jobs = await line.accept(...numbers(10));
    const removeDone = vi.spyOn(LineStore.prototype, 'removeDone').mockRejectedValue(new Error('the function is gone'));
    await line.pass(5, 100);
    expect(await line.statuses(jobs)).toEqual(new Set(['succeeded']));
    removeDone.mockRestore();
    await line.pass(700, 10_000);
    expect(line.seen).toHaveLength(10);
    expect(await line.waiting()).toBe(0);
  });

  it('an event in line is delivered though the answer to taking the line was lost', async () => {
    const lost = loseResponse(services.clients.dynamodb, /leased_until/);
    const jobs = await line.accept('0');
    await line.pass(2);
    expect(lost()).toBe(1);
    expect(await line.statuses(jobs)).toEqual(new Set(['succeeded']));
  });

  it('no other run begins while a run may still be alive', async () => {
    vi.spyOn(LineStore.prototype, 'release').mockRejectedValueOnce(new Error('the function is gone'));
    await line.accept('0');
    await line.pass(1);
    await line.accept('1');
    await line.pass(90, 10_000);
    expect(line.sent).toEqual(['0']);
    await line.pass(20, 10_000);
    await line.accept('2');
    await line.pass(1);
    expect(line.sent).toEqual(['0', '1', '2']);
  });

  it('a destination that could not be read once gets nothing past what waits in its line', async () => {
    line.pace = { ...NO_PACE, ordering: 'fifo' };
    line.answer = (job, body) => ({ statusCode: body === '0' && job.attempt === 1 ? 500 : 200 });
    const [, second] = await line.accept('0', '1');
    await line.pass(1);
    vi.spyOn(logger, 'error').mockImplementation(() => undefined);
    line.failingReads = 1;
    if (second) await line.queue.send({ job: second });
    await line.pass(5);
    expect(line.sent).toEqual(['0']);
    await line.pass(600, 10_000);
    expect(line.sent).toEqual(['0', '0', '1']);
    expect(await line.waiting()).toBe(0);
  });

  it.each<[string, Pace, number]>([
    ['is under way', { ...NO_PACE, maxConcurrency: 5 }, 5_000],
    ['waits for its slot', { ...NO_PACE, rateLimit: { limit: 1, period: 'second' } }, 0],
  ])('a run that cannot look at its line ends only once what %s is recorded', async (_, pace, afterMs) => {
    vi.spyOn(logger, 'error').mockImplementation(() => undefined);
    line.pace = pace;
    line.answer = () => ({ statusCode: 200, afterMs });
    const jobs = await line.accept(...numbers(5));
    const { messages } = await receiveBatch(services);
    const { peek } = LineStore.prototype;
    let reads = 0;
    vi.spyOn(LineStore.prototype, 'peek').mockImplementation(async function (this: LineStore, ...args) {
      if (++reads === 2) throw new Error('throttled');
      return peek.apply(this, args);
    });
    const ended = { sent: 0, recorded: 0, failed: 0 };
    void line.workers[0]?.deliverBatch(messages).then(async (failed) => {
      const sent = line.sent.length;
      const recorded = (await Promise.all(jobs.map((job) => line.status(job)))).filter((one) => one === 'succeeded');
      Object.assign(ended, { sent, recorded: recorded.length, failed: failed.length });
    });
    await line.pass(12, 500);
    expect(ended).toEqual({ sent: 5, recorded: 5, failed: 1 });
    expect(line.sent).toHaveLength(5);
  });

  it('a run that cannot write down what is done keeps the line for its lease', async () => {
    vi.spyOn(logger, 'error').mockImplementation(() => undefined);
    vi.spyOn(LineStore.prototype, 'removeDone').mockRejectedValueOnce(new Error('throttled'));
    await line.accept('0');
    await line.pass(90, 10_000);
    await line.accept('1');
    await line.pass(5);
    expect(line.sent).toEqual(['0']);
    await line.pass(10);
    await line.accept('2');
    await line.pass(1);
    expect(line.sent).toEqual(['0', '1', '2']);
  });

  it('the messages of a line that fails for an hour do not multiply with its events', async () => {
    vi.spyOn(logger, 'error').mockImplementation(() => undefined);
    const peek = vi.spyOn(LineStore.prototype, 'peek').mockRejectedValue(new Error('throttled'));
    for (const body of numbers(60)) {
      await line.accept(body);
      await line.pass(5, 5_000);
    }
    peek.mockClear();
    await line.pass(3_600, 30_000);
    // At most one run in 100 s: a run that has failed keeps its lease.
    expect(peek.mock.calls.length).toBeGreaterThan(0);
    expect(peek.mock.calls.length).toBeLessThanOrEqual(36);
    peek.mockRestore();
    await line.pass(700, 10_000);
    expect(new Set(line.sent).size).toBe(60);
  });

  it.each([
    ['write down what is done', () => vi.spyOn(LineStore.prototype, 'removeDone')],
    ['have the next run come', () => vi.spyOn(DelayedSender.prototype, 'sendAfter')],
  ])('a run that cannot %s still leaves its slots taken for the next', async (_, call) => {
    vi.spyOn(logger, 'error').mockImplementation(() => undefined);
    line.pace = { ...NO_PACE, rateLimit: { limit: 1, period: 'hour' } };
    call().mockRejectedValueOnce(new Error('throttled'));
    await line.accept('0', '1');
    await line.pass(3_500, 10_000);
    expect(line.sent).toEqual(['0']);
    await line.pass(200, 10_000);
    expect(line.sent).toEqual(['0', '1']);
  });
});
