import type { CircuitBreaker } from '../../core/circuit/circuit.ts';
import type { DeliveryJob } from '../../core/deliveries/delivery.ts';
import { findTemplate } from '../../core/destination-templates/registry.ts';
import { type Destination, type DestinationCredentials, isArchivedFor } from '../../core/destinations/destination.ts';
import type { Pace } from '../../core/pace/pace.ts';
import type { RetryPolicy } from '../../core/retries/retry-policy.ts';
import { type CredentialVault, openDestinationCredentials } from '../shared/credentials.ts';
import type { TransformProgram } from '../shared/event-transforms.ts';
import { bodyCopies } from './body-copies.ts';
import type { BoundDestination } from './destination-type.ts';
import { bind, type DestinationTypes } from './registry.ts';

export type CancelReason = 'destination_deleted' | 'destination_archived';

/** A destination as delivery sees it, bound to its type. */
export interface Deliverable extends BoundDestination {
  /** Why the delivery must no longer be made, if there is a reason. */
  cancelReason(job: DeliveryJob): CancelReason | undefined;
  /** When its settings last changed. */
  readonly updatedAt: string;
  /** While false, deliveries are held. */
  readonly enabled: boolean;
  readonly circuitBreaker: CircuitBreaker;
  readonly retryPolicy: RetryPolicy;
  readonly pace: Pace;
  /** The form in which it takes webhooks, if it was made from a template. */
  readonly template: TransformProgram | undefined;
  /** The memory that an attempt needs, as a multiple of the webhook's size. */
  readonly bodyCopies: number;
}

/** A stored destination with its credentials opened and its type bound, ready for attempts. */
export async function toDeliverable(
  destination: Destination,
  vault: CredentialVault,
  types: DestinationTypes,
): Promise<Deliverable> {
  const { id, organizationId, target, timeoutSeconds, signing } = destination;
  const credentials = await openDestinationCredentials(vault, destination);
  const { secret, previousSecret, headers, auth, config } = credentials;
  const bound = bind(types, {
    id,
    organizationId,
    target,
    timeoutSeconds,
    headers,
    auth,
    config,
    signing,
    secret,
    previousSecret,
  });
  return {
    updatedAt: destination.updatedAt,
    enabled: destination.enabled,
    circuitBreaker: destination.circuitBreaker,
    retryPolicy: destination.retryPolicy,
    pace: destination.pace,
    template: templateProgram(destination, credentials),
    bodyCopies: bodyCopies[target.type],
    cancelReason: (job) => (isArchivedFor(destination, job) ? 'destination_archived' : undefined),
    attempt: (input) => bound.attempt(input),
  };
}

function templateProgram(
  { template: id }: Destination,
  credentials: DestinationCredentials,
): TransformProgram | undefined {
  const template = id === null ? undefined : findTemplate(id);
  return template && { code: template.payload.code, variables: credentials.templateVariables ?? {} };
}
