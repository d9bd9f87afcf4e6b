import { ApiError } from '../../../core/api-error.ts';
import { nextJob, replayJob } from '../../../core/deliveries/delivery.ts';
import { type Destination, isArchivedFor } from '../../../core/destinations/destination.ts';
import { type DeliveryId, eventIdOf } from '../../../core/ids.ts';
import { obstacleTo, type Resend, resendAll } from '../../shared/resends.ts';
import { type StoredDelivery, withState } from '../../stores/deliveries/delivery-row.ts';
import type { Services } from '../services.ts';

/**
 * How long the message sent for a held delivery is assumed to be on its way. The queue hands a message out six times, nine
 * minutes apart, before it becomes a dead letter. In a line it may wait longer; a later request then takes its place.
 */
const ASSUMED_ON_ITS_WAY_MS = 3_600_000;

/**
 * Sends a delivery again. If it has ended, it gets all retries of its destination's policy again. If it waits for its next
 * attempt, it is sent at once. If it is held, it is sent provided its destination takes it. A delivery cancelled by archiving is
 * treated as ended, even if its row does not say so yet.
 *
 * @throws ApiError CONFLICT when it is on its way already, when somebody else has just sent or ended it, or when it can't be
 *   sent any more
 */
export async function resend(services: Services, delivery: StoredDelivery, now: Date): Promise<StoredDelivery> {
  const { id, status, resendRequestedAtMs } = delivery;
  const isOnItsWay = resendRequestedAtMs !== undefined && now.getTime() - resendRequestedAtMs < ASSUMED_ON_ITS_WAY_MS;
  if (status === 'pending' || isOnItsWay) throw new ApiError('CONFLICT', `${id} is on its way already`);
  const destination = await services.destinations.get(delivery.destinationId);
  const obstacle = obstacleOf(destination) ?? (await expiryOf(services, delivery, now));
  if (obstacle) throw new ApiError('CONFLICT', `${id} can't be sent again: ${obstacle}`);
  const job = continuesRound(delivery, destination) ? nextJob(delivery) : replayJob(delivery, now.getTime());
  const [sent] = await resendDeliveries(services, [{ delivery, job }], now);
  if (!sent) throw overtaken(id);
  return afterResend(sent);
}

/** The error for a caller who asked at the same moment as somebody else, and lost. */
export function overtaken(id: DeliveryId): ApiError {
  return new ApiError(
    'CONFLICT',
    `${id} was not sent again: somebody else has just sent or ended it, or an attempt has been made`,
  );
}

/**
 * Whether the delivery stays in its current round of attempts. A delivery that was waiting when its destination was archived is
 * cancelled when its turn comes, even if the destination has been unarchived since. Resending it therefore starts a new round,
 * which is not cancelled.
 */
function continuesRound(delivery: StoredDelivery, destination: Destination | undefined): boolean {
  if (delivery.status !== 'retrying' && delivery.status !== 'held') return false;
  return destination !== undefined && !isArchivedFor(destination, nextJob(delivery));
}

/** Why nothing can be sent to the destination; `undefined` if something can. */
export function obstacleOf(destination: Destination | undefined): string | undefined {
  switch (obstacleTo(destination)) {
    case 'destination_deleted':
      return 'its destination was deleted';
    case 'destination_archived':
      return `its destination is archived; unarchive ${destination?.id} first`;
    case undefined:
      return undefined;
  }
}

/** Why the event can't be sent any more; `undefined` if it can. */
async function expiryOf(
  { events }: Services,
  { id, sourceId }: StoredDelivery,
  now: Date,
): Promise<string | undefined> {
  const event = await events.getUnexpired(sourceId, eventIdOf(id, sourceId), now.getTime());
  return event ? undefined : 'its event has expired';
}

/**
 * Sends the deliveries, and removes those that were dead from the dead-letter queue.
 * @returns those that were sent, without those that somebody else sent or ended in the meantime
 */
export async function resendDeliveries(services: Services, resends: readonly Resend[], now: Date): Promise<Resend[]> {
  const sent = await resendAll(services, resends, now.getTime());
  const dead = sent.flatMap(({ delivery, job }) =>
    delivery.status === 'dead' ? [[delivery.id, job.replayedAtMs ?? now.getTime()] as const] : [],
  );
  if (dead.length > 0) await services.deadLetterQueue.remove(new Map(dead), now.getTime());
  return sent;
}

/** The delivery as it is after the resend. A held one stays held until the attempt is made. */
export function afterResend({ delivery, job: { roundStart, replayedAtMs } }: Resend): StoredDelivery {
  if (delivery.status === 'held') return delivery;
  const pending = withState(delivery, { status: 'pending' });
  return { ...pending, roundStart, ...(replayedAtMs !== undefined && { replayedAtMs }) };
}
