import type { DeliveryJob } from '../../core/deliveries/delivery.ts';
import type { DestinationId } from '../../core/ids.ts';
import type { CancelReason, Deliverable } from '../destinations/deliverable.ts';
import type { CircuitBreakers } from './circuit-breakers.ts';

export interface AdmissionOptions {
  readonly breakers: CircuitBreakers;
  /** `undefined` when the destination was deleted. */
  readonly destination: (id: DestinationId) => Promise<Deliverable | undefined>;
}

/** What to do with an attempt that is due. */
export type Admission =
  | { readonly kind: 'cancel'; readonly reason: CancelReason }
  /** Its destination takes nothing now. */
  | { readonly kind: 'hold' }
  /** `probe`: only if the circuit breaker takes it as its probe. */
  | { readonly kind: 'send' | 'probe'; readonly destination: Deliverable };

/** An attempt that may be made. */
export type Admitted = Extract<Admission, { readonly destination: Deliverable }>;

export async function admit(
  { breakers, destination: destinationOf }: AdmissionOptions,
  job: DeliveryJob,
): Promise<Admission> {
  const destination = await destinationOf(job.destinationId);
  if (!destination) return { kind: 'cancel', reason: 'destination_deleted' };
  const reason = destination.cancelReason(job);
  if (reason) return { kind: 'cancel', reason };
  if (!destination.enabled) return { kind: 'hold' };
  const kind = await breakers.admit(job.destinationId, destination.circuitBreaker);
  return kind === 'hold' ? { kind } : { kind, destination };
}
