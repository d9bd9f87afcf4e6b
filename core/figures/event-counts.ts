import type { HealthWindow } from './destination-health.ts';
import { pointsOf } from './figures-series.ts';

/** Counts of accepted events. */
export interface EventCount {
  readonly events: number;
  /** Events that went over no connection: there was none, or the filters excluded them. */
  readonly unrouted: number;
}

export const NO_EVENTS: EventCount = { events: 0, unrouted: 0 };

/** The counts of one time slot; all slots have the same length. */
export interface SlotEventCount extends EventCount {
  readonly startMs: number;
}

/** The events of a window, in total and per point in time. */
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
