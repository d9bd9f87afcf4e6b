import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NO_PACE } from '../../../core/pace/pace.ts';
import { startServices, type TestServices } from '../../../test/support/services.ts';
import { logger } from '../../shared/logger.ts';
import { DeliveryLog } from '../../stores/deliveries/delivery-log.ts';
import type { Transforms } from '../transforms.ts';
import { LineUnderTest } from './line.fixture.ts';

let services: TestServices;
let line: LineUnderTest;
/** Whether Hawser fails on an event with this body, before it is sent. */
let fails: (body: string) => boolean;

beforeEach(async () => {
  services = await startServices();
  line = new LineUnderTest(services, 2);
  line.pace = { ...NO_PACE, maxConcurrency: 1 };
  const apply: Transforms['apply'] = async (_, __, request) => {
    if (fails(Buffer.from(request.body).toString())) throw new Error('throttled');
    return { kind: 'ready', request };
  };
  const instance = () => line.instance({ transforms: { apply } });
  line.workers.splice(0, Infinity, instance(), instance());
  vi.spyOn(logger, 'error').mockImplementation(() => undefined);
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
});
afterEach(() => {
  vi.restoreAllMocks();
  return services.close();
});

describe('several deliveries of a line that cannot be processed', () => {
  it('each of them is tried again only after its own pause, however many events come', async () => {
    fails = (body) => body.startsWith('broken');
    await line.accept('broken 1', 'broken 2', 'broken 3');
    for (let event = 0; event < 20; event++) {
      await line.accept(String(event));
      await line.pass(1);
    }
    expect(line.sent).toHaveLength(20);
    expect(logger.error).toHaveBeenCalledTimes(3);
  });

  it('each of them is sent five times in 7.5 minutes if it cannot be recorded, however many events come', async () => {
    fails = () => false;
    const { recordAttempt } = DeliveryLog.prototype;
    const unrecorded = new Set<string>();
    vi.spyOn(DeliveryLog.prototype, 'recordAttempt').mockImplementation(async function (this: DeliveryLog, ...args) {
      if (unrecorded.has(args[0].deliveryId)) throw new Error('throttled');
      return recordAttempt.apply(this, args);
    });
    const bodies = ['a', 'b', 'c'];
    const jobs = await line.accept(...bodies);
    for (const { deliveryId } of jobs) unrecorded.add(deliveryId);
    for (let event = 0; event < 95; event++) {
      await line.accept(String(event));
      await line.pass(5, 5_000);
    }
    const sent = Map.groupBy(line.sent, (body) => body);
    expect(bodies.map((body) => sent.get(body)?.length)).toEqual([5, 5, 5]);
    expect(await line.statuses(jobs)).toEqual(new Set(['dead']));
    expect(line.sent).toHaveLength(15 + 95);
  });

  it.each([11, 20, 64])(
    'each of %i that are sent at the same time, but not recorded, is sent five times and given up',
    async (count) => {
      fails = () => false;
      line.pace = { ...NO_PACE, maxConcurrency: count };
      let seed = count;
      line.answer = () => {
        seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
        return { statusCode: 200, afterMs: seed % 3_000 };
      };
      vi.spyOn(DeliveryLog.prototype, 'recordAttempt').mockRejectedValue(new Error('throttled'));
      const bodies = Array.from({ length: count }, (_, n) => String(n));
      const jobs = await line.accept(...bodies);
      await line.pass(600, 5_000);
      const sent = Map.groupBy(line.sent, (body) => body);
      expect(new Set(bodies.map((body) => sent.get(body)?.length))).toEqual(new Set([5]));
      expect(await line.statuses(jobs)).toEqual(new Set(['dead']));
    },
  );

  it('a healthy delivery waits for ten of them for half a minute at most, however long their own pauses are', async () => {
    fails = (body) => body.startsWith('broken');
    line.pace = { ...NO_PACE, maxConcurrency: 20 };
    await line.accept(...Array.from({ length: 10 }, (_, n) => `broken ${n}`));
    let longestSeconds = 0;
    for (let event = 0; event < 100; event++) {
      await line.accept(String(event));
      let seconds = 0;
      for (; line.sent.length <= event && seconds < 300; seconds += 3) await line.pass(3);
      longestSeconds = Math.max(longestSeconds, seconds);
    }
    expect(longestSeconds).toBeLessThanOrEqual(33);
  });

  it('once ten of them wait for their next try, nothing else is tried, and all are sent when that succeeds', async () => {
    fails = () => true;
    const jobs = await line.accept(...Array.from({ length: 30 }, (_, n) => String(n)));
    for (let event = 0; event < 20; event++) {
      await line.accept('another');
      await line.pass(1);
    }
    expect(logger.error).toHaveBeenCalledTimes(10);
    await line.pass(60, 5_000);
    fails = () => false;
    await line.pass(120, 5_000);
    expect(await line.statuses(jobs)).toEqual(new Set(['succeeded']));
    expect(line.sent).toHaveLength(50);
    expect(await line.waiting()).toBe(0);
  });
});
