import {
  type ConnectionId,
  type DeliveryId,
  type DestinationId,
  deliveryIdOf,
  type EventId,
  eventIdOf,
  type OrganizationId,
  type SourceId,
} from '../ids.ts';
import { type RetryPolicy, retryDelaySeconds } from '../retries/retry-policy.ts';
import { isRetried } from '../retries/retry-rules.ts';
import type { ConnectionEnds } from './connection.ts';
import { isAsFound, type ResendRequest } from './resend-request.ts';

/**
 * The life of a delivery. Under way: pending (or no row yet), retrying, held. Ended: succeeded, dead, cancelled.
 *
 *     under way ──attempt─────────────────▶ succeeded | retrying | dead
 *     under way ──in place of an attempt──▶ held | cancelled | dead
 *     under way ──cancel by hand──────────▶ cancelled
 *     retrying  ──retry by hand───────────▶ pending
 *     ended ──────replay──────────────────▶ pending    a new round of retries
 *     dead ───────discard─────────────────▶ cancelled
 *     cancelled ──an attempt that was under way ends──▶ succeeded | dead
 *
 * A delivery is `held` while its destination takes none: see core/circuit/circuit.ts. Its row then keeps all that the attempt needs, so
 * the queue has no message for it. It also stays `held` when it is retried by hand, until that attempt is made.
 *
 * A delivery has no row before its first attempt has ended: until then its message in the queue is the record, and a
 * million first-try successes cost a million writes, not two.
 */
