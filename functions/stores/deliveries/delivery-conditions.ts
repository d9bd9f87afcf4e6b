import type { DeliveryJob } from '../../../core/deliveries/delivery.ts';
import type { ResendJob } from '../../../core/deliveries/resend-request.ts';
import type { Row } from '../dynamodb-batch.ts';
import { number, RESEND_REQUEST_ID } from './delivery-row.ts';

/** What a row must say for a record of its delivery still to be true. A delivery without a row is at its beginning. */
export interface RowCondition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues: Row;
}

const IS_NEXT = '(attribute_not_exists(#attempt_count) OR #attempt_count = :attempts_before)';
/**
 * As in `isDue`: the record of the attempt before may not have reached the row yet. Once this write has set the count,
 * `IS_NOT_MADE` refuses that late record.
 */
const IS_NOT_BEHIND = '(attribute_not_exists(#attempt_count) OR #attempt_count <= :attempts_before)';
/** Everything recorded of a replay says when it was asked for. Nothing is recorded yet of this replay or of a later one. */
const IS_NEWER = '(attribute_not_exists(#replayed_at) OR #replayed_at < :replayed_at)';
/** Nothing is recorded of a later replay than the job's. */
const IS_ITS_ROUND = '(attribute_not_exists(#replayed_at) OR #replayed_at <= :its_replay)';
const IS_UNDER_WAY = '(attribute_not_exists(#status) OR #status IN (:pending, :retrying, :held))';
const UNDER_WAY: Row = { ':pending': { S: 'pending' }, ':retrying': { S: 'retrying' }, ':held': { S: 'held' } };

const IS_ENDED = '#status IN (:succeeded, :dead, :cancelled)';
const ENDED: Row = { ':succeeded': { S: 'succeeded' }, ':dead': { S: 'dead' }, ':cancelled': { S: 'cancelled' } };

const IS_GONE = 'attribute_not_exists(#status)';
const IS_NOT_MADE = '(attribute_not_exists(#attempt_count) OR #attempt_count < :this_attempt)';

/**
 * Neither this attempt nor a later one is recorded, nor a later replay. The row is gone if the delivery is replayed after its
 * retention. An attempt may still be under way while its delivery is cancelled and sent again: its record must not end the
 * replay, or leave it only the retries of the old round.
 */
export function ifNotMade(job: DeliveryJob): RowCondition {
  return inItsRound(job, IS_NOT_MADE, { ':this_attempt': number(job.attempt) });
}

/** Where the retry of a failed attempt waits: as a message of its own, or in the line, where the delivery stays. */
export type RetryPlace = 'queue' | 'line';

/**
 * As `ifNotMade`, for a failure that is to be retried. The delivery must not have ended either, for example by a cancel during
 * the attempt: its retry is then dropped, and a row that says `retrying` would say so forever. For the same reason even a very
 * first attempt must be of the latest round if its retry is a message: once a replay is recorded, `isDue` drops that message.
 */
export function ifStillRetried(job: DeliveryJob, retryPlace: RetryPlace): RowCondition {
  const [isUnderWay, values] = underWay(job);
  const inRound = retryPlace === 'queue' ? ofItsRound : inItsRound;
  return inRound(job, `${IS_NOT_MADE} AND ${isUnderWay}`, { ':this_attempt': number(job.attempt), ...values });
}

/**
 * As `ifNotMade`, for a failure that ends the delivery. Even a very first attempt must be of the latest round: it leaves no retry that
 * could stand in for a replay.
 */
export function ifStillLast(job: DeliveryJob): RowCondition {
  return ofItsRound(job, IS_NOT_MADE, { ':this_attempt': number(job.attempt) });
}

/** The delivery ended during the attempt, and has not been sent again since. */
export function ifEnded(job: DeliveryJob): RowCondition {
  return inItsRound(job, `${IS_NOT_MADE} AND ${IS_ENDED}`, { ':this_attempt': number(job.attempt), ...ENDED });
}

/** The job's attempt is the next to be made, and no later replay is recorded: an end applies only to what its caller has seen. */
export function ifNext(job: DeliveryJob): RowCondition {
  return ofItsRound(job, IS_NEXT, before(job));
}

/** The job is due: `isDue` of core/deliveries/delivery.ts, checked on the row at the time of the write. */
export function ifDue(job: DeliveryJob): RowCondition {
  return inItsRound(job, ...due(job));
}

/**
 * The job is due and not of an earlier round, even if it is a first attempt: an end without an attempt must not replace another,
 * such as a cancel by hand.
 */
export function ifEndable(job: DeliveryJob): RowCondition {
  return ofItsRound(job, ...due(job));
}

/**
 * The row is as the request for the job found it (`isAsFound` of core/deliveries/resend-request.ts), and no attempt has been recorded since.
 * The row may also be gone, because its retention is over.
 */
export function ifAsFound({ resendRequest: { statusBefore, previousRequestId }, ...job }: ResendJob): RowCondition {
  if (statusBefore === undefined) return condition(IS_GONE, {});
  const isAfter =
    previousRequestId === undefined ? `attribute_not_exists(#${RESEND_REQUEST_ID})` : `#${RESEND_REQUEST_ID} = :after`;
  return condition(`${IS_GONE} OR (${IS_NEXT} AND #status = :from AND ${isAfter})`, {
    ...before(job),
    ':from': { S: statusBefore },
    ...(previousRequestId !== undefined && { ':after': { S: previousRequestId } }),
  });
}

/** The update, refused unless the condition holds. */
export function withCondition<Update extends Omit<RowCondition, 'ConditionExpression'>>(
  update: Update,
  condition: RowCondition,
): Update & RowCondition {
  return {
    ...update,
    ...condition,
    ExpressionAttributeNames: { ...update.ExpressionAttributeNames, ...condition.ExpressionAttributeNames },
    ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ...condition.ExpressionAttributeValues },
  };
}

function due(job: DeliveryJob): [expression: string, values: Row] {
  const [isUnderWay, values] = underWay(job);
  return [`${IS_NOT_BEHIND} AND ${isUnderWay}`, { ...before(job), ...values }];
}

/** The delivery is under way, or ended before the replay that the job belongs to. */
function underWay(job: DeliveryJob): [expression: string, values: Row] {
  if (!job.startsReplay) return [IS_UNDER_WAY, UNDER_WAY];
  return [`(${IS_UNDER_WAY} OR ${IS_NEWER})`, { ...UNDER_WAY, ...replayedAt(job) }];
}

/** A very first attempt belongs to any round: see `isOfEarlierRound` of core/deliveries/delivery.ts. */
function inItsRound(job: DeliveryJob, expression: string, values: Row): RowCondition {
  return job.attempt === 1 ? condition(expression, values) : ofItsRound(job, expression, values);
}

function ofItsRound(job: DeliveryJob, expression: string, values: Row): RowCondition {
  return condition(`${expression} AND ${IS_ITS_ROUND}`, { ...values, ...round(job) });
}

function before({ attempt }: Pick<DeliveryJob, 'attempt'>): Row {
  return { ':attempts_before': number(attempt - 1) };
}

function round({ replayedAtMs = -1 }: DeliveryJob): Row {
  return { ':its_replay': number(replayedAtMs) };
}

function replayedAt({ replayedAtMs = 0 }: DeliveryJob): Row {
  return { ':replayed_at': number(replayedAtMs) };
}

function condition(expression: string, values: Row): RowCondition {
  const names = expression.match(/#\w+/g) ?? [];
  return {
    ConditionExpression: expression,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [name, name.slice(1)])),
    ExpressionAttributeValues: values,
  };
}
