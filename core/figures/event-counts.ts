import type { HealthWindow } from './destination-health.ts';
import { pointsOf } from './figures-series.ts';

/** Events that were accepted in some stretch of time. */
export interface EventCount {
  readonly events: number;
  /** Those that no connection wanted: there was none, or its filter kept them out. */
  readonly unrouted: number;
}

export const NO_EVENTS: EventCount = { events: 0, unrouted: 0 };

/** The same of one of the equal stretches of time that counts are kept for. */
export interface SlotEventCount extends EventCount {
  readonly startMs: number;
}

/** How many events came in a window, as a whole and at each point of time. */
export interface WindowEvents extends EventCount {
  readonly series: readonly SlotEventCount[];
}

export function addEventCounts(counts: readonly EventCount[]): EventCount {
  return {
    events: counts.reduce((sum, { events }) => sum + events, 0),
    unrouted: counts.reduce((sum, { unrouted }) => sum + unrouted, 0),
  };
}

/** At the same points as `windowHealthOf`, so that one can be plotted over the other. */
export function windowEventsOf(slots: readonly SlotEventCount[], window: HealthWindow, nowMs: number): WindowEvents {
  const series = pointsOf(slots, window, nowMs).map(({ startMs, slots: ofPoint }) => ({
    startMs,
    ...addEventCounts(ofPoint),
  }));
  return { ...addEventCounts(series), series };
}
