import type { DeliveryJob } from '../../core/delivery.ts';
import { eventIdOf } from '../../core/ids.ts';
import type { DeadLetterQueue } from '../stores/dead-letter-queue.ts';
import type { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { DeliveryQueue } from '../stores/delivery-queue.ts';

export interface ReplayStores {
  readonly queue: DeliveryQueue;
  readonly log: DeliveryLog;
  readonly deadLetters: DeadLetterQueue;
}

/**
 * Sends a delivery that has come to its end once more, with all retries of its policy. The attempts go on counting, and the
 * receiver sees the same `webhook-id`.
 *
 * First the message, then the row, then the dead letter: a crash in between repeats an attempt or leaves a dead letter that
 * the next replay takes away, and never loses the delivery.
 */
export async function replayDelivery(
  delivery: StoredDelivery,
  { queue, log, deadLetters }: ReplayStores,
): Promise<void> {
  const attempt = delivery.attemptCount + 1;
  const job: DeliveryJob = { ...jobOf(delivery), attempt, roundStart: attempt, replay: true };
  await queue.send({ job });
  await log.recordReplay(job);
  if (delivery.status === 'dead') await deadLetters.remove(new Set([delivery.id]));
}

/** Gives a dead letter up: its delivery stays in the history as cancelled. */
export async function discardDelivery(
  delivery: StoredDelivery,
  { log, deadLetters }: Pick<ReplayStores, 'log' | 'deadLetters'>,
  nowMs: number,
): Promise<void> {
  const job: DeliveryJob = { ...jobOf(delivery), attempt: delivery.attemptCount + 1 };
  await log.recordEnd(job, { status: 'cancelled', reason: 'discarded' }, nowMs);
  await deadLetters.remove(new Set([delivery.id]));
}

function jobOf(delivery: StoredDelivery): DeliveryJob {
  const { id, organizationId, sourceId, connectionId, destinationId, attemptCount, roundStart } = delivery;
  return {
    deliveryId: id,
    eventId: eventIdOf(id, sourceId),
    organizationId,
    sourceId,
    connectionId,
    destinationId,
    attempt: attemptCount,
    roundStart,
    replay: false,
  };
}
