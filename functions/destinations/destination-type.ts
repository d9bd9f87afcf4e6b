import type { Attempt, ResponseOrError } from '../../core/deliveries/attempt.ts';
import type { AttemptVerdict, DeliveryJob } from '../../core/deliveries/delivery.ts';
import type { DestinationTarget } from '../../core/destination-types/registry.ts';
import type { Destination, DestinationCredentials } from '../../core/destinations/destination.ts';
import type { OutgoingRequest } from '../../core/transform/transformed-request.ts';

/** What one attempt sends, regardless of its destination's type. */
export interface AttemptInput extends OutgoingRequest {
  readonly job: DeliveryJob;
  /** The event's page in the dashboard. */
  readonly eventUrl: string;
}

/** What was sent, as the log shows it, regardless of the outcome. */
export type LoggedRequest = Pick<Attempt, 'request' | 'requestHeaders'>;

/** The outcome of one attempt: what the log shows, and what the retry policy needs. */
export type AttemptResult = LoggedRequest & JudgedOutcome;

/** The response or error, and what it means for the delivery. */
export type JudgedOutcome = ResponseOrError & { readonly verdict: AttemptVerdict | Unclaimed };

/**
 * No client is connected to take the message, but the destination is notified when one connects. So the delivery is held until
 * then, and this does not count as an attempt. A client that connects requests the release of held deliveries.
 */
interface Unclaimed {
  readonly kind: 'unclaimed';
}

/** The part of a destination that its type works with, with its credentials decrypted. */
export interface OpenedDestination<Target = DestinationTarget>
  extends Pick<Destination, 'id' | 'organizationId' | 'signing' | 'timeoutSeconds'>,
    Pick<DestinationCredentials, 'headers' | 'auth' | 'config' | 'secret' | 'previousSecret'> {
  readonly target: Target;
}

/** A destination that is ready for attempts. */
export interface BoundDestination {
  /**
   * Never rejects because of the receiver. Every such failure is a result, so that it is logged, and retried by the destination's
   * policy. A rejection means that Hawser itself failed, and the message goes back to the queue.
   */
  attempt(input: AttemptInput): Promise<AttemptResult>;
}

/**
 * One type of destination. A function instance has one of each, which keeps whatever outlasts an attempt: connections, clients,
 * tokens. A destination is bound again every few seconds, because its settings may have changed.
 */
export interface DestinationType<Target> {
  bind(destination: OpenedDestination<Target>): BoundDestination;
}
