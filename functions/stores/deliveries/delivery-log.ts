import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Attempt, resultCodeOf } from '../../../core/deliveries/attempt.ts';
import type { DeliveryJob, DeliveryProgress } from '../../../core/deliveries/delivery.ts';
import type { ResendJob } from '../../../core/deliveries/resend-request.ts';
import type { Batcher } from '../batcher.ts';
import type { Row } from '../dynamodb-batch.ts';
import { changeExpression } from '../expressions.ts';
import { encodeAttempt } from './attempt-codec.ts';
import { ConditionalRows } from './conditional-rows.ts';
import {
  ifAsFound,
  ifDue,
  ifEndable,
  ifEnded,
  ifNext,
  ifNotMade,
  ifStillLast,
  ifStillRetried,
  type RetryPlace,
  type RowCondition,
} from './delivery-conditions.ts';
import {
  type DeliveryState,
  deliveryKey,
  type EndState,
  expiry,
  number,
  RESEND_REQUEST_ID,
  stateAttributes,
  stateUpdate,
} from './delivery-row.ts';
import { newRowBatcher } from './new-rows.ts';

/** A delivery as it was found when it was to be sent again, if it had a row. */
type Found = { readonly heldAtMs?: number } | undefined;

export interface DeliveryLogOptions {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
  readonly retentionDays: number;
  /** How long a new row waits for others to share a write with. */
  readonly lingerMs?: number;
}

/**
 * If the function dies before the row is written, the receiver, which has the webhook already, gets it again: see
 * docs/delivery.md. 1 ms gathers what comes in one burst, and `npm run bench` is faster with it than with 5 ms, because
 * a batch that waits less makes room for the next.
 */
const LINGER_MS = 1;

/** Writes the state of deliveries, and their attempts. */
export class DeliveryLog {
  readonly #options: DeliveryLogOptions;
  readonly #newRows: Batcher<Row>;
  readonly #rows: ConditionalRows;

  constructor(options: DeliveryLogOptions) {
    this.#options = options;
    // If two copies of a job succeed, either row is true.
    this.#newRows = newRowBatcher({ lingerMs: LINGER_MS, ...options });
    this.#rows = new ConditionalRows(options);
  }

  /**
   * Records an attempt and the resulting state of its delivery. Messages that follow from the state must have been sent
   * before: a row that says `retrying` promises that the retry exists, and one that says `dead` that the dead letter
   * does.
   *
   * A first attempt is one row. If it succeeded, it shares its write with others, and has no condition: whatever else
   * the delivery has come to, the receiver has the webhook. If it failed, it says what is still to come, and a copy of
   * the job that took longer, or was frozen with its function, must not say that of a delivery that has got further. So
   * it is written by itself, for the same write units, with a condition. A later attempt is a row of its own under the
   * same condition, even if it succeeded: it must not overwrite the state of a later replay.
   * @returns whether the state stands
   */
  async recordAttempt(
    job: DeliveryJob,
    attempt: Attempt,
    state: DeliveryState,
    retryPlace: RetryPlace = 'queue',
  ): Promise<boolean> {
    const endedAtMs = attempt.startedAtMs + attempt.durationMs;
    const made: Row = {
      attempt_count: number(job.attempt),
      last_attempt_at: number(endedAtMs),
      last_result: { S: resultCodeOf(attempt) },
    };
    const attributes = { ...this.#identity(job, endedAtMs), ...stateAttributes(job, state), ...made };
    const condition = conditionFor(state.status, job, retryPlace);
    const expiresAt = this.#expiry(attempt);
    const stands =
      job.attempt > 1
        ? await this.#rows.updateWithAttempt(job, stateUpdate(attributes), attempt, condition, expiresAt)
        : await this.#recordFirstAttempt(
            job,
            attempt,
            attributes,
            state.status === 'succeeded' ? undefined : condition,
          );
    if (!stands && state.status !== 'succeeded') await this.#addToEnded(job, attempt, made);
    return stands;
  }

