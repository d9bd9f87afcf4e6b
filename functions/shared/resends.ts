import { asked } from '../../core/asking.ts';
import type { DeliveryJob } from '../../core/delivery.ts';
import type { Destination } from '../../core/destination.ts';
import type { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { DeliveryQueue } from '../stores/delivery-queue.ts';
import { allThrough } from './all-through.ts';

/** A delivery as it is, and the attempt that is to be made of it. */
export interface Resend {
  readonly delivery: StoredDelivery;
  readonly job: DeliveryJob;
  /** What its filter failed on: it is sent to its end. */
  readonly failure?: string;
}

interface ResendServices {
  readonly deliveryQueue: DeliveryQueue;
  readonly deliveryLog: DeliveryLog;
}

/**
 * The messages are sent before rows and dead-letter queue forget how the deliveries had ended: after a crash in between a
 * dead letter is still listed, and whoever asks again for it wins, or the message that was sent. Its message leaves the dead-letter
 * queue after this.
 * @param delaySecondsOf when each is due, by its index
 * @returns those that have been sent; the others somebody else has sent or ended since they were read, and their messages are dropped
 */
export async function resendAll(
  { deliveryQueue, deliveryLog }: ResendServices,
  resends: readonly Resend[],
  nowMs: number,
  delaySecondsOf: (index: number) => number = () => 0,
): Promise<Resend[]> {
  const won = await allThrough(
    resends.map(async ({ delivery, job: next, failure }, index) => {
      const job = asked(next, delivery);
      await deliveryQueue.send({ job, ...(failure !== undefined && { failure }) }, delaySecondsOf(index));
      return deliveryLog.recordAsked(job, delivery, nowMs);
    }),
  );
  return resends.filter((_, index) => won[index]);
}

/** Why nothing can be sent to a destination, if so. */
export function obstacleTo(
  destination: Pick<Destination, 'archivedAt'> | undefined,
): 'destination_deleted' | 'destination_archived' | undefined {
  if (!destination) return 'destination_deleted';
  return destination.archivedAt === null ? undefined : 'destination_archived';
}
