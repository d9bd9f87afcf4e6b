import { type DynamoDBClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { Attempt } from '../../../core/attempt.ts';
import { type DeliveryId, type DestinationId, idBound, type OrganizationId } from '../../../core/ids.ts';
import { batchGet, MAX_BATCH_GET, type Row } from '../dynamodb-batch.ts';
import { deliveriesTable } from '../tables.ts';
import { decodeAttempt } from './attempt-codec.ts';
import { deliveryFromRow, deliveryKey, type StoredDelivery, stateKey, text } from './delivery-row.ts';

/** Where a delivery's row is. */
export interface DeliveryAddress {
  readonly destinationId: DestinationId;
  readonly deliveryId: DeliveryId;
}

/** A page of a list, newest first: what follows `after`, exclusive. */
export interface DeliveryPage {
  readonly limit: number;
  readonly after?: DeliveryAddress;
}

/** Reads how far deliveries have come, and their attempts. */
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

  /** A delivery with its attempts in order, or `undefined` while it has no row. */
  async getWithAttempts({
    destinationId,
    deliveryId,
  }: DeliveryAddress): Promise<{ delivery: StoredDelivery; attempts: Attempt[] } | undefined> {
    const rows = await this.#queryAll({
      KeyConditionExpression: '#destination = :destination AND begins_with(#id, :id)',
      ExpressionAttributeNames: keyNames,
      ExpressionAttributeValues: { ':destination': { S: destinationId }, ':id': { S: deliveryId } },
      ConsistentRead: true,
    });
    const [main] = rows;
    if (!main || text(main, deliveriesTable.sortKey) !== deliveryId) return undefined;
    const attempts = rows
      .flatMap((row) => (row.attempt?.B ? [decodeAttempt(row.attempt.B)] : []))
      .sort((one, other) => one.number - other.number);
    return { delivery: deliveryFromRow(main), attempts };
  }

  /** Deliveries to one destination, newest event first. Times are those of the events. */
  async listByDestination(
    destinationId: DestinationId,
    page: DeliveryPage & { readonly sinceMs?: number; readonly untilMs?: number },
  ): Promise<StoredDelivery[]> {
    const found: StoredDelivery[] = [];
    let startKey = page.after && deliveryKey(destinationId, page.after.deliveryId);
    do {
      const { Items = [], LastEvaluatedKey } = await this.#dynamodb.send(
        new QueryCommand({
          TableName: this.#table,
          KeyConditionExpression: '#destination = :destination AND #id BETWEEN :from AND :to',
          // Rows of later attempts stand between the deliveries and have no status.
          FilterExpression: 'attribute_exists(#status)',
          ExpressionAttributeNames: { ...keyNames, '#status': 'status' },
          ExpressionAttributeValues: {
            ':destination': { S: destinationId },
            ':from': { S: idBound('dlv', page.sinceMs ?? 0) },
            ':to': { S: page.untilMs === undefined ? 'dlv_~' : idBound('dlv', page.untilMs) },
          },
          ...(startKey && { ExclusiveStartKey: startKey }),
          ScanIndexForward: false,
          Limit: page.limit,
        }),
      );
      found.push(...Items.map(deliveryFromRow));
      startKey = LastEvaluatedKey;
    } while (startKey && found.length < page.limit);
    return found.slice(0, page.limit);
  }

  /** Dead letters of an organization, newest event first. The index is sparse: it holds dead letters alone. */
  async listDead(organizationId: OrganizationId, page: DeliveryPage): Promise<StoredDelivery[]> {
    const rows = await this.#queryIndex(deliveriesTable.deadLetters, organizationId, page);
    return rows.map(deliveryFromRow);
  }

  /** Dead letters of one destination, newest event first. */
  async listDeadOfDestination(destinationId: DestinationId, page: DeliveryPage): Promise<StoredDelivery[]> {
    const keys = await this.#queryIndex(deliveriesTable.byState, stateKey(destinationId, 'dead'), page);
    // The index by state has keys only: it is made for deliveries that are held by the hundred thousand.
    const ids = keys.map((row) => text(row, deliveriesTable.sortKey) as DeliveryId);
    const rows = await this.getMany(ids.map((deliveryId) => ({ destinationId, deliveryId })));
    return ids.flatMap((id) => rows.get(id) ?? []);
  }

  async #queryIndex(
    index: { readonly indexName: string; readonly partitionKey: string },
    partition: string,
    { limit, after }: DeliveryPage,
  ): Promise<Row[]> {
    const rows: Row[] = [];
    let startKey: Row | undefined = after && {
      ...deliveryKey(after.destinationId, after.deliveryId),
      [index.partitionKey]: { S: partition },
    };
    do {
      const { Items = [], LastEvaluatedKey } = await this.#dynamodb.send(
        new QueryCommand({
          TableName: this.#table,
          IndexName: index.indexName,
          KeyConditionExpression: '#partition = :partition',
          ExpressionAttributeNames: { '#partition': index.partitionKey },
          ExpressionAttributeValues: { ':partition': { S: partition } },
          ...(startKey && { ExclusiveStartKey: startKey }),
          ScanIndexForward: false,
          Limit: limit - rows.length,
        }),
      );
      rows.push(...Items);
      startKey = LastEvaluatedKey;
    } while (startKey && rows.length < limit);
    return rows;
  }

  async #queryAll(query: Omit<QueryCommandInput, 'TableName'>): Promise<Row[]> {
    const rows: Row[] = [];
    let startKey: Row | undefined;
    do {
      const page = await this.#dynamodb.send(
        new QueryCommand({ TableName: this.#table, ...query, ...(startKey && { ExclusiveStartKey: startKey }) }),
      );
      rows.push(...(page.Items ?? []));
      startKey = page.LastEvaluatedKey;
    } while (startKey);
    return rows;
  }
}

const keyNames = { '#destination': deliveriesTable.partitionKey, '#id': deliveriesTable.sortKey };
