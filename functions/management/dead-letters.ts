import { ApiError } from '../../core/api-error.ts';
import { nextJob, replayJob } from '../../core/delivery.ts';
import type { DeliveryId, OrganizationId } from '../../core/ids.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import { findDelivery } from './history.ts';
import { expiryOf, obstacleOf, type Replay, sendAgain, sendAll } from './replays.ts';
import type { Services } from './services.ts';

/**
 * Sends a dead letter once more, with all retries of its destination's policy ahead of it.
 * @throws ApiError RESOURCE_NOT_FOUND; CONFLICT when the delivery is not dead, or can't be made any more
 */
export async function replayDeadLetter(
  services: Services,
  organizationId: OrganizationId,
  id: DeliveryId,
  now: Date,
): Promise<StoredDelivery> {
  return sendAgain(services, await findDead(services, organizationId, id), now);
}

/** Sends all of these dead letters that can be sent once more. @returns how many that were */
export async function replayDeadLetters(
  services: Services,
  dead: readonly StoredDelivery[],
  now: Date,
): Promise<number> {
  const destinations = await services.destinations.getMany(dead.map(({ destinationId }) => destinationId));
  const replays = await Promise.all(
    dead.map(async (delivery): Promise<Replay[]> => {
      const obstacle = obstacleOf(destinations.get(delivery.destinationId)) ?? (await expiryOf(services, delivery));
      return obstacle === undefined ? [{ delivery, job: replayJob(delivery, now.getTime()) }] : [];
    }),
  );
  await sendAll(services, replays.flat(), now);
  return replays.flat().length;
}

/** Gives a dead letter up for good. @throws ApiError RESOURCE_NOT_FOUND; CONFLICT when the delivery is not dead */
export async function discardDeadLetter(
  services: Services,
  organizationId: OrganizationId,
  id: DeliveryId,
  now: Date,
): Promise<void> {
  const delivery = await findDead(services, organizationId, id);
  const state = { status: 'cancelled', reason: 'discarded' } as const;
  await services.deliveryLog.recordState(nextJob(delivery), state, now.getTime());
  await services.deadLetterQueue.remove(new Set([id]));
}

async function findDead(services: Services, organizationId: OrganizationId, id: DeliveryId): Promise<StoredDelivery> {
  const delivery = await findDelivery(services, organizationId, id);
  if (delivery.status === 'dead') return delivery;
  throw new ApiError('CONFLICT', `${id} is no dead letter; it is ${delivery.status}`);
}
