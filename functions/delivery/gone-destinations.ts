import type { DeliveryJob } from '../../core/delivery.ts';
import type { DeliveryId, DestinationId, OrganizationId } from '../../core/ids.ts';
import { logger } from '../shared/logger.ts';
import type { OperationalEvent } from '../shared/operational-events.ts';

export interface GoneDestinationsOptions {
  /** @returns whether it was enabled, and with the settings of that time */
  readonly disable: (
    organizationId: OrganizationId,
    id: DestinationId,
    updatedAt: string,
    deliveryId: DeliveryId,
  ) => Promise<boolean>;
  readonly announce: (event: OperationalEvent) => Promise<void>;
}

/**
 * Disables a destination whose receiver has said that it wants nothing any more. The attempt that heard it is made and recorded;
 * where this fails, the next one is answered in the same way. One whose settings have changed since the attempt knew them stays as it
 * is: it may have another URL by now, whose receiver has said nothing.
 */
export async function disableGone(
  { disable, announce }: GoneDestinationsOptions,
  { destinationId, organizationId, deliveryId }: DeliveryJob,
  updatedAt: string,
): Promise<void> {
  try {
    if (!(await disable(organizationId, destinationId, updatedAt, deliveryId))) return;
    await announce({
      type: 'destination.disabled',
      detail: {
        organization_id: organizationId,
        destination_id: destinationId,
        delivery_id: deliveryId,
        reason: 'answered_410',
      },
    });
  } catch (error) {
    logger.error('a destination that is gone is not disabled', { destinationId, error: error as Error });
  }
}
