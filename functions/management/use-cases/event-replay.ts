import { ApiError } from '../../../core/api-error.ts';
import type { Connection } from '../../../core/deliveries/connection.ts';
import { isUnderWay, replayJob } from '../../../core/deliveries/delivery.ts';
import { isMissing } from '../../../core/deliveries/replay.ts';
import type { FilterVerdict } from '../../../core/filter/filter.ts';
import { type DestinationId, deliveryIdOf, type EventId, type OrganizationId, timeMsOf } from '../../../core/ids.ts';
import { pendingDelivery, type StoredDelivery } from '../../stores/deliveries/delivery-row.ts';
import type { StoredEvent } from '../../stores/event-row.ts';
import type { Services } from '../services.ts';
import { fateOf } from './event-fate.ts';
import { findEvent } from './history.ts';
import { afterResend, obstacleOf, overtaken, resendDeliveries } from './resends.ts';

/**
 * Sends an event again over the connections that its source has now, including those made after the event: to all destinations,
 * or to one. Deliveries that are on their way or wait for a retry are left alone, and an archived destination gets nothing.
 * Filters apply as to a new event, except that a destination asked for by name gets the event whatever its filter says. If it is
 * not known whether a delivery is on its way, it is sent. If it was on its way after all, both count as the same attempt.
 *
 * @returns the deliveries that were sent, without those that somebody else sent at the same moment
 * @throws ApiError RESOURCE_NOT_FOUND; CONFLICT when the one destination that is asked for can't get it
 */
export async function replayEvent(
  services: Services,
  organizationId: OrganizationId,
  id: EventId,
  asked: DestinationId | undefined,
  now: Date,
): Promise<StoredDelivery[]> {
  const event = await findEvent(services, organizationId, id);
  const { sourceId } = event;
  const all = await services.connections.ofSource(sourceId);
  const connections = all.filter(({ destinationId }) => asked === undefined || destinationId === asked);
  if (asked && connections.length === 0) {
    throw new ApiError('RESOURCE_NOT_FOUND', `Destination ${asked} not found among those that ${sourceId} leads to`);
  }
  const candidates = await candidatesOf(services, event, connections, now);
  const obstacle = asked && candidates[0]?.obstacle;
  if (obstacle) throw new ApiError('CONFLICT', `${id} can't be sent to ${asked}: ${obstacle}`);
  const resends = candidates
    .filter(({ obstacle, verdict }) => obstacle === undefined && (asked || verdict.kind !== 'differs'))
    .map(({ delivery, verdict }) => ({
      delivery,
      job: replayJob(delivery, now.getTime()),
      ...(!asked && verdict.kind === 'failed' && { failure: verdict.message }),
    }));
  const sent = await resendDeliveries(services, resends, now);
  const [lost] = resends.filter((resend) => !sent.includes(resend));
  if (asked && lost) throw overtaken(lost.delivery.id);
  return sent.map(afterResend);
}

interface Candidate {
  readonly delivery: StoredDelivery;
  readonly verdict: FilterVerdict;
  readonly obstacle: string | undefined;
}

/** The event's delivery over each connection, and, if it can't be sent now, why not. */
async function candidatesOf(
  services: Services,
  event: StoredEvent,
  connections: readonly Connection[],
  now: Date,
): Promise<Candidate[]> {
  const { id } = event;
  const keys = connections.map((one) => ({ destinationId: one.destinationId, deliveryId: deliveryIdOf(id, one.id) }));
  const [rows, destinations] = await Promise.all([
    services.deliveryReader.getMany(keys),
    services.destinations.getMany(connections.map(({ destinationId }) => destinationId)),
  ]);
  const verdicts = await services.eventFilters.verdicts(
    event,
    connections.map(({ filter }) => filter),
  );
  const candidateOf = async (connection: Connection, verdict: FilterVerdict): Promise<Candidate> => {
    const deliveryId = deliveryIdOf(id, connection.id);
    const row = rows.get(deliveryId);
    const isSent = (await fateOf(id, connection, async () => verdict)) === 'sent';
    const isLate = isMissing(timeMsOf(id), Date.parse(connection.createdAt), now.getTime());
    const isOnItsWay = row ? isUnderWay(row.status) : isSent && !isLate;
    const obstacle = isOnItsWay ? 'it is on its way already' : obstacleOf(destinations.get(connection.destinationId));
    return { delivery: row ?? pendingDelivery(deliveryId, connection), verdict, obstacle };
  };
  return Promise.all(
    verdicts.flatMap((verdict, index) => {
      const connection = connections[index];
      return connection ? [candidateOf(connection, verdict)] : [];
    }),
  );
}
