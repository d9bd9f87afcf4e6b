import type { CircuitBreaker } from '../../core/circuit.ts';
import type { DeliveryJob } from '../../core/delivery.ts';
import { type Destination, isArchivedFor, signingSecretsAt } from '../../core/destination.ts';
import type { Pace } from '../../core/pace.ts';
import type { RetryPolicy } from '../../core/retry-policy.ts';
import { type CredentialVault, openDestinationCredentials } from '../shared/credentials.ts';
import type { AttemptResult, Delivery, DestinationType } from './destinations/destination-type.ts';
import type { HttpDestination } from './destinations/http.ts';

export type CancelReason = 'destination_deleted' | 'destination_archived';

/** A destination as delivery sees it, its type already bound. */
export interface Deliverable {
  /** Why a delivery is not to be made any more, if so. */
  cancelReason(job: DeliveryJob): CancelReason | undefined;
  /** While false, deliveries are held. */
  readonly enabled: boolean;
  readonly circuitBreaker: CircuitBreaker;
  readonly retryPolicy: RetryPolicy;
  readonly pace: Pace;
  attempt(delivery: Delivery): Promise<AttemptResult>;
}

/**
 * A stored destination with its credentials opened and its type bound, ready for attempts. It is bound anew every few
 * seconds: so long a secret may sign beyond its time.
 */
export async function deliverable(
  destination: Destination,
  vault: CredentialVault,
  http: DestinationType<HttpDestination>,
  nowMs: number,
): Promise<Deliverable> {
  const credentials = await openDestinationCredentials(vault, destination);
  const target: HttpDestination = {
    url: destination.url,
    ...(destination.method && { method: destination.method }),
    headers: Object.entries(credentials.headers),
    timeoutSeconds: destination.timeoutSeconds,
    signingSecrets: destination.signing.scheme === 'standard' ? signingSecretsAt(credentials, nowMs) : [],
  };
  return {
    enabled: destination.enabled,
    circuitBreaker: destination.circuitBreaker,
    retryPolicy: destination.retryPolicy,
    pace: destination.pace,
    cancelReason: (job) => (isArchivedFor(destination, job) ? 'destination_archived' : undefined),
    attempt: (delivery) => http.attempt(delivery, target),
  };
}
