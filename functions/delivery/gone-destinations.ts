import type { AttemptVerdict, DeliveryJob } from '../../core/delivery.ts';
import type { DeliveryId, DestinationId, OrganizationId } from '../../core/ids.ts';
import { CONFIGURATION_TTL_MS } from '../lifetimes.ts';
import { logger } from '../shared/logger.ts';
import type { OperationalEvent } from '../shared/operational-events.ts';
import type { AdmissionOptions } from './admission.ts';

export interface GoneDestinationsOptions extends Pick<AdmissionOptions, 'destination'> {
  /** @returns whether it was enabled and its settings were still those of `updatedAt` */
  readonly disable: (
    organizationId: OrganizationId,
    id: DestinationId,
    updatedAt: string,
    deliveryId: DeliveryId,
  ) => Promise<boolean>;
  /** Drops what this instance remembers of it, so that it is read anew. */
  readonly forgetDestination: (id: DestinationId) => void;
  readonly announce: (event: OperationalEvent) => Promise<void>;
}

/**
 * Until then another instance may still take the destination for enabled, and make a retry that is due sooner, even the last
 * one. One second more, because the clocks of instances and queue differ.
 */
const KNOWN_TO_ALL_SECONDS = CONFIGURATION_TTL_MS / 1000 + 1;

/**
 * Disables a destination whose receiver wants nothing any more. This comes before the delivery's retry is sent, so that the
 * retry finds the destination disabled, and is held.
 * @returns the verdict, with a retry no sooner than all instances know that the destination is disabled
 */
export async function heedGone(
  options: GoneDestinationsOptions,
  job: DeliveryJob,
  verdict: AttemptVerdict,
  updatedAt: string,
): Promise<AttemptVerdict> {
  if (verdict.kind !== 'failed' || verdict.failure !== 'gone') return verdict;
  if (!(await isDisabled(options, job, updatedAt))) return verdict;
  return { ...verdict, retryAfterSeconds: Math.max(verdict.retryAfterSeconds, KNOWN_TO_ALL_SECONDS) };
}

/**
 * Disables the destination, unless its settings have changed since the attempt read them: it may have another URL by now, whose
 * receiver has said nothing. If disabling fails, the next attempt gets the same answer.
 * @returns whether it is disabled now, perhaps by another attempt that got the same answer. `true` if that can't be found out, as
 *   the retry then only comes some seconds later than it might
 */
async function isDisabled(
  { disable, destination, forgetDestination, announce }: GoneDestinationsOptions,
  { destinationId, organizationId, deliveryId }: DeliveryJob,
  updatedAt: string,
): Promise<boolean> {
  let hasAnswered = false;
  try {
    const wasEnabled = await disable(organizationId, destinationId, updatedAt, deliveryId);
    hasAnswered = true;
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
    logger.error(`a destination that is gone is ${hasAnswered ? 'not looked at or announced' : 'not disabled'}`, {
      destinationId,
      error,
    });
    return hasAnswered;
  }
}
