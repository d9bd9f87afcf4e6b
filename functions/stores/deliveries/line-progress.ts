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
  /** The deliveries that could not be processed when they were last tried; the latest failure is the last one. */
  readonly stuck?: readonly Stuck[];
}

export interface Stuck {
  readonly deliveryId: DeliveryId;
  /** How often it has failed. */
  readonly times: number;
  /** When it is tried again, and not before, however many events come. */
  readonly untilMs: number;
}

/** Attributes that are removed unless the new progress sets them. */
export const PROGRESS_ATTRIBUTES = ['wake_at', 'is_asleep', 'stuck', 'stuck_on', 'stuck_times', 'stuck_until'];

export function rowOf({ freeFromUs, wakeAtMs, isAsleep, stuck }: LineProgress): Row {
  return {
    free_from: number(freeFromUs),
    ...(wakeAtMs !== undefined && { wake_at: number(wakeAtMs) }),
    ...(isAsleep && { is_asleep: { BOOL: true } }),
    ...(stuck?.length && { stuck: { L: stuck.map((one) => ({ M: stuckRowOf(one) })) } }),
  };
}

function stuckRowOf({ deliveryId, times, untilMs }: Stuck): Row {
  return { stuck_on: { S: deliveryId }, stuck_times: number(times), stuck_until: number(untilMs) };
}

export function progressFrom(row: Row): LineProgress {
  const { free_from: freeFrom, wake_at: wakeAt, is_asleep: isAsleep } = row;
  // The row of an earlier version has the attributes of one stuck delivery itself.
  const stuck = (row.stuck?.L?.map(({ M = {} }) => M) ?? [row]).flatMap(stuckFrom);
  return {
    freeFromUs: Number(freeFrom?.N ?? 0),
    ...(wakeAt?.N !== undefined && { wakeAtMs: Number(wakeAt.N) }),
    ...(isAsleep?.BOOL && { isAsleep: true }),
    ...(stuck.length > 0 && { stuck }),
  };
}

function stuckFrom({ stuck_on: stuckOn, stuck_times: times, stuck_until: until }: Row): Stuck[] {
  if (stuckOn?.S === undefined) return [];
  // Only `stuckRowOf` writes it.
  return [{ deliveryId: stuckOn.S as DeliveryId, times: Number(times?.N ?? 0), untilMs: Number(until?.N ?? 0) }];
}
