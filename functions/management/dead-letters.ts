import { ApiError, notFound } from '../../core/api-error.ts';
import type { DeliveryJob } from '../../core/delivery.ts';
import { type DeliveryId, eventIdOf, type OrganizationId, tagOf } from '../../core/ids.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { Services } from './services.ts';

type DeadLetterServices = Pick<
  Services,
  'connections' | 'destinations' | 'events' | 'deliveryReader' | 'deliveryLog' | 'deliveryQueue' | 'deadLetterQueue'
>;

/**
 * Sends a dead letter once more, with all retries of its destination's policy ahead of it.
 *
 * The new message is sent before the row and the dead-letter queue forget the dead letter: after a crash in between it is
 * still listed, and replaying it again does no harm but a second delivery of the same id.
 *
 * @throws ApiError RESOURCE_NOT_FOUND; CONFLICT when the delivery is not dead, or can't be made any more
 */
export async function replayDeadLetter(
  services: DeadLetterServices,
  organizationId: OrganizationId,
  id: DeliveryId,
): Promise<StoredDelivery> {
  const delivery = await findDead(services, organizationId, id);
  const [destination, event] = await Promise.all([
    services.destinations.get(delivery.destinationId),
    services.events.get(delivery.sourceId, eventIdOf(id, delivery.sourceId)),
  ]);
  if (!destination) throw new ApiError('CONFLICT', `The destination of ${id} was deleted; it can only be discarded`);
  if (destination.archivedAt !== null) {
    throw new ApiError('CONFLICT', `The destination of ${id} is archived; unarchive ${destination.id} first`);
  }
  if (!event) throw new ApiError('CONFLICT', `The event of ${id} has expired; it can only be discarded`);
  const attempt = delivery.attemptCount + 1;
  const job = { ...jobOf(delivery), attempt, roundStart: attempt, replay: true };
  await services.deliveryQueue.send({ job });
  await services.deliveryLog.recordReplay(job);
  await services.deadLetterQueue.remove(new Set([id]));
  const { reason, nextAttemptAtMs, ...rest } = delivery;
  return { ...rest, status: 'pending', roundStart: attempt };
}

/** Gives a dead letter up for good. @throws ApiError RESOURCE_NOT_FOUND; CONFLICT when the delivery is not dead */
export async function discardDeadLetter(
  services: DeadLetterServices,
  organizationId: OrganizationId,
  id: DeliveryId,
  now: Date,
): Promise<void> {
  const delivery = await findDead(services, organizationId, id);
  const job = { ...jobOf(delivery), attempt: delivery.attemptCount + 1 };
  await services.deliveryLog.recordEnd(job, { status: 'cancelled', reason: 'discarded' }, now.getTime());
  await services.deadLetterQueue.remove(new Set([id]));
}

async function findDead(
  { connections, deliveryReader }: DeadLetterServices,
  organizationId: OrganizationId,
  deliveryId: DeliveryId,
): Promise<StoredDelivery> {
  const ends = await connections.endsOfTag(tagOf(deliveryId));
  if (ends?.organizationId !== organizationId) throw notFound('Delivery', deliveryId);
  const rows = await deliveryReader.getMany([{ destinationId: ends.destinationId, deliveryId }]);
  const delivery = rows.get(deliveryId);
  if (!delivery) throw notFound('Delivery', deliveryId);
  if (delivery.status !== 'dead') {
    throw new ApiError('CONFLICT', `${deliveryId} is no dead letter; it is ${delivery.status}`);
  }
  return delivery;
}

function jobOf(delivery: StoredDelivery): DeliveryJob {
  const { id, organizationId, sourceId, connectionId, destinationId, attemptCount, roundStart } = delivery;
  return {
    deliveryId: id,
    eventId: eventIdOf(id, sourceId),
    organizationId,
    sourceId,
    connectionId,
    destinationId,
    attempt: attemptCount,
    roundStart,
    replay: false,
  };
}
