import { ApiError } from '../../../core/api-error.ts';
import { afterReplays, nextJob } from '../../../core/deliveries/delivery.ts';
import type { DeliveryId, OrganizationId } from '../../../core/ids.ts';
import type { StoredDelivery } from '../../stores/deliveries/delivery-row.ts';
import type { Services } from '../services.ts';
import { findDelivery } from './history.ts';
import { resend } from './resends.ts';

/**
 * Sends a dead letter again, with all retries of its destination's policy.
 * @throws ApiError RESOURCE_NOT_FOUND; CONFLICT when the delivery is not dead, or can't be sent any more
 */
export async function replayDeadLetter(
  services: Services,
  organizationId: OrganizationId,
  id: DeliveryId,
  now: Date,
): Promise<StoredDelivery> {
  return resend(services, await findDead(services, organizationId, id), now);
}

/**
 * Gives a dead letter up for good. Its message is removed only once that is recorded. If the delivery was sent again and died
 * again in the meantime, the queue holds a new message, which the alarm must still see.
 *
 * @throws ApiError RESOURCE_NOT_FOUND; CONFLICT when the delivery is not dead
 */
export async function discardDeadLetter(
  services: Services,
  organizationId: OrganizationId,
  id: DeliveryId,
  now: Date,
): Promise<void> {
  const delivery = await findDead(services, organizationId, id);
  const state = { status: 'cancelled', reason: 'discarded' } as const;
  const isRecorded = await services.deliveryLog.recordState(nextJob(delivery), state, now.getTime());
  if (!isRecorded) throw new ApiError('CONFLICT', `${id} was not discarded: it has just been sent again`);
  await services.deadLetterQueue.remove(new Map([[id, afterReplays(delivery, now.getTime())]]), now.getTime());
}

async function findDead(services: Services, organizationId: OrganizationId, id: DeliveryId): Promise<StoredDelivery> {
  const delivery = await findDelivery(services, organizationId, id);
  if (delivery.status === 'dead') return delivery;
  throw new ApiError('CONFLICT', `${id} is not a dead letter; it is ${delivery.status}`);
}
