import { allSettledOrThrow } from '../../core/all-settled-or-throw.ts';
import type { DeliveryJob } from '../../core/deliveries/delivery.ts';
import { withResendRequest } from '../../core/deliveries/resend-request.ts';
import type { Destination } from '../../core/destinations/destination.ts';
import type { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { DeliveryQueue } from '../stores/delivery-queue.ts';

/** A delivery as it was read, and the attempt to make. */
export interface Resend {
  readonly delivery: StoredDelivery;
  readonly job: DeliveryJob;
  /** Why its filter can't be evaluated: the message then only ends the delivery. */
  readonly failure?: string;
}

interface ResendServices {
  readonly deliveryQueue: DeliveryQueue;
  readonly deliveryLog: DeliveryLog;
}

/**
 * Sends the messages before it updates the rows: if the function dies in between, a dead letter is still listed and can
 * be sent again, and either that message wins or the first one. The caller removes dead letters from the queue
 * afterwards.
 * @param delaySecondsOf when each is due, by its index
 * @returns those that were sent. Somebody else has sent or ended the others since they were read, and their messages
 *   will be dropped.
 */
export async function resendAll(
  { deliveryQueue, deliveryLog }: ResendServices,
  resends: readonly Resend[],
  nowMs: number,
  delaySecondsOf: (index: number) => number = () => 0,
): Promise<Resend[]> {
  const won = await allSettledOrThrow(
    resends.map(async ({ delivery, job: next, failure }, index) => {
      const job = withResendRequest(next, delivery);
      await deliveryQueue.send({ job, ...(failure !== undefined && { failure }) }, delaySecondsOf(index));
      return deliveryLog.recordResend(job, delivery, nowMs);
    }),
  );
  return resends.filter((_, index) => won[index]);
}

/** Why nothing can be sent to a destination, or `undefined`. */
export function obstacleTo(
  destination: Pick<Destination, 'archivedAt'> | undefined,
): 'destination_deleted' | 'destination_archived' | undefined {
  if (!destination) return 'destination_deleted';
  return destination.archivedAt === null ? undefined : 'destination_archived';
}
