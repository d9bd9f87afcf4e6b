import type { DeliveryId } from '../../../core/ids.ts';
import type { Stuck } from '../../stores/deliveries/line-progress.ts';

/** 30 s, doubling: 7.5 min in all, until a delivery is given up that can't be processed. */
const FIRST_PAUSE_SECONDS = 30;
/** Queue and functions have clocks of their own. */
const TOLERANCE_MS = 1_000;

/**
 * How a line is stuck once this delivery has failed. In a pause every event makes a run, which finds Hawser as it was: time is what
 * gives a delivery up, not how many events come.
 */
export function failureAfter(
  stuck: Stuck | undefined,
  deliveryId: DeliveryId,
  nowMs: number,
): Pick<Stuck, 'deliveryId' | 'times'> {
  if (stuck && nowMs < stuck.untilMs - TOLERANCE_MS) return stuck;
  return { deliveryId, times: (stuck?.deliveryId === deliveryId ? stuck.times : 0) + 1 };
}

export function pauseSeconds({ times }: Pick<Stuck, 'times'>): number {
  return FIRST_PAUSE_SECONDS * 2 ** (times - 1);
}
