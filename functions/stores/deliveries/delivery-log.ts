import {
  type DynamoDBClient,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { AskedJob } from '../../../core/asking.ts';
import type { Attempt } from '../../../core/attempt.ts';
import type { DeliveryJob, DeliveryProgress } from '../../../core/delivery.ts';
import type { Batcher } from '../../shared/batcher.ts';
import type { Row } from '../dynamodb-batch.ts';
import { deliveriesTable } from '../tables.ts';
import { encodeAttempt } from './attempt-codec.ts';
import {
  ifAsFound,
  ifDue,
  ifEndable,
  ifNext,
  ifNotMade,
  ifStillRetried,
  type RowCondition,
  withCondition,
} from './delivery-conditions.ts';
import {
  attemptRowId,
  type DeliveryState,
  deliveryKey,
  type EndState,
  expiry,
  number,
  stateAttributes,
  stateUpdate,
} from './delivery-row.ts';
import { newRowBatcher } from './new-rows.ts';
import { unlessOvertaken } from './unless-overtaken.ts';

export interface DeliveryLogOptions {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
  readonly retentionDays: number;
  /** How long a new row waits to share a write with others. */
  readonly lingerMs?: number;
}

/**
 * The receiver has the webhook, and a crash before the row is there sends it once more: see docs/delivery.md. 1 ms gathers
 * what comes in one burst, and `npm run bench` is faster by it than with 5 ms: a batch that waits less makes room for the next.
 */
const LINGER_MS = 1;

/** Writes how far deliveries have come, and their attempts. */
export class DeliveryLog {
  readonly #options: DeliveryLogOptions;
  readonly #newRows: Batcher<Row>;

  constructor(options: DeliveryLogOptions) {
    this.#options = options;
    // Of two copies of one success either row is true.
    this.#newRows = newRowBatcher({ lingerMs: LINGER_MS, ...options });
  }

  /**
   * Records an attempt and the state it leaves its delivery in. What follows it must have been sent before: a row that says
   * `retrying` promises that the retry exists, and one that says `dead` that the dead letter does.
   *
   * A first attempt is one row. That of a success shares its write with others, and has no condition: whatever else the delivery
   * has come to, the receiver has the webhook. A failure says what is still to come, and a copy that took longer, or was frozen
   * with its function, must not say so of a delivery that has got further: it is written by itself, for the same units, with a
   * condition. A later attempt is a row of its own, under the same condition, whatever came of it: it must not say so of a later
   * replay either.
   * @returns whether the state stands
   */
  async recordAttempt(job: DeliveryJob, attempt: Attempt, state: DeliveryState): Promise<boolean> {
    const endedAtMs = attempt.startedAtMs + attempt.durationMs;
    const attributes: Row = {
      ...this.#identity(job, endedAtMs),
      ...stateAttributes(job, state),
      attempt_count: number(job.attempt),
      last_attempt_at: number(endedAtMs),
      last_result: { S: attempt.error?.code ?? String(attempt.response?.statusCode) },
    };
    const condition = state.status === 'retrying' ? ifStillRetried(job) : ifNotMade(job);
    if (job.attempt > 1) return this.#recordLaterAttempt(job, attempt, attributes, condition);
    return this.#recordFirstAttempt(job, attempt, attributes, state.status === 'succeeded' ? undefined : condition);
  }

  async #recordFirstAttempt(
    job: DeliveryJob,
    attempt: Attempt,
    attributes: Row,
    condition: RowCondition | undefined,
  ): Promise<boolean> {
    const row: Row = { ...attributes, attempt: { B: encodeAttempt(attempt) } };
    if (condition) return this.#put(job, row, condition);
    await this.#newRows.add({ ...deliveryKey(job.destinationId, job.deliveryId), ...row });
    return true;
  }

  /**
   * Records an end that came without an attempt, such as a cancel by hand. The delivery may have no row yet.
   * @param job the attempt that would be next: the record is left out when it is made already
   * @returns whether it was recorded
   */
  recordState(job: DeliveryJob, state: EndState, nowMs: number): Promise<boolean> {
    return this.#update(job, this.#withoutAttempt(job, state, nowMs), ifNext(job));
  }

  /**
   * Records that a delivery is sent again, once the message has been sent: what was held stays so until its attempt is made, all else is
   * `pending`. The message may have come by then, and be recorded by the function that has it. That names this very asking: it has won.
   * @param found the delivery as whoever asks has found it
   * @returns whether this asking has won
   */
  recordAsked(job: AskedJob, found: { readonly heldAtMs?: number } | undefined, nowMs: number): Promise<boolean> {
    const heldAtMs = found?.heldAtMs;
    const state: DeliveryState =
      heldAtMs === undefined ? { status: 'pending' } : { status: 'held', heldAtMs, askedAtMs: nowMs };
    const { id } = job.asking;
    return this.#update(job, this.#withoutAttempt(job, state, nowMs), ifAsFound(job), ({ asking }) => asking?.S === id);
  }

  /**
   * Records the end that a job has come to in place of being made, unless its delivery has ended otherwise since the job was looked at:
   * who cancels by hand is told so.
   * @returns whether it stands
   */
  recordEnd(job: DeliveryJob, state: EndState, nowMs: number): Promise<boolean> {
    const attributes = this.#withoutAttempt(job, state, nowMs);
    return this.#update(job, attributes, ifEndable(job), (found) => isSameEnd(found, attributes));
  }

  /**
   * Records that an attempt is held in place of being made: from then on the row alone promises it. A new row does not share a
   * call with others, though it costs the same write: a batch takes no condition, and since the row was looked for another
   * instance may have delivered a copy of the message, somebody may have cancelled the delivery, or its replay be recorded.
   * @param row of the delivery, if it has one
   */
  async hold(job: DeliveryJob, row: Pick<DeliveryProgress, 'status'> | undefined, nowMs: number): Promise<void> {
    const attributes: Row = {
      ...this.#identity(job, nowMs),
      ...stateAttributes(job, { status: 'held', heldAtMs: nowMs }),
      attempt_count: number(job.attempt - 1),
    };
    const isNew = !row && job.attempt === 1;
    await (isNew ? this.#put(job, attributes, ifDue(job)) : this.#update(job, attributes, ifDue(job)));
  }

  #put({ destinationId, deliveryId }: DeliveryJob, attributes: Row, condition: RowCondition): Promise<boolean> {
    const { dynamodb, table } = this.#options;
    const command = new PutItemCommand({
      TableName: table,
      Item: { ...deliveryKey(destinationId, deliveryId), ...attributes },
      ...condition,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return unlessOvertaken(
      () => dynamodb.send(command),
      (found) => isSameRecord(found, attributes),
    );
  }

  #update(
    { destinationId, deliveryId }: DeliveryJob,
    attributes: Row,
    condition: RowCondition,
    isOwn?: (found: Row) => boolean,
  ): Promise<boolean> {
    const { dynamodb, table } = this.#options;
    const command = new UpdateItemCommand({
      TableName: table,
      Key: deliveryKey(destinationId, deliveryId),
      ...withCondition(stateUpdate(attributes), condition),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return unlessOvertaken(() => dynamodb.send(command), isOwn);
  }

  #withoutAttempt(job: DeliveryJob, state: DeliveryState, nowMs: number): Row {
    return {
      ...this.#identity(job, nowMs),
      ...stateAttributes(job, state),
      attempt_count: number(job.attempt - 1),
      recorded_at: number(nowMs),
    };
  }

  #identity(job: DeliveryJob, nowMs: number): Row {
    return {
      org_id: { S: job.organizationId },
      source_id: { S: job.sourceId },
      connection_id: { S: job.connectionId },
      round_start: number(job.roundStart),
      ...(job.replayedAtMs !== undefined && { replayed_at: number(job.replayedAtMs) }),
      ...(job.asking && { asking: { S: job.asking.id } }),
      ...expiry(nowMs, this.#options.retentionDays),
    };
  }

  /** Two rows in one transaction, 4 write units: for the few deliveries in a hundred that need a second attempt. */
  async #recordLaterAttempt(
    job: DeliveryJob,
    attempt: Attempt,
    attributes: Row,
    condition: RowCondition,
  ): Promise<boolean> {
    const { dynamodb, table } = this.#options;
    const { [deliveriesTable.timeToLive]: expiry } = attributes;
    const item: Row = {
      ...deliveryKey(job.destinationId, attemptRowId(job.deliveryId, job.attempt)),
      attempt: { B: encodeAttempt(attempt) },
      ...(expiry && { [deliveriesTable.timeToLive]: expiry }),
    };
    const command = new TransactWriteItemsCommand({
      TransactItems: [
        {
          Update: {
            TableName: table,
            Key: deliveryKey(job.destinationId, job.deliveryId),
            ...withCondition(stateUpdate(attributes), condition),
          },
        },
        { Put: { TableName: table, Item: item } },
      ],
    });
    return unlessOvertaken(() => dynamodb.send(command));
  }
}

function isSameEnd(one: Row, other: Row): boolean {
  return (
    one.status?.S === other.status?.S &&
    one.reason?.S === other.reason?.S &&
    one.recorded_at?.N === other.recorded_at?.N
  );
}

function isSameRecord(one: Row, other: Row): boolean {
  const attemptOf = (row: Row) => row.attempt?.B ?? new Uint8Array();
  return one.status?.S === other.status?.S && Buffer.compare(attemptOf(one), attemptOf(other)) === 0;
}
