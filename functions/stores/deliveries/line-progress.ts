import type { DeliveryId, DestinationId } from '../../../core/ids.ts';
import type { Row } from '../dynamodb-batch.ts';
import { number } from './delivery-row.ts';

/** The right to process a line, which one function instance has at a time. */
export interface LineLease extends LineProgress {
  readonly destinationId: DestinationId;
  readonly leasedUntilMs: number;
}

/** What the next run along a line must know. */
export interface LineProgress {
  /** From when on the next delivery may begin, in microseconds since the epoch: see core/pace/pace.ts. */
  readonly freeFromUs: number;
  /** When the promised message will come. */
  readonly wakeAtMs?: number;
  /** Nothing can be done before, whatever comes. */
  readonly isAsleep?: boolean;
  /** The delivery that could not be processed the last time, and how often it has failed. */
  readonly stuck?: Stuck;
}

export interface Stuck {
  readonly deliveryId: DeliveryId;
  readonly times: number;
  /** When it is tried again, even if no event comes. Another delivery's failure before this time is not counted. */
  readonly untilMs: number;
}

/** Attributes that are removed unless the new progress sets them. */
export const PROGRESS_ATTRIBUTES = ['wake_at', 'is_asleep', 'stuck_on', 'stuck_times', 'stuck_until'];

export function rowOf({ freeFromUs, wakeAtMs, isAsleep, stuck }: LineProgress): Row {
  return {
    free_from: number(freeFromUs),
    ...(wakeAtMs !== undefined && { wake_at: number(wakeAtMs) }),
    ...(isAsleep && { is_asleep: { BOOL: true } }),
    ...(stuck && {
      stuck_on: { S: stuck.deliveryId },
      stuck_times: number(stuck.times),
      stuck_until: number(stuck.untilMs),
    }),
  };
}

export function progressFrom(row: Row): LineProgress {
  const { free_from: freeFrom, wake_at: wakeAt, is_asleep: isAsleep } = row;
  const { stuck_on: stuckOn, stuck_times: times, stuck_until: until } = row;
  return {
    freeFromUs: Number(freeFrom?.N ?? 0),
    ...(wakeAt?.N !== undefined && { wakeAtMs: Number(wakeAt.N) }),
    ...(isAsleep?.BOOL && { isAsleep: true }),
    ...(stuckOn?.S !== undefined && {
      // Only `rowOf` writes it.
      stuck: { deliveryId: stuckOn.S as DeliveryId, times: Number(times?.N ?? 0), untilMs: Number(until?.N ?? 0) },
    }),
  };
}
