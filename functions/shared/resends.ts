import type { DeliveryJob } from '../../core/delivery.ts';
import type { Destination } from '../../core/destination.ts';
import type { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { DeliveryQueue } from '../stores/delivery-queue.ts';

/** A delivery as it is, and the attempt that is to be made of it. */
export interface Resend {
  readonly delivery: StoredDelivery;
  readonly job: DeliveryJob;
}

interface ResendServices {
  readonly deliveryQueue: DeliveryQueue;
  readonly deliveryLog: DeliveryLog;
}

/**
 * The messages are sent before rows and dead-letter queue forget how the deliveries had ended: after a crash in between a
 * dead letter is still listed, and replaying it again does no harm but a second delivery of the same id. Its message leaves
 * the dead-letter queue after this.
 * @param delaySecondsOf when each is due, by its index
 */
export async function resendAll(
  { deliveryQueue, deliveryLog }: ResendServices,
  resends: readonly Resend[],
  nowMs: number,
  delaySecondsOf: (index: number) => number = () => 0,
): Promise<void> {
  await Promise.all(
    resends.map(async ({ job }, index) => {
      await deliveryQueue.send({ job }, delaySecondsOf(index));
      await deliveryLog.recordState(job, { status: 'pending' }, nowMs);
    }),
  );
}

/** Why nothing can be sent to a destination, if so. */
export function obstacleTo(
  destination: Pick<Destination, 'archivedAt'> | undefined,
): 'destination_deleted' | 'destination_archived' | undefined {
  if (!destination) return 'destination_deleted';
  return destination.archivedAt === null ? undefined : 'destination_archived';
}
