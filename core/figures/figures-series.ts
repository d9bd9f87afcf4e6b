import { type Figures, mergeFigures } from './destination-figures.ts';
import { type Health, type HealthWindow, healthOf, pointMs, windowMs } from './destination-health.ts';

/** The figures of one time slot; all slots have the same length. */
export interface SlotFigures {
  readonly startMs: number;
  readonly figures: Figures;
}

/** The health of deliveries in a window, as a whole and over time. */
export interface WindowHealth {
  readonly window: HealthWindow;
  readonly health: Health;
  readonly series: readonly Point[];
}

interface Point {
  readonly startMs: number;
  readonly health: Health;
}

/** The first moment of a window that ends now. */
export function sinceMsOf(window: HealthWindow, nowMs: number): number {
  return nowMs - windowMs[window];
}

/** The same in fewer parts: one for each point of a window. */
export function sumUp(slots: readonly SlotFigures[], window: HealthWindow): SlotFigures[] {
  const byPoint = Map.groupBy(slots, ({ startMs }) => Math.floor(startMs / pointMs[window]));
  return [...byPoint].map(([point, ofPoint]) => ({
    startMs: point * pointMs[window],
    figures: mergeFigures(ofPoint.map(({ figures }) => figures)),
  }));
}

/**
 * Points of equal width, without gaps, from the one in which the window begins to the current one. They begin at
 * multiples of their width, so that a plot stands still while its last point grows; the first has only what is in the
 * window. Each slot is in one point, so together they are the whole window.
 *
 * @param slots of one or many things, from the one in which the window begins, in any order; or summed up
 */
export function pointsOf<Slot extends { readonly startMs: number }>(
  slots: readonly Slot[],
  window: HealthWindow,
  nowMs: number,
): { readonly startMs: number; readonly slots: readonly Slot[] }[] {
  const widthMs = pointMs[window];
  const [first, last] = [Math.floor(sinceMsOf(window, nowMs) / widthMs), Math.floor(nowMs / widthMs)];
  // The clock of the writer may be ahead.
  const byPoint = Map.groupBy(slots, ({ startMs }) => Math.min(last, Math.floor(startMs / widthMs)));
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    startMs: (first + index) * widthMs,
    slots: byPoint.get(first + index) ?? [],
  }));
}

/** @param slots of one destination or of many, as for `pointsOf` */
export function windowHealthOf(slots: readonly SlotFigures[], window: HealthWindow, nowMs: number): WindowHealth {
  const points = pointsOf(slots, window, nowMs).map(({ startMs, slots: ofPoint }) => ({
    startMs,
    figures: mergeFigures(ofPoint.map(({ figures }) => figures)),
  }));
  return {
    window,
    health: healthOf(mergeFigures(points.map(({ figures }) => figures))),
    series: points.map(({ startMs, figures }) => ({ startMs, health: healthOf(figures) })),
  };
}
