import { allSettledOrThrow } from '../../../core/all-settled-or-throw.ts';
import { ApiError } from '../../../core/api-error.ts';
import { isUnderWay, nextJob } from '../../../core/deliveries/delivery.ts';
import { type DeliveryId, type DestinationId, eventIdOf, type OrganizationId } from '../../../core/ids.ts';
import { DELIVERY_SECONDS, MANAGEMENT_SECONDS } from '../../lifetimes.ts';
import { hasNoRow, type StoredDelivery, withState } from '../../stores/deliveries/delivery-row.ts';
import type { Services } from '../services.ts';
import type { EventFate } from './event-fate.ts';
import { replayEvent } from './event-replay.ts';
import { findDelivery } from './history.ts';
import { resend } from './resends.ts';

/** Deliveries without a row that may be on their way. */
const MAY_BE_ON_ITS_WAY: readonly EventFate[] = ['sent', 'unknown'];

/** @throws ApiError RESOURCE_NOT_FOUND; CONFLICT when it is on its way already, or can't be sent any more */
export async function retryDelivery(
  services: Services,
  organizationId: OrganizationId,
  id: DeliveryId,
  now: Date,
): Promise<StoredDelivery> {
  const delivery = await findDelivery(services, organizationId, id, MAY_BE_ON_ITS_WAY);
  const { sourceId, destinationId } = delivery;
  // Replaying the event to this one destination finds out whether the delivery is on its way.
  if (hasNoRow(delivery)) {
    const [sent] = await replayEvent(services, organizationId, eventIdOf(id, sourceId), destinationId, now);
    if (sent) return sent;
  }
  return resend(services, delivery, now);
}

/**
 * When to look at the line after a cancel: once right after it is recorded, and once when no run can still be working with the
 * delivery as it was. This request may take its full time to record the cancel, and a run that began just before takes its own.
 */
const WAKE_AFTER_SECONDS = [1, MANAGEMENT_SECONDS + DELIVERY_SECONDS + 1];

const CANCELLED = { status: 'cancelled', reason: 'by_request' } as const;

/**
 * Cancels a delivery that has not ended: the message or schedule of its next attempt finds it cancelled and is dropped. An
 * attempt under way is not stopped: if it succeeds or is the last one, that is recorded, unless the delivery has been sent again by
 * then.
 *
 * @throws ApiError RESOURCE_NOT_FOUND; CONFLICT when it has ended otherwise
 */
export async function cancelDelivery(
  services: Services,
  organizationId: OrganizationId,
  id: DeliveryId,
  now: Date,
): Promise<StoredDelivery> {
  const delivery = await findDelivery(services, organizationId, id, MAY_BE_ON_ITS_WAY);
  // A repeat, after a lost response or a 5xx, already has what it asks for.
  if (delivery.status === CANCELLED.status && delivery.reason === CANCELLED.reason) return delivery;
  if (!isUnderWay(delivery.status)) {
    throw new ApiError('CONFLICT', `${id} can't be cancelled: it is ${delivery.status}`);
  }
  // First: if the request breaks off in between, its retry finds the delivery cancelled and would never get here.
  if (delivery.status !== 'held') await wakeOrdered(services, delivery.destinationId, now);
  const isRecorded = await services.deliveryLog.recordState(nextJob(delivery), CANCELLED, now.getTime());
  if (isRecorded) return withState(delivery, CANCELLED);
  const current = await findDelivery(services, organizationId, id);
  if (current.status === 'cancelled') return current;
  throw new ApiError('CONFLICT', `${id} was not cancelled: an attempt has just ended, and it is ${current.status}`);
}

/** In an ordered line, everything behind a delivery waits for its retry. It also sleeps while a requested retry is on its way. */
async function wakeOrdered(
  { destinations, deliveryQueue }: Services,
  destinationId: DestinationId,
  now: Date,
): Promise<void> {
  const destination = await destinations.get(destinationId);
  if (!destination || destination.pace.ordering === 'none') return;
  const message = { kind: 'line', destinationId, notBeforeMs: now.getTime() } as const;
  await allSettledOrThrow(WAKE_AFTER_SECONDS.map((seconds) => deliveryQueue.send(message, seconds)));
}
