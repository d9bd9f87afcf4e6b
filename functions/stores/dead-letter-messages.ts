import type { Message } from '@aws-sdk/client-sqs';
import type { DeliveryJob } from '../../core/delivery.ts';
import type { DeliveryId } from '../../core/ids.ts';
import { decodeDelivery } from '../messages/delivery.ts';
import type { DeliveryReader } from './deliveries/delivery-reader.ts';
import type { StoredDelivery } from './deliveries/delivery-row.ts';

/** The attribute that tells what `DeadLetterQueue` has sent from what the redrive policy has brought. */
export const REASON = 'reason';

interface Times {
  /** A time from which all that was dead then has said so in its row. */
  readonly settledMs?: number;
  /** What has moved on since is left to the sweep of its own. */
  readonly movedBeforeMs?: number;
}

/**
 * The messages that belong in the dead-letter queue no longer: those asked for, and those whose delivery has moved on.
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

/** `undefined` for what is no delivery: the redrive policy brings here whatever stood in the delivery queue. */
export function jobOf({ Body = '' }: Message): DeliveryJob | undefined {
  try {
    return decodeDelivery(Body).job;
  } catch {
    return undefined;
  }
}

/**
 * When a delivery was given up, its attempt made or not. Never for what the redrive policy has brought: its row does not know
 * of it, and it may be all that there is of an attempt that is still to be made.
 */
function sentAsDeadMs({ MessageAttributes, Attributes }: Message): number {
  const isSentAsDead = MessageAttributes?.[REASON] !== undefined;
  return isSentAsDead ? Number(Attributes?.SentTimestamp) : Number.POSITIVE_INFINITY;
}

/** It has another message then: of its later attempt, or of the replay in which it has ended without one. */
function hasDiedAgain({ attempt, replayedAtMs = -1 }: DeliveryJob, row: StoredDelivery): boolean {
  return attempt < row.attemptCount || replayedAtMs < (row.replayedAtMs ?? -1);
}

/** When a delivery came to where it is, or began to be sent again. */
function movedAtMs({ recordedAtMs = 0, lastAttemptAtMs = 0 }: StoredDelivery): number {
  return Math.max(recordedAtMs, lastAttemptAtMs);
}
