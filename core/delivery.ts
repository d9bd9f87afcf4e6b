import { type Asking, isAsFound } from './asking.ts';
import type { ConnectionEnds } from './connection.ts';
import {
  type ConnectionId,
  type DeliveryId,
  type DestinationId,
  deliveryIdOf,
  type EventId,
  eventIdOf,
  type OrganizationId,
  type SourceId,
} from './ids.ts';
import { type RetryPolicy, retryDelaySeconds } from './retry-policy.ts';
import { isRetried } from './retry-rules.ts';

/**
 * The life of a delivery:
 *
 *     (no row) ──▶ succeeded
 *        │  └────▶ retrying ──▶ succeeded
 *        │            └───────▶ dead ──replay──▶ pending ──▶ …
 *        └───────────────────▶ cancelled
 *
 * In place of an attempt a delivery may become `held`, until its destination takes deliveries again: see core/circuit.ts. Its
 * row keeps what the attempt needs, so that nothing of it is in the queue meanwhile.
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
  /** The first attempt of a replay is made even though the delivery had come to an end. */
  readonly replay: boolean;
  /** When the latest replay was asked for; absent in the first round, which begins with the event. */
  readonly replayedAtMs?: number;
  /** Of a message that a replay or a retry by hand has sent; not of the retries that follow. */
  readonly asking?: Asking;
}

/**
 * Names an attempt of a delivery: the same for every copy of its job. The first attempt of a replay may have the number of one that
 * was cancelled, and must not be taken for a copy of it. At most 54 characters, of which a schedule's name may have 64.
 */
export function attemptName({
  deliveryId,
  attempt,
  replayedAtMs,
}: Pick<DeliveryJob, 'deliveryId' | 'attempt' | 'replayedAtMs'>): string {
  return `${deliveryId}-${attempt}${replayedAtMs === undefined ? '' : `-${replayedAtMs}`}`;
}

/** A delivery with what it takes to send it again. */
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
    replay: false,
    ...(replayedAtMs !== undefined && { replayedAtMs }),
  };
}

/** The first attempt of a new round, with all retries of the policy ahead of it. */
export function replayJob(delivery: DeliveryIdentity, nowMs: number): DeliveryJob {
  const job = nextJob(delivery);
  return { ...job, roundStart: job.attempt, replay: true, replayedAtMs: afterReplays(delivery, nowMs) };
}

/**
 * Now, as a time after that of every replay of the delivery, whatever clock the function had that asked for it: by it what is
 * of one replay is told from what was before.
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
    replay: false,
  };
}

/** How far a delivery has come, as its row says. */
export interface DeliveryProgress {
  readonly status: DeliveryStatus;
  /** Attempts made so far. */
  readonly attemptCount: number;
  /** When the latest replay that is recorded was asked for. Older versions kept it only while the delivery was held. */
  readonly replayedAtMs?: number;
  /** The latest asking that has won. */
  readonly askingId?: string;
}

/**
 * Whether a job is still to be done. SQS delivers at least once, a stream batch may run again, and a retry may be brought
 * forward by hand: the row's count of attempts tells a late or repeated job from the one that is due. A replay is due although
 * its delivery had ended, but not once that replay has come to its end without an attempt: was cancelled. Nor is what was asked for
 * while somebody else has won.
 */
export function isDue(job: DeliveryJob, progress: DeliveryProgress | undefined): boolean {
  if (!progress) return true;
  if (job.attempt <= progress.attemptCount || isOfEarlierRound(job, progress)) return false;
  const { asking } = job;
  if (asking && asking.id !== progress.askingId) return isAsFound(asking, progress);
  return isUnderWay(progress.status) || (job.replay && (progress.replayedAtMs ?? -1) < (job.replayedAtMs ?? 0));
}

/**
 * What was on its way when its delivery was cancelled stays there. Where that is replayed, what is of the round before has the number
 * of the replay's own first attempt, and a retry fewer retries ahead of it: it leaves that to the replay, whose message was sent
 * before it was recorded. A very first attempt has all of them, whoever asks for it, and a place in a line to keep.
 */
function isOfEarlierRound({ attempt, replayedAtMs = -1 }: DeliveryJob, progress: DeliveryProgress): boolean {
  return attempt > 1 && replayedAtMs < (progress.replayedAtMs ?? -1);
}

/** Whether it has not ended. */
export function isUnderWay(status: DeliveryStatus): boolean {
  return status === 'pending' || status === 'retrying' || status === 'held';
}

/** What came of one attempt, as far as what follows depends on it. */
export type AttemptVerdict =
  | { readonly kind: 'delivered' }
  | {
      readonly kind: 'failed';
      readonly permanent: boolean;
      /** Absent when there was no answer. */
      readonly statusCode?: number;
      readonly retryAfterSeconds: number;
      /** The receiver wants nothing any more: its destination is to be disabled. */
      readonly gone?: boolean;
    };

/** What follows an attempt. */
export type NextStep =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'retry'; readonly delaySeconds: number }
  | { readonly kind: 'dead'; readonly reason: 'permanent_failure' | 'not_retried' | 'retries_exhausted' };

/** @param random uniform in [0, 1), for the jitter */
export function nextStep(job: DeliveryJob, verdict: AttemptVerdict, policy: RetryPolicy, random: number): NextStep {
  if (verdict.kind === 'delivered') return { kind: 'succeeded' };
  if (verdict.permanent) return { kind: 'dead', reason: 'permanent_failure' };
  if (!isRetried(policy.retryOn, verdict.statusCode)) return { kind: 'dead', reason: 'not_retried' };
  const retry = job.attempt - job.roundStart + 1;
  const delaySeconds = retryDelaySeconds(policy, retry, random, verdict.retryAfterSeconds);
  return delaySeconds === undefined ? { kind: 'dead', reason: 'retries_exhausted' } : { kind: 'retry', delaySeconds };
}
