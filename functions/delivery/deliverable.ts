import { type Destination, destinationCredentials, isArchivedFor } from '../../core/destination.ts';
import type { CredentialVault } from '../shared/credentials.ts';
import type { Deliverable } from './delivery-worker.ts';
import type { DestinationType } from './destinations/destination-type.ts';
import type { HttpDestination } from './destinations/http.ts';

/** A stored destination with its credentials opened and its type bound, ready for attempts. */
export async function deliverable(
  destination: Destination,
  vault: CredentialVault,
  http: DestinationType<HttpDestination>,
): Promise<Deliverable> {
  const { id, organizationId, sealedCredentials } = destination;
  const opened = await vault.open({ organizationId, resourceId: id }, sealedCredentials);
  const { secret, headers } = destinationCredentials.parse(JSON.parse(opened));
  const target: HttpDestination = {
    url: destination.url,
    ...(destination.method && { method: destination.method }),
    headers: Object.entries(headers),
    timeoutSeconds: destination.timeoutSeconds,
    signingSecrets: destination.signing.scheme === 'standard' ? [secret] : [],
  };
  return {
    retryPolicy: destination.retryPolicy,
    cancelReason: (job) => (isArchivedFor(destination, job) ? 'destination_archived' : undefined),
    attempt: (delivery) => http.attempt(delivery, target),
  };
}
