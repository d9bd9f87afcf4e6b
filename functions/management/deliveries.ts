import { ApiError } from '../../core/api-error.ts';
import { isUnderWay, nextJob } from '../../core/delivery.ts';
import type { DeliveryId, OrganizationId } from '../../core/ids.ts';
import { inState, type StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import { findDelivery } from './history.ts';
import { sendAgain } from './replays.ts';
import type { Services } from './services.ts';

/** @throws ApiError RESOURCE_NOT_FOUND; CONFLICT when it is on its way already, or can't be made any more */
export async function retryDelivery(
  services: Services,
  organizationId: OrganizationId,
  id: DeliveryId,
  now: Date,
): Promise<StoredDelivery> {
  return sendAgain(services, await findDelivery(services, organizationId, id), now);
}

/**
 * Cancels a delivery that has not ended: the message or schedule of its next attempt finds it cancelled and is dropped. An
 * attempt that is under way is not stopped, and what comes of it is recorded.
 *
 * @throws ApiError RESOURCE_NOT_FOUND; CONFLICT when it has ended
 */
export async function cancelDelivery(
  services: Services,
  organizationId: OrganizationId,
  id: DeliveryId,
  now: Date,
): Promise<StoredDelivery> {
  const delivery = await findDelivery(services, organizationId, id);
  if (!isUnderWay(delivery.status)) {
    throw new ApiError('CONFLICT', `${id} can't be cancelled: it is ${delivery.status}`);
  }
  const state = { status: 'cancelled', reason: 'by_request' } as const;
  const isRecorded = await services.deliveryLog.recordState(nextJob(delivery), state, now.getTime());
  if (isRecorded) return inState(delivery, state);
  const current = await findDelivery(services, organizationId, id);
  if (current.status === 'cancelled') return current;
  throw new ApiError('CONFLICT', `${id} was not cancelled: an attempt has just ended, and it is ${current.status}`);
}