export const deliveryStatuses = ['pending', 'retrying', 'held', 'succeeded', 'dead', 'cancelled'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** What the queue carries for one attempt of a delivery. */
export interface DeliveryJob {
  readonly deliveryId: DeliveryId;
  readonly eventId: EventId;
  readonly organizationId: OrganizationId;
  readonly sourceId: SourceId;
  readonly connectionId: ConnectionId;
  readonly destinationId: DestinationId;
  /** Number of the attempt to make, counted over the whole life of the delivery, replays included. */
  readonly attempt: number;
  /** Number of the attempt that the retry policy counts from: 1, or the first one of the latest replay. */
  readonly roundStart: number;
  /** The first attempt of a replay: it is made even though the delivery had ended. Its retries are jobs like any other. */
  readonly startsReplay: boolean;
  /** When the latest replay was asked for; absent in the first round, which begins with the event. */
  readonly replayedAtMs?: number;
  /** Set by a replay or a retry by hand, but not in the retries that follow. */
  readonly resendRequest?: ResendRequest;
}

/**
 * Names an attempt of a delivery: the same for every copy of its job. The first attempt of a replay may have the number of an
 * attempt that was cancelled, and must not be taken for a copy of that: so the time of the replay is in the name. At most 54
 * characters; a schedule's name may have 64.
 */
export function attemptName({
  deliveryId,
  attempt,
  replayedAtMs,
}: Pick<DeliveryJob, 'deliveryId' | 'attempt' | 'replayedAtMs'>): string {
  return `${deliveryId}-${attempt}${replayedAtMs === undefined ? '' : `-${replayedAtMs}`}`;
}

/** A delivery with everything needed to send it again. */
export interface DeliveryIdentity extends DeliveryProgress {
  readonly id: DeliveryId;
  readonly organizationId: OrganizationId;
  readonly sourceId: SourceId;
  readonly connectionId: ConnectionId;
  readonly destinationId: DestinationId;
  readonly roundStart: number;
}

/** The attempt that comes next in the round that a delivery is in. */
export function nextJob(delivery: DeliveryIdentity): DeliveryJob {
  const { id, organizationId, sourceId, connectionId, destinationId, attemptCount, roundStart, replayedAtMs } =
    delivery;
  return {
    deliveryId: id,
    eventId: eventIdOf(id, sourceId),
    organizationId,
    sourceId,
    connectionId,
    destinationId,
    attempt: attemptCount + 1,
    roundStart,
    startsReplay: false,
    ...(replayedAtMs !== undefined && { replayedAtMs }),
  };
}

/** The first attempt of a new round, with all retries of the policy ahead of it. */
export function replayJob(delivery: DeliveryIdentity, nowMs: number): DeliveryJob {
  const job = nextJob(delivery);
  return { ...job, roundStart: job.attempt, startsReplay: true, replayedAtMs: afterReplays(delivery, nowMs) };
}

/**
 * The present time, but in any case later than every replay of the delivery so far, whatever clock the function has: these
 * times tell what belongs to a replay from what was before.
 */
export function afterReplays({ replayedAtMs = 0 }: DeliveryProgress, nowMs: number): number {
  return Math.max(nowMs, replayedAtMs + 1);
}

/** The first attempt of an event over a connection. */
export function firstJob(
  event: { readonly id: EventId; readonly organizationId: OrganizationId; readonly sourceId: SourceId },
  connection: Pick<ConnectionEnds, 'id' | 'destinationId'>,
): DeliveryJob {
  return {
    deliveryId: deliveryIdOf(event.id, connection.id),
    eventId: event.id,
    organizationId: event.organizationId,
    sourceId: event.sourceId,
    connectionId: connection.id,
    destinationId: connection.destinationId,
    attempt: 1,
    roundStart: 1,
    startsReplay: false,
  };
}

/** How far a delivery has come, as its row says. */
export interface DeliveryProgress {
  readonly status: DeliveryStatus;
  /** Attempts made so far. */
  readonly attemptCount: number;
  /** When the latest replay that is recorded was asked for. Older versions kept it only while the delivery was held. */
  readonly replayedAtMs?: number;
  /** The latest request that has won. */
  readonly resendRequestId?: string;
}

/**
 * Whether a job is still to be done. SQS delivers at least once, a stream batch may run again, and a retry may be brought
 * forward by hand: the row's count of attempts tells a late or repeated job from the one that is due. A replay is due although
 * its delivery has ended, unless this very replay has ended without an attempt, because it was cancelled. A job that somebody
 * requested is not due once another request has won.
 */
export function isDue(job: DeliveryJob, progress: DeliveryProgress | undefined): boolean {
  if (!progress) return true;
  if (job.attempt <= progress.attemptCount || isOfEarlierRound(job, progress)) return false;
  const { resendRequest } = job;
  if (resendRequest && resendRequest.id !== progress.resendRequestId) return isAsFound(resendRequest, progress);
  return isUnderWay(progress.status) || (job.startsReplay && (progress.replayedAtMs ?? -1) < (job.replayedAtMs ?? 0));
}

/**
 * A cancelled delivery may still have a message in flight. If the delivery is then replayed, that old message carries the same
 * attempt number as the replay's first attempt but fewer retries, so it is dropped. The replay's own message is there: it was
 * sent before the replay was recorded. A very first attempt is not dropped: if it succeeds, it takes the replay's place, and in a
 * line it has a place to keep.
 */
function isOfEarlierRound({ attempt, replayedAtMs = -1 }: DeliveryJob, progress: DeliveryProgress): boolean {
  return attempt > 1 && replayedAtMs < (progress.replayedAtMs ?? -1);
}

/** Whether it has not ended. */
export function isUnderWay(status: DeliveryStatus): boolean {
  return status === 'pending' || status === 'retrying' || status === 'held';
}

/** The outcome of one attempt, as far as it decides what follows. */
export type AttemptVerdict =
  | { readonly kind: 'delivered' }
  | {
      readonly kind: 'failed';
      /**
       * `permanent`: no further attempt can succeed. `gone`: the receiver wants nothing any more, so its destination is to be
       * disabled; the delivery is retried all the same, and held by then.
       */
      readonly failure: 'temporary' | 'permanent' | 'gone';
      /** Absent when there was no answer. */
      readonly statusCode?: number;
      readonly retryAfterSeconds: number;
    };

/** What follows an attempt. */
export type NextStep =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'retry'; readonly delaySeconds: number }
  | { readonly kind: 'dead'; readonly reason: 'permanent_failure' | 'not_retried' | 'retries_exhausted' };

/** @param random uniform in [0, 1), for the jitter */
export function nextStep(job: DeliveryJob, verdict: AttemptVerdict, policy: RetryPolicy, random: number): NextStep {
  if (verdict.kind === 'delivered') return { kind: 'succeeded' };
  if (verdict.failure === 'permanent') return { kind: 'dead', reason: 'permanent_failure' };
  if (!isRetried(policy.retryOn, verdict.statusCode)) return { kind: 'dead', reason: 'not_retried' };
  const retry = job.attempt - job.roundStart + 1;
  const delaySeconds = retryDelaySeconds(policy, retry, random, verdict.retryAfterSeconds);
  return delaySeconds === undefined ? { kind: 'dead', reason: 'retries_exhausted' } : { kind: 'retry', delaySeconds };
}
