import { type Destination, isArchivedFor, signingSecretsAt } from '../../core/destination.ts';
import { type CredentialVault, openDestinationCredentials } from '../shared/credentials.ts';
import type { Deliverable } from './delivery-worker.ts';
import type { DestinationType } from './destinations/destination-type.ts';
import type { HttpDestination } from './destinations/http.ts';

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
    retryPolicy: destination.retryPolicy,
    cancelReason: (job) => (isArchivedFor(destination, job) ? 'destination_archived' : undefined),
    attempt: (delivery) => http.attempt(delivery, target),
  };
}
