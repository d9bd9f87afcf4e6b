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

/** When deliveries begin that ask for a slot after such pauses. */
function slots(rateLimit: RateLimit, pausesMs: readonly number[]): number[] {
  let freeFromUs = 0;
  let nowMs = Date.UTC(2026, 10, 25);
  return pausesMs.map((pauseMs) => {
    nowMs += pauseMs;
    const slot = takeSlot(freeFromUs, nowMs, rateLimit);
    freeFromUs = slot.nextFreeUs;
    nowMs = Math.max(nowMs, slot.atMs);
    return slot.atMs;
  });
}

describe('a rate limit', () => {
  it('is never exceeded in any window of ten periods, whatever the pauses between', () => {
    fc.assert(
      fc.property(rateLimits, fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 300 }), (rateLimit, pauses) => {
        const times = slots(rateLimit, pauses);
        const windowMs = 10 * PERIOD_MS[rateLimit.period];
        for (const [index, startMs] of times.entries()) {
          const within = times.slice(index).filter((timeMs) => timeMs < startMs + windowMs - 0.001).length;
          expect(within).toBeLessThanOrEqual(10 * rateLimit.limit);
        }
      }),
    );
  });

  it('is used up to a hundredth by who always has something to send', () => {
    fc.assert(
      fc.property(rateLimits, (rateLimit) => {
        const count = 400;
        const times = slots(rateLimit, Array(count).fill(0));
        const tookMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
        const wantedMs = ((count - 1) * PERIOD_MS[rateLimit.period]) / rateLimit.limit;
        expect(tookMs).toBeGreaterThanOrEqual(wantedMs - 0.001);
        expect(tookMs).toBeLessThanOrEqual(wantedMs * 1.01);
      }),
    );
  });

  it('has no burst after a quiet hour', () => {
    const times = slots({ limit: 2, period: 'second' }, [0, 3_600_000, 0, 0]);
    expect(times.slice(1).map((timeMs) => timeMs - (times[1] ?? 0))).toEqual([0, 500, 1_000]);
  });

  it('spaces deliveries in whole microseconds, rounded up', () => {
    expect(intervalMicroseconds({ limit: 3, period: 'second' })).toBe(333_334);
    expect(intervalMicroseconds({ limit: 60, period: 'minute' })).toBe(1_000_000);
    expect(intervalMicroseconds({ limit: 1, period: 'hour' })).toBe(3_600_000_000);
  });
});

describe('a pace', () => {
  it('is there when anything limits or orders deliveries', () => {
    expect(isPaced(NO_PACE)).toBe(false);
    expect(isPaced({ ...NO_PACE, rateLimit: { limit: 1, period: 'hour' } })).toBe(true);
    expect(isPaced({ ...NO_PACE, ordering: 'fifo' })).toBe(true);
    expect(isPaced({ ...NO_PACE, ordering: { fifoBy: { header: 'X-Account' } } })).toBe(true);
    expect(isPaced({ ...NO_PACE, maxConcurrency: 1 })).toBe(true);
  });

  it('lets one at a time where all are ordered, else as many as it says', () => {
    expect(concurrencyOf({ ...NO_PACE, ordering: 'fifo', maxConcurrency: 8 })).toBe(1);
    expect(concurrencyOf({ ...NO_PACE, ordering: { fifoBy: { body: 'id' } }, maxConcurrency: 8 })).toBe(8);
    expect(concurrencyOf({ ...NO_PACE, rateLimit: { limit: 1, period: 'hour' } })).toBe(MAX_LINE_CONCURRENCY);
  });
});
