import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { figuresOf, mergeFigures } from './destination-figures.ts';
import { healthOf, healthWindows, pointMs, windowMs } from './destination-health.ts';
import { type SlotFigures, sinceMsOf, sumUp, windowHealthOf } from './figures-series.ts';

const SLOT_MS = 15 * 60_000;
/** A time in the middle of a slot, of an hour and of six hours. */
const NOW = Date.UTC(2026, 10, 22, 10, 5);

/** The slot this many before the current one, with this many attempts. */
function slotBefore(slots: number, attempts = 1, nowMs = NOW): SlotFigures {
  const startMs = Math.floor(nowMs / SLOT_MS) * SLOT_MS - slots * SLOT_MS;
  const outcome = { isFirst: true, succeeded: slots % 3 !== 0, durationMs: slots, endedAtMs: startMs };
  return { startMs, figures: figuresOf(Array.from({ length: attempts }, () => outcome)) };
}

const totals = ({ series }: ReturnType<typeof windowHealthOf>) => series.map(({ health }) => health.total);

describe('a series', () => {
  it('a series has a point for every slot, even without deliveries', () => {
    const hour = windowHealthOf([slotBefore(0, 5), slotBefore(2, 3), slotBefore(4, 1)], '1h', NOW);
    expect(totals(hour)).toEqual([1, 0, 3, 0, 5]);
    expect(hour.series[1]?.health).toMatchObject({ status: 'unknown', p95LatencyMs: null });
    // 10:00 is the current slot, 09:45 the one before it, 09:00 is five before.
    const day = windowHealthOf([slotBefore(0, 5), slotBefore(1, 3), slotBefore(4, 2), slotBefore(5, 1)], '24h', NOW);
    expect(totals(day)).toEqual([...Array(22).fill(0), 1, 5, 5]);
  });

  it('a series sums the slots of any number of destinations', () => {
    const one = [slotBefore(0, 2), slotBefore(1, 2)];
    const both = windowHealthOf([...one, ...one], '1h', NOW);
    expect(totals(both)).toEqual([0, 0, 0, 4, 4]);
    expect(both.health.total).toBe(8);
  });

  it('slots written by a clock that is ahead count in the current point', () => {
    expect(totals(windowHealthOf([slotBefore(-30, 7)], '24h', NOW)).at(-1)).toBe(7);
  });

  it('the points of a series have equal width, no gaps, and add up to the window', () => {
    const slot = fc.record({ before: fc.nat(700), attempts: fc.integer({ min: 1, max: 5 }) });
    const moments = fc.nat({ max: 366 * 86_400_000 }).map((ms) => Date.UTC(2026, 0) + ms);
    fc.assert(
      fc.property(fc.constantFrom(...healthWindows), moments, fc.array(slot), (window, nowMs, given) => {
        const widthMs = pointMs[window];
        const firstSlotMs = Math.floor(sinceMsOf(window, nowMs) / SLOT_MS) * SLOT_MS;
        const slots = given
          .map(({ before, attempts }) => slotBefore(before, attempts, nowMs))
          .filter(({ startMs }) => startMs >= firstSlotMs);
        const { health, series } = windowHealthOf(slots, window, nowMs);
        expect(health).toEqual(healthOf(mergeFigures(slots.map(({ figures }) => figures))));
        expect(windowHealthOf(sumUp(slots, window), window, nowMs)).toEqual({ window, health, series });
        for (const key of ['total', 'successful', 'failed', 'begun'] as const) {
          expect(series.reduce((sum, point) => sum + point.health[key], 0)).toBe(health[key]);
        }
        const starts = series.map(({ startMs }) => startMs);
        const [first = 0] = starts;
        expect(starts).toEqual(starts.map((_, index) => first + index * widthMs));
        expect(first % widthMs).toBe(0);
        expect(sinceMsOf(window, nowMs) - first).toBeLessThan(widthMs);
        expect(nowMs - (starts.at(-1) ?? 0)).toBeLessThan(widthMs);
        expect(nowMs - (starts.at(-1) ?? 0)).toBeGreaterThanOrEqual(0);
        expect(series.length).toBeLessThanOrEqual(29);
      }),
    );
  });

  it.each(healthWindows)('points of the window %s are whole slots, and the window is whole points', (window) => {
    expect([pointMs[window] % SLOT_MS, windowMs[window] % pointMs[window]]).toEqual([0, 0]);
  });
});