  /**
   * Adds a failed attempt to a delivery that ended during it, for example by a cancel, and leaves it ended. Otherwise a replay would
   * count its attempts from the same number and be taken for a copy of this one.
   */
  async #addToEnded(job: DeliveryJob, attempt: Attempt, made: Row): Promise<void> {
    if (job.attempt > 1)
      await this.#rows.updateWithAttempt(job, changeExpression(made), attempt, ifEnded(job), this.#expiry(attempt));
    else await this.#rows.change(job, { ...made, attempt: { B: encodeAttempt(attempt) } }, ifEnded(job));
  }

  async #recordFirstAttempt(
    job: DeliveryJob,
    attempt: Attempt,
    attributes: Row,
    condition: RowCondition | undefined,
  ): Promise<boolean> {
    const row: Row = { ...attributes, attempt: { B: encodeAttempt(attempt) } };
    if (condition) return this.#rows.put(job, row, condition);
    await this.#newRows.add({ ...deliveryKey(job.destinationId, job.deliveryId), ...row });
    return true;
  }

  /**
   * Records an end without an attempt, such as a cancel by hand. The delivery may have no row yet.
   * @param job the next attempt: if it has been made already, nothing is recorded
   * @returns whether it was recorded
   */
  recordState(job: DeliveryJob, state: EndState, nowMs: number): Promise<boolean> {
    return this.#rows.update(job, this.#withoutAttempt(job, state, nowMs), ifNext(job));
  }

  /**
   * Records a request to send a delivery again, once its message has been sent. What was held stays held until its attempt is made; all
   * else becomes `pending`. The function that received the message may have recorded the request already: then the row names this very
   * request, which has won.
   * @param found the delivery as the request found it
   * @returns whether this request has won
   */
  recordResend(job: ResendJob, found: Found, nowMs: number): Promise<boolean> {
    return this.#recordResend(job, found, nowMs, (row) => isOfRequest(row, job));
  }

  /**
   * The same for the function that has received the message, before it makes the attempt.
   * @returns whether this request has won and its attempt is still to be made: since the row was read, the requester may have
   *   recorded the request, and somebody cancelled the delivery, or another instance made the attempt
   */
  recordReceivedResend(job: ResendJob, found: Found, nowMs: number): Promise<boolean> {
    return this.#recordResend(
      job,
      found,
      nowMs,
      (row) =>
        isOfRequest(row, job) &&
        (row.status?.S === 'pending' || row.status?.S === 'held') &&
        Number(row.attempt_count?.N ?? 0) < job.attempt,
    );
  }

  #recordResend(job: ResendJob, found: Found, nowMs: number, isOwn: (row: Row) => boolean): Promise<boolean> {
    const heldAtMs = found?.heldAtMs;
    const state: DeliveryState =
      heldAtMs === undefined ? { status: 'pending' } : { status: 'held', heldAtMs, resendRequestedAtMs: nowMs };
    return this.#rows.update(job, this.#withoutAttempt(job, state, nowMs), ifAsFound(job), isOwn);
  }

  /**
   * Records that a job has ended without an attempt, unless its delivery has ended otherwise since the caller looked, as
   * whoever cancels by hand has been told.
   * @returns whether it stands
   */
  recordEnd(job: DeliveryJob, state: EndState, nowMs: number): Promise<boolean> {
    const attributes = this.#withoutAttempt(job, state, nowMs);
    return this.#rows.update(job, attributes, ifEndable(job), (found) => isSameEnd(found, attributes));
  }

  /**
   * Records that an attempt is held instead of made: from then on only the row promises it. A new row is written by
   * itself, at the same price, because a batch takes no condition: since the caller looked for the row, another
   * instance may have delivered a copy of the message, somebody may have cancelled the delivery, or its replay may have
   * been recorded.
   * @param row of the delivery, if it has one
   */
  async hold(job: DeliveryJob, row: Pick<DeliveryProgress, 'status'> | undefined, nowMs: number): Promise<void> {
    const attributes: Row = {
      ...this.#identity(job, nowMs),
      ...stateAttributes(job, { status: 'held', heldAtMs: nowMs }),
      attempt_count: number(job.attempt - 1),
    };
    const isNew = !row && job.attempt === 1;
    await (isNew ? this.#rows.put(job, attributes, ifDue(job)) : this.#rows.update(job, attributes, ifDue(job)));
  }

  #withoutAttempt(job: DeliveryJob, state: DeliveryState, nowMs: number): Row {
    return {
      ...this.#identity(job, nowMs),
      ...stateAttributes(job, state),
      attempt_count: number(job.attempt - 1),
      recorded_at: number(nowMs),
    };
  }

  #expiry({ startedAtMs, durationMs }: Attempt): Row {
    return expiry(startedAtMs + durationMs, this.#options.retentionDays);
  }

  #identity(job: DeliveryJob, nowMs: number): Row {
    return {
      org_id: { S: job.organizationId },
      source_id: { S: job.sourceId },
      connection_id: { S: job.connectionId },
      round_start: number(job.roundStart),
      ...(job.replayedAtMs !== undefined && { replayed_at: number(job.replayedAtMs) }),
      ...(job.resendRequest && { [RESEND_REQUEST_ID]: { S: job.resendRequest.id } }),
      ...expiry(nowMs, this.#options.retentionDays),
    };
  }
}

function isOfRequest(row: Row, { resendRequest }: ResendJob): boolean {
  return row[RESEND_REQUEST_ID]?.S === resendRequest.id;
}

function isSameEnd(one: Row, other: Row): boolean {
  return (
    one.status?.S === other.status?.S &&
    one.reason?.S === other.reason?.S &&
    one.recorded_at?.N === other.recorded_at?.N
  );
}

function conditionFor(status: DeliveryState['status'], job: DeliveryJob, retryPlace: RetryPlace): RowCondition {
  if (status === 'retrying') return ifStillRetried(job, retryPlace);
  return status === 'dead' ? ifStillLast(job) : ifNotMade(job);
}
