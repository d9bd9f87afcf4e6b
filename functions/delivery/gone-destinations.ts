import type { AttemptVerdict, DeliveryJob } from '../../core/delivery.ts';
import type { DeliveryId, DestinationId, OrganizationId } from '../../core/ids.ts';
import { CONFIGURATION_TTL_MS } from '../lifetimes.ts';
import { logger } from '../shared/logger.ts';
import type { OperationalEvent } from '../shared/operational-events.ts';
import type { AdmissionOptions } from './admission.ts';

export interface GoneDestinationsOptions extends Pick<AdmissionOptions, 'destination'> {
  /** @returns whether it was enabled, and with the settings of that time */
  readonly disable: (
    organizationId: OrganizationId,
    id: DestinationId,
    updatedAt: string,
    deliveryId: DeliveryId,
  ) => Promise<boolean>;
  /** What this instance remembers of it: it is read anew. */
  readonly forgetDestination: (id: DestinationId) => void;
  readonly announce: (event: OperationalEvent) => Promise<void>;
}

/**
 * Until then another instance may take the destination for enabled, and make a retry that is due sooner, be it the last one. A second
 * more, as instances and queue have clocks of their own.
 */
const KNOWN_TO_ALL_SECONDS = CONFIGURATION_TTL_MS / 1000 + 1;

/**
 * Disables a destination whose receiver has said that it wants nothing any more, before the delivery's retry is sent:
 * that is to find it disabled, and to be held.
 * @returns what the receiver has said, its retry no sooner than all instances know
 */
export async function heedGone(
  options: GoneDestinationsOptions,
  job: DeliveryJob,
  verdict: AttemptVerdict,
  updatedAt: string,
): Promise<AttemptVerdict> {
  if (verdict.kind !== 'failed' || !verdict.gone) return verdict;
  if (!(await isDisabled(options, job, updatedAt))) return verdict;
  return { ...verdict, retryAfterSeconds: Math.max(verdict.retryAfterSeconds, KNOWN_TO_ALL_SECONDS) };
}

/**
 * One whose settings have changed since the attempt knew them stays as it is: it may have another URL by now, whose receiver has
 * said nothing. Where disabling fails, the next attempt is answered in the same way.
 * @returns whether it is disabled now, be it by another attempt that was answered so
 */
async function isDisabled(
  { disable, destination, forgetDestination, announce }: GoneDestinationsOptions,
  { destinationId, organizationId, deliveryId }: DeliveryJob,
  updatedAt: string,
): Promise<boolean> {
  try {
    const wasEnabled = await disable(organizationId, destinationId, updatedAt, deliveryId);
    forgetDestination(destinationId);
    if (!wasEnabled) return (await destination(destinationId))?.enabled === false;
    await announce({
      type: 'destination.disabled',
      detail: {
        organization_id: organizationId,
        destination_id: destinationId,
        delivery_id: deliveryId,
        reason: 'answered_410',
      },
    });
    return true;
  } catch (error) {
    logger.error('a destination that is gone is not disabled', { destinationId, error });
    return false;
  }
}
