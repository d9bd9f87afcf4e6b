import type { DeliveryJob } from '../../../core/delivery.ts';
import type { ResendJob } from '../../../core/resend-request.ts';
import type { Row } from '../dynamodb-batch.ts';
import { number } from './delivery-row.ts';

/** What its row must say for a record of a delivery to be true still. A delivery without a row is at its beginning. */
export interface RowCondition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues: Row;
}

const IS_NEXT = '(attribute_not_exists(#attempt_count) OR #attempt_count = :attempts_before)';
/** As `isDue` has it: of the attempts before, the last may still be on its way to its row. Once it is here, it comes too late for `IS_NOT_MADE`. */
const IS_NOT_BEHIND = '(attribute_not_exists(#attempt_count) OR #attempt_count <= :attempts_before)';
/** All that is recorded of a replay says when it was asked for: nothing is recorded yet of this one, or of a later one. */
const IS_NEWER = '(attribute_not_exists(#replayed_at) OR #replayed_at < :replayed_at)';
/** What is recorded is not of a later replay than the job. */
const IS_ITS_ROUND = '(attribute_not_exists(#replayed_at) OR #replayed_at <= :its_replay)';
const IS_UNDER_WAY = '(attribute_not_exists(#status) OR #status IN (:pending, :retrying, :held))';
const UNDER_WAY: Row = { ':pending': { S: 'pending' }, ':retrying': { S: 'retrying' }, ':held': { S: 'held' } };

const IS_GONE = 'attribute_not_exists(#status)';
const IS_NOT_MADE = '(attribute_not_exists(#attempt_count) OR #attempt_count < :this_attempt)';

/**
 * Neither the attempt nor a later one is recorded. The row is gone when a delivery is replayed after its retention. Nor is a later
 * replay: an attempt that was under way when its delivery was cancelled and sent again would end that, or leave it its own retries.
 */
export function ifNotMade(job: DeliveryJob): RowCondition {
  return inItsRound(job, IS_NOT_MADE, { ':this_attempt': number(job.attempt) });
}

/**
 * As `ifNotMade`, of a failure that is to be retried: its delivery has not ended either, as by a cancel while the attempt was made. That
 * has its retry dropped, and a row that says `retrying` afterwards would say so for ever.
 */
export function ifStillRetried(job: DeliveryJob): RowCondition {
  const [isUnderWay, values] = underWay(job);
  return inItsRound(job, `${IS_NOT_MADE} AND ${isUnderWay}`, { ':this_attempt': number(job.attempt), ...values });
}

/** The attempt has not been made yet, and nobody has asked for a later replay: an end is of what it has seen alone. */
export function ifNext(job: DeliveryJob): RowCondition {
  return ofItsRound(job, IS_NEXT, before(job));
}

/** The job is due: `isDue` of core/delivery.ts, asked of the row as it is when the record is written. */
export function ifDue(job: DeliveryJob): RowCondition {
  return inItsRound(job, ...due(job));
}

/** The job is due, whichever attempt it is of: an end without an attempt does not take the place of another, such as a cancel by hand. */
export function ifEndable(job: DeliveryJob): RowCondition {
  return ofItsRound(job, ...due(job));
}

/**
 * The row is as the request for the job found it: `isAsFound` of core/resend-request.ts, and no attempt since. The row may also be gone,
 * because its retention is over.
 */
export function ifAsFound({ resendRequest: { from, after }, ...job }: ResendJob): RowCondition {
  if (from === undefined) return condition(IS_GONE, {});
  const isAfter = after === undefined ? 'attribute_not_exists(#asking)' : '#asking = :after';
  return condition(`${IS_GONE} OR (${IS_NEXT} AND #status = :from AND ${isAfter})`, {
    ...before(job),
    ':from': { S: from },
    ...(after !== undefined && { ':after': { S: after } }),
  });
}

/** An update that is left out where the condition does not hold. */
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

/** Its delivery is under way, or has ended before the replay that the job is of. */
function underWay(job: DeliveryJob): [expression: string, values: Row] {
  if (!job.startsReplay) return [IS_UNDER_WAY, UNDER_WAY];
  return [`(${IS_UNDER_WAY} OR ${IS_NEWER})`, { ...UNDER_WAY, ...replayedAt(job) }];
}

/** A very first attempt is of any round: `isOfEarlierRound` of core/delivery.ts. */
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
