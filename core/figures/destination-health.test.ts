import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AttemptOutcome,
  addLifetimes,
  figuresOf,
  lastDeliveryAtMs,
  lifetimeFiguresOf,
  mergeFigures,
  NO_LIFETIME_FIGURES,
} from './destination-figures.ts';
import { type Health, healthOf, healthStatusOf } from './destination-health.ts';

const outcome: fc.Arbitrary<AttemptOutcome> = fc.record({
  isFirst: fc.boolean(),
  succeeded: fc.boolean(),
  durationMs: fc.nat(60_000),
  endedAtMs: fc.nat(),
});
const outcomes = fc.array(outcome);

/** Health of this many attempts of 10 ms each. */
const healthWith = (total: number, failed: number): Health =>
  healthOf(
    figuresOf(
      Array.from({ length: total }, (_, index) => ({
        isFirst: true,
        succeeded: index >= failed,
        durationMs: 10,
        endedAtMs: 0,
      })),
    ),
  );

describe('the health of a destination', () => {
  it.each([
    ['healthy', 100, 0, 100],
    ['healthy', 1000, 49, 95.1],
    ['degraded', 100, 5, 95],
    ['degraded', 1000, 51, 94.9],
    ['degraded', 5, 1, 80],
    ['failing', 1000, 201, 79.9],
    ['failing', 3, 3, 0],
    ['unknown', 0, 0, null],
  ] as const)('health is %s if of %i attempts %i failed (a rate of %d)', (status, total, failed, successRate) => {
    expect(healthWith(total, failed)).toMatchObject({ status, successRate, total, failed });
  });

  it('the rate is 100 % only if nothing failed, and the status follows the shown rate', () => {
    expect(healthWith(100_000, 1)).toMatchObject({ successRate: 99.99, status: 'healthy' });
    expect(healthWith(100_000, 4_999)).toMatchObject({ successRate: 95, status: 'degraded' });
    expect(healthWith(100_000, 20_001)).toMatchObject({ successRate: 79.99, status: 'failing' });
  });

  it('health without attempts has no rate and no latencies', () => {
    expect(healthWith(0, 0)).toEqual({
      status: 'unknown',
      total: 0,
      successful: 0,
      failed: 0,
      begun: 0,
      successRate: null,
      averageLatencyMs: null,
      p50LatencyMs: null,
      p95LatencyMs: null,
      p99LatencyMs: null,
    });
  });

  it('health is the same however the attempts were divided into batches', () => {
    fc.assert(
      fc.property(fc.array(outcomes, { maxLength: 5 }), (parts) => {
        const all = parts.flat();
        const health = healthOf(mergeFigures(parts.map(figuresOf)));
        expect(health).toEqual(healthOf(figuresOf(all)));
        expect(health.total).toBe(all.length);
        expect(health.successful).toBe(all.filter(({ succeeded }) => succeeded).length);
        expect(health.successful + health.failed).toBe(health.total);
        expect(health.begun).toBe(all.filter(({ isFirst }) => isFirst).length);
        expect(healthStatusOf(parts.map(figuresOf))).toBe(health.status);
      }),
    );
  });
});

describe('lifetime figures', () => {
  it('lifetime figures add up, and keep the latest times in any order of arrival', () => {
    fc.assert(
      fc.property(fc.array(outcomes, { maxLength: 5 }), (parts) => {
        const all = parts.flat();
        const lifetime = parts.map(lifetimeFiguresOf).reduce(addLifetimes, NO_LIFETIME_FIGURES);
        expect(lifetime).toEqual(lifetimeFiguresOf(all));
        const ends = all.map(({ endedAtMs }) => endedAtMs);
        expect(lastDeliveryAtMs(lifetime)).toBe(all.length === 0 ? undefined : Math.max(...ends));
      }),
    );
  });
});
