import { randomUUID } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  QueryCommand,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { DestinationId } from '../../../core/ids.ts';
import { DELIVERY_SECONDS } from '../../lifetimes.ts';
import type { Batcher } from '../batcher.ts';
import { batchWrite, MAX_BATCH_WRITE, type Row } from '../dynamodb-batch.ts';
import { changeExpression } from '../expressions.ts';
import { deliveriesTable } from '../tables.ts';
import { expiry, number, text } from './delivery-row.ts';
import { decodeLineEntries, encodeLineEntries, type LineEntry } from './line-entry-codec.ts';
import { inLineOrder, LEASE_ID, lineKey, positionOf } from './line-keys.ts';
import { type LineLease, type LineProgress, PROGRESS_ATTRIBUTES, progressFrom, rowOf } from './line-progress.ts';
import { newRowBatcher } from './new-rows.ts';

/** Deliveries that came together share one row: a hundred of them cost about four write units. */
export interface LineRow {
  readonly position: string;
  readonly entries: readonly LineEntry[];
}

export interface LinesOptions {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
  readonly retentionDays: number;
  /** How long a new row waits to share a write with those of other destinations. */
  readonly lingerMs?: number;
}

/**
 * Longer than the function that processes the line lives, plus what clocks may differ by: a lease is never renewed, and
 * never shared.
 */
export const LEASE_SECONDS = DELIVERY_SECONDS + 10;
const LINGER_MS = 5;

const { sortKey: sk } = deliveriesTable;

const IS_FREE = '(attribute_not_exists(#leased_until) OR #leased_until <= :now)';
const IS_AWAKE = '(attribute_not_exists(#is_asleep) OR #wake_at <= :awake_by)';
const SLEEP_NAMES = { '#is_asleep': 'is_asleep', '#wake_at': 'wake_at' };

/**
 * The lines of destinations with a pace: their entries in the order of arrival, and who processes them. Each line has its
 * own partition, so that one consistent query shows what comes next.
 */
export class LineStore {
  readonly #options: LinesOptions;
  readonly #newRows: Batcher<Row>;

  constructor(options: LinesOptions) {
    this.#options = options;
    this.#newRows = newRowBatcher({ lingerMs: LINGER_MS, ...options });
  }

  /**
   * Puts deliveries into the line. Adding the same deliveries at the same time again writes the same row.
   * @param entries in the order of arrival
   * @param arrivedAtMs when the first one came: its place among the rows
   */
  async append(
    destinationId: DestinationId,
    entries: readonly LineEntry[],
    arrivedAtMs: number,
    nowMs: number,
  ): Promise<void> {
    const [first] = entries;
    if (!first) return;
    const position = positionOf(first, entries, arrivedAtMs);
    await this.#newRows.add(this.#row(destinationId, { position, entries }, nowMs));
  }

  /** Reads the front of the line, the oldest row first, with a consistent read. */
  async peek(destinationId: DestinationId, rows: number): Promise<LineRow[]> {
    const { dynamodb, table } = this.#options;
    const { Items = [] } = await dynamodb.send(
      new QueryCommand({
        TableName: table,
        ...inLineOrder(destinationId),
        ConsistentRead: true,
        Limit: rows,
      }),
    );
    return Items.map((row) => ({ position: text(row, sk), entries: decodeLineEntries(row.waiting?.B) }));
  }

  /** Removes finished entries, and rows without any left. */
  async removeDone(
    destinationId: DestinationId,
    rows: readonly LineRow[],
    isDone: (entry: LineEntry) => boolean,
    nowMs: number,
  ): Promise<void> {
    const { dynamodb, table } = this.#options;
    const requests = rows.flatMap(({ position, entries }): WriteRequest[] => {
      const left = entries.filter((one) => !isDone(one));
      if (left.length === entries.length) return [];
      if (left.length === 0) return [{ DeleteRequest: { Key: lineKey(destinationId, position) } }];
      return [{ PutRequest: { Item: this.#row(destinationId, { position, entries: left }, nowMs) } }];
    });
    for (let start = 0; start < requests.length; start += MAX_BATCH_WRITE) {
      await batchWrite(dynamodb, table, requests.slice(start, start + MAX_BATCH_WRITE));
    }
  }

  /**
   * If the response is lost, the SDK's retry finds the line taken by its own first call, which the token shows.
   * @param awakeByMs if given, a line that sleeps beyond this time is left alone, without taking it to find out, because
   *   whoever wants to wake it would find it taken
   * @returns `undefined` while somebody else processes the line, and for a line that sleeps
   */
  async take(destinationId: DestinationId, nowMs: number, awakeByMs?: number): Promise<LineLease | undefined> {
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
          ConditionExpression: `${IS_FREE}${awakeByMs === undefined ? '' : ` AND ${IS_AWAKE}`}`,
          ExpressionAttributeNames: { ...set.ExpressionAttributeNames, ...(awakeByMs !== undefined && SLEEP_NAMES) },
          ExpressionAttributeValues: {
            ...set.ExpressionAttributeValues,
            ':now': number(nowMs),
            ...(awakeByMs !== undefined && { ':awake_by': number(awakeByMs) }),
          },
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

  /** Gives the line back. Does nothing if the lease has gone to another run by then. */
  release(lease: LineLease, progress: LineProgress): Promise<void> {
    return this.#saveProgress(lease, progress, ['leased_until', 'taken_by']);
  }

  /**
   * Keeps the lease until it ends by itself. Each run along a line for which nothing can be done leaves a message
   * that comes back; if every event could take it at once, these would become more and more.
   */
  holdUntilExpiry(lease: LineLease, progress: LineProgress): Promise<void> {
    return this.#saveProgress(lease, progress, []);
  }

  async #saveProgress(
    { destinationId, leasedUntilMs }: LineLease,
    progress: LineProgress,
    removed: string[],
  ): Promise<void> {
    const { dynamodb, table } = this.#options;
    const set = rowOf(progress);
    const change = changeExpression(set, [...removed, ...PROGRESS_ATTRIBUTES.filter((name) => !(name in set))]);
    try {
      await dynamodb.send(
        new UpdateItemCommand({
          TableName: table,
          Key: lineKey(destinationId, LEASE_ID),
          ...change,
          ConditionExpression: '#leased_until = :mine',
          ExpressionAttributeNames: { ...change.ExpressionAttributeNames, '#leased_until': 'leased_until' },
          ExpressionAttributeValues: { ...change.ExpressionAttributeValues, ':mine': number(leasedUntilMs) },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  #row(destinationId: DestinationId, { position, entries }: LineRow, nowMs: number): Row {
    return {
      ...lineKey(destinationId, position),
      waiting: { B: encodeLineEntries(entries) },
      ...this.#expiry(nowMs),
    };
  }

  #expiry(nowMs: number): Row {
    return expiry(nowMs, this.#options.retentionDays);
  }
}
