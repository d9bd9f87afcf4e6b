import type { Attempt, ResponseOrError } from '../../core/attempt.ts';
import type { AttemptVerdict, DeliveryJob } from '../../core/delivery.ts';
import type { Destination, DestinationCredentials } from '../../core/destination.ts';
import type { DestinationTarget } from '../../core/destination-types/registry.ts';
import type { OutgoingRequest } from '../../core/transform/transformed-request.ts';

/** What one attempt sends, whatever the type of its destination. */
export interface AttemptInput extends OutgoingRequest {
  readonly job: DeliveryJob;
  /** The event's page in the dashboard. */
  readonly eventUrl: string;
}

/** What was sent, as the log shows it, whatever came of it. */
export type LoggedRequest = Pick<Attempt, 'request' | 'requestHeaders'>;

/** What came of one attempt: what the log shows, and what the retry policy needs. */
export type AttemptResult = LoggedRequest & JudgedOutcome;

/** What came back, and what it means for the delivery. */
export type JudgedOutcome = ResponseOrError & { readonly verdict: AttemptVerdict | Unclaimed };

/**
 * Nobody is there who could take it, and its destination is told when somebody is: it is held until then, and was no attempt.
 * Whoever comes asks for a release of what is held.
 */
interface Unclaimed {
  readonly kind: 'unclaimed';
}

/** What of a destination its type works with; its credentials are open. */
export interface OpenedDestination<Target = DestinationTarget>
  extends Pick<Destination, 'id' | 'organizationId' | 'signing' | 'timeoutSeconds'>,
    Pick<DestinationCredentials, 'headers' | 'auth' | 'config' | 'secret' | 'previousSecret'> {
  readonly target: Target;
}

/** A destination that is ready for attempts. */
export interface BoundDestination {
  /**
   * Never rejects for what the other side does: every failure is a result, so that it is logged and retried by the
   * destination's policy. A rejection means that Hawser itself failed, and the message goes back to the queue.
   */
  attempt(input: AttemptInput): Promise<AttemptResult>;
}

/**
 * One type of destination. There is one of these in a function instance, so what outlasts an attempt is its own to keep:
 * connections, clients, tokens. A destination is bound anew every few seconds, as its settings may have changed.
 */
export interface DestinationType<Target> {
  bind(destination: OpenedDestination<Target>): BoundDestination;
}
