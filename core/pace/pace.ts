import type { OrderingKey } from './ordering-key.ts';

/** The number of deliveries per period. */
export interface RateLimit {
  readonly limit: number;
  readonly period: RatePeriod;
}

export const ratePeriods = ['second', 'minute', 'hour'] as const;
export type RatePeriod = (typeof ratePeriods)[number];

/** `fifo`: one at a time, in the order of arrival; with a key, one at a time among those with the same key. */
export type Ordering = 'none' | 'fifo' | { readonly fifoBy: OrderingKey };

/** How fast, in which order and how many at a time a destination gets its deliveries. */
export interface Pace {
  readonly rateLimit: RateLimit | null;
  readonly ordering: Ordering;
  /** Attempts under way at the same time. */
  readonly maxConcurrency: number | null;
}

export const NO_PACE: Pace = { rateLimit: null, ordering: 'none', maxConcurrency: null };

/** Whether deliveries must wait in line for each other: see functions/delivery/line/runner.ts. */
export function isPaced({ rateLimit, ordering, maxConcurrency }: Pace): boolean {
  return rateLimit !== null || ordering !== 'none' || maxConcurrency !== null;
}

/**
 * One function instance at a time processes a line, with at most this many attempts under way, and fewer if their bodies
 * would not fit into its memory: functions/delivery/bodies-under-way.ts.
 */
export const MAX_LINE_CONCURRENCY = 64;

/** How many attempts a destination's line may have under way. */
export function concurrencyOf({ ordering, maxConcurrency }: Pace): number {
  return ordering === 'fifo' ? 1 : (maxConcurrency ?? MAX_LINE_CONCURRENCY);
}

const PERIOD_MICROSECONDS: Record<RatePeriod, number> = { second: 1e6, minute: 60e6, hour: 3600e6 };

/** The time between two deliveries in whole microseconds, rounded up, so that the limit is never exceeded. */
export function intervalMicroseconds({ limit, period }: RateLimit): number {
  return Math.ceil(PERIOD_MICROSECONDS[period] / limit);
}

/** When the next delivery may begin, and when the one after it. */
export interface Slot {
  readonly atMs: number;
  /** Microseconds since the epoch. */
  readonly nextFreeUs: number;
}

/** How much of a period may be made up for: over ten periods that is 2.5 %. */
const TOLERATED_PERIODS = 0.25;

/**
 * Slots are evenly spaced: the virtual scheduling form of the generic cell rate algorithm (ITU-T I.371). Slots that
 * nobody was ready for are lost, so there is no burst after a quiet hour. Slots that were missed though a delivery was
 * ready, because a timer or the function was late, are made up for, up to a quarter of a period.
 *
 * @param readyMs when the delivery could have begun
 * @returns a slot, which may be in the past: then the delivery begins at once
 */
export function takeSlot(freeFromUs: number, readyMs: number, nowMs: number, rateLimit: RateLimit): Slot {
  const toleratedUs = TOLERATED_PERIODS * PERIOD_MICROSECONDS[rateLimit.period];
  const atUs = Math.ceil(Math.max(freeFromUs, readyMs * 1000, nowMs * 1000 - toleratedUs));
  return { atMs: atUs / 1000, nextFreeUs: atUs + intervalMicroseconds(rateLimit) };
}
