import type { DeliveryId } from '../../../core/ids.ts';
import type { Stuck } from '../../stores/deliveries/line-progress.ts';

/** 30 s, then doubling: a delivery that can't be processed is given up after 7.5 min in all. */
const FIRST_PAUSE_SECONDS = 30;
/** The clocks of queue and functions differ. */
const TOLERANCE_MS = 1_000;

/**
 * What a line is stuck on after this delivery has failed. If the line is stuck on another one, a failure during that one's pause
 * is not counted: each event that arrives makes a run, which fails for the same reason as before. So it takes time to give a
 * delivery up, not a number of events.
 */
export function failureAfter(stuck: Stuck | undefined, deliveryId: DeliveryId, nowMs: number): Stuck {
  if (stuck && isPaused(stuck, nowMs)) return stuck;
  const times = (stuck?.deliveryId === deliveryId ? stuck.times : 0) + 1;
  return { deliveryId, times, untilMs: nowMs + FIRST_PAUSE_SECONDS * 2 ** (times - 1) * 1_000 };
}

/** Whether the delivery is not to be tried again yet. */
export function isPaused({ untilMs }: Stuck, nowMs: number): boolean {
  return nowMs < untilMs - TOLERANCE_MS;
}
