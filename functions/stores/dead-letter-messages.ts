import type { Message } from '@aws-sdk/client-sqs';
import type { DeliveryJob } from '../../core/deliveries/delivery.ts';
import type { DeliveryId } from '../../core/ids.ts';
import { decodeDelivery } from '../messages/delivery.ts';
import type { DeliveryReader } from './deliveries/delivery-reader.ts';
import type { StoredDelivery } from './deliveries/delivery-row.ts';

/** The attribute by which messages of `DeadLetterQueue` differ from those that the redrive policy has moved here. */
export const REASON = 'reason';

interface Times {
  /** Rows say `dead` for everything that was dead at this time. */
  readonly settledMs?: number;
  /** Deliveries that have moved on since then are left to their own sweep. */
  readonly movedBeforeMs?: number;
}

/**
 * The messages that no longer belong in the dead-letter queue: those asked for, and those whose delivery has moved on.
 * @param deliveries those asked for, each with the time at which it was sent again or discarded
 */
export async function settledMessages(
  messages: readonly Message[],
  deliveries: ReadonlyMap<DeliveryId, number>,
  reader: DeliveryReader,
  { settledMs = 0, movedBeforeMs = Number.POSITIVE_INFINITY }: Times,
): Promise<Set<Message>> {
  const isAskedFor = ({ deliveryId, replayedAtMs = -1 }: DeliveryJob) =>
    replayedAtMs < (deliveries.get(deliveryId) ?? -1);
  const jobs = messages.map((message) => ({ message, job: jobOf(message) }));
  const others = jobs.flatMap(({ job }) => (job && !isAskedFor(job) ? [job] : []));
  const rows = await reader.getMany(others);
  const done = jobs.filter(({ message, job }) => {
    if (!job) return false;
    if (isAskedFor(job)) return true;
    const row = rows.get(job.deliveryId);
    if (!row || movedAtMs(row) > movedBeforeMs) return false;
    if (row.status === 'dead') return hasDiedAgain(job, row);
    return job.attempt <= row.attemptCount || sentAsDeadMs(message) < settledMs;
  });
  return new Set(done.map(({ message }) => message));
}

/**
 * `undefined` if the message is not a delivery: the redrive policy moves anything here that was in the delivery queue.
 */
export function jobOf({ Body = '' }: Message): DeliveryJob | undefined {
  try {
    return decodeDelivery(Body).job;
  } catch {
    return undefined;
  }
}

/**
 * When a delivery was given up, whether its attempt was made or not. Never, for a message from the redrive policy: the
 * row does not know of that, and the message may be all that is left of an attempt that is still to be made.
 */
function sentAsDeadMs({ MessageAttributes, Attributes }: Message): number {
  const isSentAsDead = MessageAttributes?.[REASON] !== undefined;
  return isSentAsDead ? Number(Attributes?.SentTimestamp) : Number.POSITIVE_INFINITY;
}

/**
 * Whether it has died again since, and so has another message: of a later attempt, or of a replay that ended without
 * one.
 */
function hasDiedAgain({ attempt, replayedAtMs = -1 }: DeliveryJob, row: StoredDelivery): boolean {
  return attempt < row.attemptCount || replayedAtMs < (row.replayedAtMs ?? -1);
}

/** When a delivery reached its present state, or began to be sent again. */
function movedAtMs({ recordedAtMs = 0, lastAttemptAtMs = 0 }: StoredDelivery): number {
  return Math.max(recordedAtMs, lastAttemptAtMs);
}
