import { ApiError } from '../../core/api-error.ts';
import type { Connection } from '../../core/connection.ts';
import { isUnderWay, replayJob } from '../../core/delivery.ts';
import { type DestinationId, deliveryIdOf, type EventId, type OrganizationId } from '../../core/ids.ts';
import { pendingDelivery, type StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import { existedAt, findEvent } from './history.ts';
import { obstacleOf, replayed, sendAll } from './replays.ts';
import type { Services } from './services.ts';

/**
 * Sends an event once more over the connections that its source has now, those made after it too: to all destinations, or
 * to one of them. What is on its way or waits for a retry stays as it is, and an archived destination gets nothing.
 *
 * @returns the deliveries that have been sent
 * @throws ApiError RESOURCE_NOT_FOUND; CONFLICT when the one destination that is asked for can't get it
 */
export async function replayEvent(
  services: Services,
  organizationId: OrganizationId,
  id: EventId,
  asked: DestinationId | undefined,
  now: Date,
): Promise<StoredDelivery[]> {
  const { sourceId } = await findEvent(services, organizationId, id);
  const all = await services.connections.ofSource(sourceId);
  const connections = all.filter(({ destinationId }) => asked === undefined || destinationId === asked);
  if (asked && connections.length === 0) {
    throw new ApiError('RESOURCE_NOT_FOUND', `Destination ${asked} not found among those that ${sourceId} leads to`);
  }
  const candidates = await candidatesOf(services, id, connections);
  const obstacle = asked && candidates[0]?.obstacle;
  if (obstacle) throw new ApiError('CONFLICT', `${id} can't be sent to ${asked}: ${obstacle}`);
  const resends = candidates
    .filter((candidate) => candidate.obstacle === undefined)
    .map(({ delivery }) => ({ delivery, job: replayJob(delivery, now.getTime()) }));
  await sendAll(services, resends, now);
  return resends.map(replayed);
}

/** The event's delivery over each of the connections, and why it can't be sent now, if so. */
async function candidatesOf(
  services: Services,
  id: EventId,
  connections: readonly Connection[],
): Promise<{ delivery: StoredDelivery; obstacle: string | undefined }[]> {
  const ids = new Map(connections.map((connection) => [connection, deliveryIdOf(id, connection.id)]));
  const [rows, destinations] = await Promise.all([
    services.deliveryReader.getMany([...ids].map(([{ destinationId }, deliveryId]) => ({ destinationId, deliveryId }))),
    services.destinations.getMany(connections.map(({ destinationId }) => destinationId)),
  ]);
  return [...ids].map(([connection, deliveryId]) => {
    const row = rows.get(deliveryId);
    const isOnItsWay = row ? isUnderWay(row.status) : existedAt(id, connection);
    const obstacle = isOnItsWay ? 'it is on its way already' : obstacleOf(destinations.get(connection.destinationId));
    return { delivery: row ?? pendingDelivery(deliveryId, connection), obstacle };
  });
}
