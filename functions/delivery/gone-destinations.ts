import type { AttemptVerdict, DeliveryJob } from '../../core/deliveries/delivery.ts';
import type { DestinationId } from '../../core/ids.ts';
import { CONFIGURATION_TTL_MS } from '../lifetimes.ts';
import { logger } from '../shared/logger.ts';
import type { OperationalEvent } from '../shared/operational-events.ts';
import type { GoneDestination } from '../stores/config/destinations.ts';
import type { AdmissionOptions } from './admission.ts';

export interface GoneDestinationsOptions extends Pick<AdmissionOptions, 'destination'> {
  /** @returns whether it was enabled and its settings were still those of `updatedAt` */
  readonly disable: (gone: GoneDestination) => Promise<boolean>;
  /** Makes this instance forget the destination, so that it is read again. */
  readonly forgetDestination: (id: DestinationId) => void;
  readonly announce: (event: OperationalEvent) => Promise<void>;
}

/**
 * For this long, another instance may still take the destination for enabled, and make a retry that is due sooner, even the last
 * one. One second is added because the clocks of instances and queue differ.
 */
const KNOWN_TO_ALL_SECONDS = CONFIGURATION_TTL_MS / 1000 + 1;

/**
 * Disables a destination whose receiver has answered 410 Gone, as the verdict says. This comes before the delivery's retry is
 * sent, so that the retry finds the destination disabled and is held.
 * @returns the verdict, whose retry is not due until all instances know that the destination is disabled
 */
export async function disableIfGone(
  options: GoneDestinationsOptions,
  job: DeliveryJob,
  verdict: AttemptVerdict,
  updatedAt: string,
): Promise<AttemptVerdict> {
  if (verdict.kind !== 'failed' || verdict.failure !== 'gone') return verdict;
  if (!(await disableDestination(options, job, updatedAt))) return verdict;
  return { ...verdict, retryAfterSeconds: Math.max(verdict.retryAfterSeconds, KNOWN_TO_ALL_SECONDS) };
}

/**
 * Disables the destination, unless its settings have changed since the attempt read them: it may now have another URL, whose
 * receiver has said nothing.
 * @returns whether it is disabled now, perhaps by another attempt that got the same answer. `false` if disabling failed: the next
 *   attempt gets the same answer. `true` if only reading or announcing it failed: the retry then comes at most some seconds late
 */
async function disableDestination(
  { disable, destination, forgetDestination, announce }: GoneDestinationsOptions,
  { destinationId, organizationId, deliveryId }: DeliveryJob,
  updatedAt: string,
): Promise<boolean> {
  let hasAnswered = false;
  try {
    const wasEnabled = await disable({ organizationId, id: destinationId, updatedAt, deliveryId });
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
