import type { Attempt, ResponseOrError } from '../../core/deliveries/attempt.ts';
import type { AttemptVerdict, DeliveryJob } from '../../core/deliveries/delivery.ts';
import type { DestinationTarget } from '../../core/destination-types/registry.ts';
import type { Destination, DestinationCredentials } from '../../core/destinations/destination.ts';
import type { OutgoingRequest } from '../../core/transform/transformed-request.ts';

/** What one attempt sends, whatever the type of its destination. */
export interface AttemptInput extends OutgoingRequest {
  readonly job: DeliveryJob;
  /** The event's page in the dashboard. */
  readonly eventUrl: string;
}

/** What was sent, as the log shows it, whatever the outcome. */
export type LoggedRequest = Pick<Attempt, 'request' | 'requestHeaders'>;

/** The outcome of one attempt: what the log shows, and what the retry policy needs. */
export type AttemptResult = LoggedRequest & JudgedOutcome;

/** What came back, and what it means for the delivery. */
export type JudgedOutcome = ResponseOrError & { readonly verdict: AttemptVerdict | Unclaimed };

/**
 * Nobody is there to take the message, but the destination gets notice when somebody comes. So the delivery is held until then,
 * and this does not count as an attempt. A client that connects asks for a release of what is held.
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
   * Never rejects because of what the other side does. Every such failure is a result, so that it is logged and retried by the
   * destination's policy. A rejection means that Hawser itself failed, and the message goes back to the queue.
   */
  attempt(input: AttemptInput): Promise<AttemptResult>;
}

/**
 * One type of destination. A function instance has one of these, and it keeps whatever outlasts an attempt: connections, clients,
 * tokens. A destination is bound anew every few seconds, because its settings may have changed.
 */
export interface DestinationType<Target> {
  bind(destination: OpenedDestination<Target>): BoundDestination;
}
