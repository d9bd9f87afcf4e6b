import { type DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { ClientAnswer } from '../../../core/clients/client-answer.ts';
import type { Attempt } from '../../../core/deliveries/attempt.ts';
import type { DeliveryStatus } from '../../../core/deliveries/delivery.ts';
import type { DeliveryId, DestinationId } from '../../../core/ids.ts';
import { batchGet, inChunks, MAX_BATCH_GET, type Row } from '../dynamodb-batch.ts';
import { deliveriesTable } from '../tables.ts';
import { decodeAttempt, decodeClientAnswer } from './attempt-codec.ts';
import {
  attemptRowId,
  clientAnswerRowId,
  deliveryFromRow,
  deliveryKey,
  type StoredDelivery,
  text,
} from './delivery-row.ts';

/** Replays may make any number of attempts; older ones are not read. */
const MAX_ATTEMPTS = 500;

/** Where a delivery's row is. */
export interface DeliveryAddress {
  readonly destinationId: DestinationId;
  readonly deliveryId: DeliveryId;
}

/** An attempt, with what was reported about it later. */
export type LoggedAttempt = Attempt & {
  /** What a client of a WebSocket destination has reported about it, if it has. */
  readonly clientAnswer?: ClientAnswer;
};

/** Reads the state of deliveries, and their attempts. */
export class DeliveryReader {
  readonly #dynamodb: DynamoDBClient;
  readonly #table: string;

  constructor({ dynamodb, table }: { dynamodb: DynamoDBClient; table: string }) {
    this.#dynamodb = dynamodb;
    this.#table = table;
  }

  /** The rows of many deliveries, read consistently; one that has no row yet is missing from the map. */
  async getMany(addresses: readonly DeliveryAddress[]): Promise<Map<DeliveryId, StoredDelivery>> {
    const distinct = [...new Map(addresses.map((address) => [address.deliveryId, address])).values()];
    const found = new Map<DeliveryId, StoredDelivery>();
    for (let start = 0; start < distinct.length; start += MAX_BATCH_GET) {
      const keys = distinct
        .slice(start, start + MAX_BATCH_GET)
        .map(({ destinationId, deliveryId }) => deliveryKey(destinationId, deliveryId));
      for (const row of await batchGet(this.#dynamodb, this.#table, keys)) {
        const delivery = deliveryFromRow(row);
        found.set(delivery.id, delivery);
      }
    }
    return found;
  }

  /**
   * Those of the given deliveries of a destination that are in a state, in the order of their ids. For callers that
   * have the ids from the index of states, which has keys only and lags behind the table, so that a delivery may have
   * moved on to another state.
   */
  async getInState(
    destinationId: DestinationId,
    ids: readonly DeliveryId[],
    status: DeliveryStatus,
  ): Promise<StoredDelivery[]> {
    const rows = await this.getMany(ids.map((deliveryId) => ({ destinationId, deliveryId })));
    return ids.flatMap((id) => rows.get(id) ?? []).filter((delivery) => delivery.status === status);
  }

  /** A delivery with its newest 500 attempts in order, or `undefined` while it has no row. */
  async getWithAttempts({
    destinationId,
    deliveryId,
  }: DeliveryAddress): Promise<{ delivery: StoredDelivery; attempts: LoggedAttempt[] } | undefined> {
    const page = await this.#dynamodb.send(
      new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: '#destination = :destination AND begins_with(#id, :id)',
        ExpressionAttributeNames: keyNames,
        ExpressionAttributeValues: { ':destination': { S: destinationId }, ':id': { S: deliveryId } },
        ConsistentRead: true,
      }),
    );
    const [main] = page.Items ?? [];
    if (!main || text(main, deliveriesTable.sortKey) !== deliveryId) return undefined;
    const delivery = deliveryFromRow(main);
    const later = page.LastEvaluatedKey && (await this.#newestAttemptRows(destinationId, delivery));
    const rows = later ? [main, ...later] : (page.Items ?? []);
    const answers = new Map(
      rows
        .flatMap((row) => (row.client_answer?.B ? [decodeClientAnswer(row.client_answer.B)] : []))
        .map((answer) => [answer.attempt, answer]),
    );
    const attempts = rows
      .flatMap((row) => (row.attempt?.B ? [decodeAttempt(row.attempt.B)] : []))
      .sort((one, other) => one.number - other.number)
      .slice(-MAX_ATTEMPTS)
      .map((attempt) => withResponse(attempt, answers.get(attempt.number)));
    return { delivery, attempts };
  }

  /** The last answer of a client to an attempt so far; consistent. */
  async clientAnswer(
    { destinationId, deliveryId }: DeliveryAddress,
    attempt: number,
  ): Promise<ClientAnswer | undefined> {
    const Key = deliveryKey(destinationId, clientAnswerRowId(deliveryId, attempt));
    const { Item } = await this.#dynamodb.send(
      new GetItemCommand({ TableName: this.#table, Key, ConsistentRead: true }),
    );
    return Item?.client_answer?.B && decodeClientAnswer(Item.client_answer.B);
  }

  /** By their keys, because these do not sort by attempt, so that a query could not begin with the newest. */
  #newestAttemptRows(destinationId: DestinationId, { id, attemptCount }: StoredDelivery): Promise<Row[]> {
    // The first is in the delivery's own row.
    const first = Math.max(2, attemptCount - MAX_ATTEMPTS + 1);
    const numbers = Array.from({ length: Math.max(0, attemptCount - first + 1) }, (_, index) => first + index);
    const ids = numbers.flatMap((number) => [attemptRowId(id, number), clientAnswerRowId(id, number)]);
    const keys = [clientAnswerRowId(id, 1), ...ids].map((rowId) => deliveryKey(destinationId, rowId));
    return inChunks(keys, MAX_BATCH_GET, (chunk) => batchGet(this.#dynamodb, this.#table, chunk));
  }
}

function withResponse(attempt: Attempt, clientAnswer: ClientAnswer | undefined): LoggedAttempt {
  return clientAnswer ? { ...attempt, clientAnswer } : attempt;
}

const keyNames = { '#destination': deliveriesTable.partitionKey, '#id': deliveriesTable.sortKey };
