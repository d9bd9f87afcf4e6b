import { type DynamoDBClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { DeliveryStatus } from '../../../core/delivery.ts';
import { type DeliveryId, type DestinationId, idBound, type OrganizationId } from '../../../core/ids.ts';
import type { Row } from '../dynamodb-batch.ts';
import { type Page, type PageRequest, readPage } from '../page.ts';
import { deliveriesTable } from '../tables.ts';
import type { DeliveryAddress, DeliveryReader } from './delivery-reader.ts';
import { deliveryFromRow, deliveryKey, type StoredDelivery, stateKey, text } from './delivery-row.ts';

/** Deliveries of events that were accepted from `sinceMs`, inclusive, to `untilMs`, exclusive. */
export interface DeliveryPage extends PageRequest<string> {
  readonly status?: DeliveryStatus | undefined;
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

/** Lists deliveries, the newest event first. */
export class DeliveryLists {
  readonly #dynamodb: DynamoDBClient;
  readonly #table: string;
  readonly #reader: DeliveryReader;

  constructor({ dynamodb, table }: { dynamodb: DynamoDBClient; table: string }, reader: DeliveryReader) {
    this.#dynamodb = dynamodb;
    this.#table = table;
    this.#reader = reader;
  }

  /**
   * Deliveries to one destination; a page goes on below a delivery's id. Whatever has not succeeded is found by the index of
   * states, however rare it is.
   */
  ofDestination(destinationId: DestinationId, page: DeliveryPage): Promise<Page<StoredDelivery, string>> {
    const { status } = page;
    return status === undefined || status === 'succeeded'
      ? this.#inTable(destinationId, page, status)
      : this.#inState(destinationId, page, status);
  }

  /** Dead letters of an organization. The index is sparse: it holds dead letters alone. */
  async deadOfOrganization(
    organizationId: OrganizationId,
    page: PageRequest<DeliveryAddress>,
  ): Promise<Page<StoredDelivery, DeliveryAddress>> {
    const { indexName, partitionKey } = deliveriesTable.deadLetters;
    const partition = { [partitionKey]: { S: organizationId } };
    const rows = await readPage(page, {
      keyOf: addressOf,
      query: async (after, maxRows) => {
        const startKey = after && { ...deliveryKey(after.destinationId, after.deliveryId), ...partition };
        const { rows, lastKey } = await this.#query(maxRows, startKey, {
          IndexName: indexName,
          KeyConditionExpression: '#organization = :organization',
          ExpressionAttributeNames: { '#organization': partitionKey },
          ExpressionAttributeValues: { ':organization': { S: organizationId } },
        });
        return { rows, last: lastKey && addressOf(lastKey) };
      },
    });
    return { ...rows, items: rows.items.map(deliveryFromRow) };
  }

  async #inTable(
    destinationId: DestinationId,
    page: DeliveryPage,
    status: 'succeeded' | undefined,
  ): Promise<Page<StoredDelivery, string>> {
    const rows = await readPage(page, {
      keyOf: sortKeyOf,
      // Rows of later attempts stand between the deliveries and have no status.
      keep: (row: Row) => (status === undefined ? row.status !== undefined : row.status?.S === status),
      query: (after, maxRows) =>
        this.#between(
          destinationId,
          page,
          { partitionKey: deliveriesTable.partitionKey },
          destinationId,
          after,
          maxRows,
        ),
    });
    return { ...rows, items: rows.items.map(deliveryFromRow) };
  }

  /** The index has keys only: it is made for deliveries that wait by the hundred thousand. So the rows are read after it. */
  async #inState(
    destinationId: DestinationId,
    page: DeliveryPage,
    status: Exclude<DeliveryStatus, 'succeeded'>,
  ): Promise<Page<StoredDelivery, string>> {
    const partition = stateKey(destinationId, status);
    const keys = await readPage(page, {
      keyOf: sortKeyOf,
      query: (after, maxRows) => this.#between(destinationId, page, deliveriesTable.byState, partition, after, maxRows),
    });
    const ids = keys.items.map((row) => sortKeyOf(row) as DeliveryId);
    const rows = await this.#reader.getMany(ids.map((deliveryId) => ({ destinationId, deliveryId })));
    // The index lags behind the table: a delivery may have gone on to another state.
    const items = ids.flatMap((id) => rows.get(id) ?? []).filter((delivery) => delivery.status === status);
    return { ...keys, items };
  }

  /** One query of the table or of an index whose sort key is the delivery's id, between the times of the page. */
  async #between(
    destinationId: DestinationId,
    { sinceMs = 0, untilMs }: DeliveryPage,
    { indexName, partitionKey }: { readonly indexName?: string; readonly partitionKey: string },
    partition: string,
    after: string | undefined,
    maxRows: number,
  ): Promise<{ rows: Row[]; last: string | undefined }> {
    const startKey = after && { ...deliveryKey(destinationId, after), [partitionKey]: { S: partition } };
    const { rows, lastKey } = await this.#query(maxRows, startKey || undefined, {
      ...(indexName && { IndexName: indexName }),
      KeyConditionExpression: '#partition = :partition AND #id BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#partition': partitionKey, '#id': deliveriesTable.sortKey },
      ExpressionAttributeValues: {
        ':partition': { S: partition },
        ':from': { S: idBound('dlv', sinceMs) },
        ':to': { S: untilMs === undefined ? 'dlv_~' : idBound('dlv', untilMs) },
      },
    });
    return { rows, last: lastKey && sortKeyOf(lastKey) };
  }

  async #query(
    maxRows: number,
    startKey: Row | undefined,
    query: Omit<QueryCommandInput, 'TableName'>,
  ): Promise<{ rows: Row[]; lastKey: Row | undefined }> {
    const { Items = [], LastEvaluatedKey } = await this.#dynamodb.send(
      new QueryCommand({
        TableName: this.#table,
        ...query,
        ...(startKey && { ExclusiveStartKey: startKey }),
        ScanIndexForward: false,
        Limit: maxRows,
      }),
    );
    return { rows: Items, lastKey: LastEvaluatedKey };
  }
}

function sortKeyOf(row: Row): string {
  return text(row, deliveriesTable.sortKey);
}

function addressOf(row: Row): DeliveryAddress {
  return {
    destinationId: text(row, deliveriesTable.partitionKey) as DestinationId,
    deliveryId: sortKeyOf(row) as DeliveryId,
  };
}
