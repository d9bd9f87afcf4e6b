import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { healthWindows } from './destination-health.ts';
import { addEventCounts, type SlotEventCount, windowEventsOf } from './event-counts.ts';
import { sinceMsOf, windowHealthOf } from './figures-series.ts';

const SLOT_MS = 15 * 60_000;
/** A time in the middle of a slot, of an hour and of six hours. */
const NOW = Date.UTC(2026, 10, 22, 10, 5);

/** The slot this many before the current one. */
function slotBefore(slots: number, events = 1, unrouted = 0): SlotEventCount {
  return { startMs: Math.floor(NOW / SLOT_MS) * SLOT_MS - slots * SLOT_MS, events, unrouted };
}

describe('events over time', () => {
  it('event counts have a point for every slot, even without events', () => {
    const { series, ...all } = windowEventsOf([slotBefore(0, 5, 2), slotBefore(2, 3), slotBefore(4, 1)], '1h', NOW);
    expect(series.map(({ events }) => events)).toEqual([1, 0, 3, 0, 5]);
    expect(series.map(({ unrouted }) => unrouted)).toEqual([0, 0, 0, 0, 2]);
    expect(all).toEqual({ events: 9, unrouted: 2 });
  });

  it('event counts share the points of delivery figures, and add up to the total', () => {
    const slot = fc.record({ before: fc.nat(700), events: fc.nat(9), unrouted: fc.nat(9) });
    fc.assert(
      fc.property(fc.constantFrom(...healthWindows), fc.array(slot), (window, given) => {
        const slots = given
          .map(({ before, events, unrouted }) => slotBefore(before, events, unrouted))
          .filter(({ startMs }) => startMs >= Math.floor(sinceMsOf(window, NOW) / SLOT_MS) * SLOT_MS);
        const { series, ...all } = windowEventsOf(slots, window, NOW);
        expect(all).toEqual(addEventCounts(slots));
        expect(addEventCounts(series)).toEqual(all);
        const points = windowHealthOf([], window, NOW).series;
        expect(series.map(({ startMs }) => startMs)).toEqual(points.map(({ startMs }) => startMs));
      }),
    );
  });
});
