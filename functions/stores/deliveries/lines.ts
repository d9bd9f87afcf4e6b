import { createHash, randomUUID } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  QueryCommand,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { attemptName } from '../../../core/delivery.ts';
import type { DestinationId } from '../../../core/ids.ts';
import type { Batcher } from '../../shared/batcher.ts';
import { batchWrite, MAX_BATCH_WRITE, type Row } from '../dynamodb-batch.ts';
import { changeExpression } from '../expressions.ts';
import { deliveriesTable, LINE_SUFFIX } from '../tables.ts';
import { expiry, number, text } from './delivery-row.ts';
import { type LineLease, type LineProgress, PROGRESS_ATTRIBUTES, progressFrom, rowOf } from './line-progress.ts';
import { newRowBatcher } from './new-rows.ts';
import { decodeWaiting, encodeWaiting, type Waiting } from './waiting-codec.ts';

/** Deliveries that came together. They are one row: a hundred of them cost four write units or so. */
export interface LineRow {
  readonly position: string;
  readonly waiting: readonly Waiting[];
}

export interface LinesOptions {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
  readonly retentionDays: number;
  /** How long a new row waits to share a write with those of other destinations. */
  readonly lingerMs?: number;
}

/** Longer than the function lives that works it off (90 s, lib/delivery.ts): a lease is never renewed, and never shared. */
export const LEASE_SECONDS = 100;
const DAY_SECONDS = 86_400;
const LINGER_MS = 5;

const POSITION_PREFIX = 'at#';
const LEASE_ID = 'lease';

/**
 * The lines of the destinations that have a pace: what waits there, in the order of arrival, and who works it off. A partition
 * of its own for each destination, so that one consistent query shows what is next, whatever else there is.
 */
export class LineStore {
  readonly #options: LinesOptions;
  readonly #newRows: Batcher<Row>;

  constructor(options: LinesOptions) {
    this.#options = options;
    this.#newRows = newRowBatcher({ lingerMs: LINGER_MS, ...options });
  }

  /**
   * Puts deliveries into the line. The same ones at the same time are the same row.
   * @param waiting in the order of arrival
   * @param arrivedAtMs when the first one came: its place among the rows
   */
  async append(
    destinationId: DestinationId,
    waiting: readonly Waiting[],
    arrivedAtMs: number,
    nowMs: number,
  ): Promise<void> {
    const [first] = waiting;
    if (!first) return;
    const position = positionOf(first, waiting, arrivedAtMs);
    await this.#newRows.add(this.#row(destinationId, { position, waiting }, nowMs));
  }

  /** What waits, the oldest row first; consistent. */
  async look(destinationId: DestinationId, rows: number): Promise<LineRow[]> {
    const { dynamodb, table } = this.#options;
    const { Items = [] } = await dynamodb.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: '#line = :line AND begins_with(#position, :prefix)',
        ExpressionAttributeNames: { '#line': pk, '#position': sk },
        ExpressionAttributeValues: { ':line': { S: lineId(destinationId) }, ':prefix': { S: POSITION_PREFIX } },
        ConsistentRead: true,
        Limit: rows,
      }),
    );
    return Items.map((row) => ({ position: text(row, sk), waiting: decodeWaiting(row.waiting?.B) }));
  }

  /** Takes out what is done. Rows of which nothing is left go. */
  async strike(
    destinationId: DestinationId,
    rows: readonly LineRow[],
    isDone: (waiting: Waiting) => boolean,
    nowMs: number,
  ): Promise<void> {
    const { dynamodb, table } = this.#options;
    const requests = rows.flatMap(({ position, waiting }): WriteRequest[] => {
      const left = waiting.filter((one) => !isDone(one));
      if (left.length === waiting.length) return [];
      if (left.length === 0) return [{ DeleteRequest: { Key: lineKey(destinationId, position) } }];
      return [{ PutRequest: { Item: this.#row(destinationId, { position, waiting: left }, nowMs) } }];
    });
    for (let start = 0; start < requests.length; start += MAX_BATCH_WRITE) {
      await batchWrite(dynamodb, table, requests.slice(start, start + MAX_BATCH_WRITE));
    }
  }

  /**
   * Where the answer gets lost, the SDK asks again, and finds the line taken: by its own first call, as the token shows.
   * @returns `undefined` while somebody else works the line off
   */
  async take(destinationId: DestinationId, nowMs: number): Promise<LineLease | undefined> {
    const { dynamodb, table } = this.#options;
    const leasedUntilMs = nowMs + LEASE_SECONDS * 1000;
    const token = randomUUID();
    const lease = { leased_until: number(leasedUntilMs), taken_by: { S: token } };
    const set = changeExpression({ ...lease, ...this.#expiry(nowMs) });
    const leaseFrom = (row: Row) => ({ destinationId, leasedUntilMs, ...progressFrom(row) });
    try {
      const { Attributes = {} } = await dynamodb.send(
        new UpdateItemCommand({
          TableName: table,
          Key: lineKey(destinationId, LEASE_ID),
          ...set,
          ConditionExpression: 'attribute_not_exists(#leased_until) OR #leased_until <= :now',
          ExpressionAttributeValues: { ...set.ExpressionAttributeValues, ':now': number(nowMs) },
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return leaseFrom(Attributes);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const { Item } = error;
      return Item?.taken_by?.S === token ? leaseFrom(Item) : undefined;
    }
  }

  /** Gives the line back. One who has lost the lease by then leaves it to the next one. */
  async leave({ destinationId, leasedUntilMs }: LineLease, progress: LineProgress): Promise<void> {
    const { dynamodb, table } = this.#options;
    const set = rowOf(progress);
    const change = changeExpression(
      set,
      ['leased_until', 'taken_by', ...PROGRESS_ATTRIBUTES].filter((name) => !(name in set)),
    );
    try {
      await dynamodb.send(
        new UpdateItemCommand({
          TableName: table,
          Key: lineKey(destinationId, LEASE_ID),
          ...change,
          ConditionExpression: '#leased_until = :mine',
          ExpressionAttributeValues: { ...change.ExpressionAttributeValues, ':mine': number(leasedUntilMs) },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  #row(destinationId: DestinationId, { position, waiting }: LineRow, nowMs: number): Row {
    return {
      ...lineKey(destinationId, position),
      waiting: { B: encodeWaiting(waiting) },
      ...this.#expiry(nowMs),
    };
  }

  #expiry(nowMs: number): Row {
    return expiry(nowMs, this.#options.retentionDays * DAY_SECONDS);
  }
}

const { partitionKey: pk, sortKey: sk } = deliveriesTable;

function lineId(destinationId: DestinationId): string {
  return `${destinationId}${LINE_SUFFIX}`;
}

function lineKey(destinationId: DestinationId, id: string): Row {
  return { [pk]: { S: lineId(destinationId) }, [sk]: { S: id } };
}

/**
 * Sorts by time, and tells apart what came at the same moment. Thirteen digits last until the year 2286.
 *
 * Only what is the same has the same position: a batch of the stream that comes again with more in it would otherwise overwrite a
 * row that is being worked off, and be struck with that. Rows of before November 2026 end with the name, and sort before others.
 */
function positionOf({ job }: Waiting, waiting: readonly Waiting[], arrivedAtMs: number): string {
  const digest = createHash('sha256').update(encodeWaiting(waiting)).digest('base64url').slice(0, 22);
  return `${POSITION_PREFIX}${String(arrivedAtMs).padStart(13, '0')}#${attemptName(job)}#${digest}`;
}
