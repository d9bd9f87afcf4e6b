import type { Attempt } from '../../../core/attempt.ts';
import type { AttemptVerdict, DeliveryJob } from '../../../core/delivery.ts';
import type { RequestHead } from '../../../core/stored-request.ts';

/** What a delivery is made of, whatever the type of its destination. */
export interface Delivery {
  readonly job: DeliveryJob;
  readonly head: RequestHead;
  /** The webhook's body, byte for byte. */
  readonly body: Uint8Array;
  /** The event's page in the dashboard. */
  readonly eventUrl: string;
}

/** What came of one attempt: what the log shows, and what the retry policy needs. */
export interface AttemptResult extends Pick<Attempt, 'requestHeaders' | 'response' | 'error'> {
  readonly verdict: AttemptVerdict;
}

/**
 * One kind of destination. A new kind is a file that exports one of these, bound to its destinations in `deliverable.ts`.
 *
 * `attempt` never rejects for what the other side does: every failure is a result, so that it is logged and retried by the
 * destination's policy. A rejection means that Hawser itself failed, and the message goes back to the queue.
 */
export interface DestinationType<Destination> {
  readonly type: string;
  attempt(delivery: Delivery, destination: Destination): Promise<AttemptResult>;
}
