import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  concurrencyOf,
  intervalMicroseconds,
  isPaced,
  MAX_LINE_CONCURRENCY,
  NO_PACE,
  type RateLimit,
  ratePeriods,
  takeSlot,
} from './pace.ts';

const PERIOD_MS = { second: 1_000, minute: 60_000, hour: 3_600_000 };
const rateLimits: fc.Arbitrary<RateLimit> = fc.record({
  limit: fc.integer({ min: 1, max: 500 }),
  period: fc.constantFrom(...ratePeriods),
});

/** Start times of deliveries, each of which is ready after a pause, and starts late by some time. */
function begins(
  rateLimit: RateLimit,
  steps: readonly { readonly pauseMs: number; readonly lateMs: number }[],
): number[] {
  let freeFromUs = 0;
  let nowMs = Date.UTC(2026, 10, 25);
  return steps.map(({ pauseMs, lateMs }) => {
    const readyMs = nowMs + pauseMs;
    const slot = takeSlot(freeFromUs, readyMs, readyMs, rateLimit);
    freeFromUs = slot.nextFreeUs;
    nowMs = Math.max(readyMs, slot.atMs) + lateMs;
    return nowMs;
  });
}

function mostWithin(times: readonly number[], windowMs: number): number {
  return Math.max(
    0,
    ...times.map((fromMs, index) => times.slice(index).filter((timeMs) => timeMs < fromMs + windowMs - 0.001).length),
  );
}

const pauseMs = fc.integer({ min: 0, max: 5_000 });

describe('a rate limit', () => {
  it('a rate limit is never exceeded in any window of ten periods, whatever the pauses', () => {
    const steps = fc.array(fc.record({ pauseMs, lateMs: fc.constant(0) }), { maxLength: 300 });
    fc.assert(
      fc.property(rateLimits, steps, (rateLimit, taken) => {
        const most = mostWithin(begins(rateLimit, taken), 10 * PERIOD_MS[rateLimit.period]);
        expect(most).toBeLessThanOrEqual(10 * rateLimit.limit);
      }),
    );
  });

  it('late timers exceed a rate limit by at most 2.5 % and one', () => {
    const limits = fc.integer({ min: 10, max: 60 });
    const lateness = fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(limits, lateness, (limit, lateMs) => {
        const times: number[] = [];
        let freeFromUs = 0;
        let nowMs = 0;
        // All are ready from the start; now and then, the function stalls.
        for (let index = 0; index < 12 * limit; index++) {
          const slot = takeSlot(freeFromUs, 0, nowMs, { limit, period: 'second' });
          freeFromUs = slot.nextFreeUs;
          nowMs = Math.max(nowMs, slot.atMs) + (index % 7 === 0 ? (lateMs[index % lateMs.length] ?? 0) : 0);
          times.push(nowMs);
        }
        expect(mostWithin(times, 10_000)).toBeLessThanOrEqual(Math.ceil(10.25 * limit) + 1);
      }),
    );
  });

  it('a rate limit makes up for a late timer', () => {
    const rateLimit: RateLimit = { limit: 100, period: 'second' };
    const first = takeSlot(0, 1_000, 1_000, rateLimit);
    expect(first.atMs).toBe(1_000);
    expect(takeSlot(first.nextFreeUs, 1_000, 1_200, rateLimit).atMs).toBe(1_010);
    expect(takeSlot(first.nextFreeUs, 1_000, 1_500, rateLimit).atMs).toBe(1_250);
  });

  it('a steady sender uses a rate limit to within a hundredth', () => {
    fc.assert(
      fc.property(rateLimits, (rateLimit) => {
        const count = 400;
        const times = begins(rateLimit, Array(count).fill({ pauseMs: 0, lateMs: 0 }));
        const tookMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
        const wantedMs = ((count - 1) * PERIOD_MS[rateLimit.period]) / rateLimit.limit;
        expect(tookMs).toBeGreaterThanOrEqual(wantedMs - 0.001);
        expect(tookMs).toBeLessThanOrEqual(wantedMs * 1.01);
      }),
    );
  });

  it('a rate limit allows no burst after a quiet hour', () => {
    const steps = [0, 3_600_000, 0, 0].map((pauseMs) => ({ pauseMs, lateMs: 0 }));
    const [, ...times] = begins({ limit: 2, period: 'second' }, steps);
    expect(times.map((timeMs) => timeMs - (times[0] ?? 0))).toEqual([0, 500, 1_000]);
  });

  it('deliveries are spaced in whole microseconds, rounded up', () => {
    expect(intervalMicroseconds({ limit: 3, period: 'second' })).toBe(333_334);
    expect(intervalMicroseconds({ limit: 60, period: 'minute' })).toBe(1_000_000);
    expect(intervalMicroseconds({ limit: 1, period: 'hour' })).toBe(3_600_000_000);
  });
});

describe('a pace', () => {
  it('a destination is paced if anything limits or orders its deliveries', () => {
    expect(isPaced(NO_PACE)).toBe(false);
    expect(isPaced({ ...NO_PACE, rateLimit: { limit: 1, period: 'hour' } })).toBe(true);
    expect(isPaced({ ...NO_PACE, ordering: 'fifo' })).toBe(true);
    expect(isPaced({ ...NO_PACE, ordering: { fifoBy: { header: 'X-Account' } } })).toBe(true);
    expect(isPaced({ ...NO_PACE, maxConcurrency: 1 })).toBe(true);
  });

  it('ordered deliveries go one at a time, others as the concurrency says', () => {
    expect(concurrencyOf({ ...NO_PACE, ordering: 'fifo', maxConcurrency: 8 })).toBe(1);
    expect(concurrencyOf({ ...NO_PACE, ordering: { fifoBy: { body: 'id' } }, maxConcurrency: 8 })).toBe(8);
    expect(concurrencyOf({ ...NO_PACE, rateLimit: { limit: 1, period: 'hour' } })).toBe(MAX_LINE_CONCURRENCY);
  });
});
