import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { DeliveryId, DestinationId } from '../../../core/ids.ts';
import { deliveriesTable } from '../tables.ts';
import type { DeliveryReader } from './delivery-reader.ts';
import { type StoredDelivery, stateKey, text } from './delivery-row.ts';

/** A part of what a destination holds. */
export interface HeldPage {
  readonly held: readonly StoredDelivery[];
  /** Where the next part begins; absent after the last one. */
  readonly next?: DeliveryId;
}

/** Reads what destinations hold, the oldest event first. */
export class HeldDeliveries {
  readonly #dynamodb: DynamoDBClient;
  readonly #table: string;
  readonly #reader: DeliveryReader;

  constructor({ dynamodb, table }: { dynamodb: DynamoDBClient; table: string }, reader: DeliveryReader) {
    this.#dynamodb = dynamodb;
    this.#table = table;
    this.#reader = reader;
  }

  /** @param limit up to 100: one read of the index, and one of the rows */
  async page(destinationId: DestinationId, limit: number, after?: DeliveryId): Promise<HeldPage> {
    const { indexName, partitionKey, sortKey } = deliveriesTable.byState;
    const { Items = [] } = await this.#dynamodb.send(
      new QueryCommand({
        TableName: this.#table,
        IndexName: indexName,
        KeyConditionExpression: after === undefined ? '#state = :held' : '#state = :held AND #id > :after',
        ExpressionAttributeNames: { '#state': partitionKey, ...(after !== undefined && { '#id': sortKey }) },
        ExpressionAttributeValues: {
          ':held': { S: stateKey(destinationId, 'held') },
          ...(after !== undefined && { ':after': { S: after } }),
        },
        Limit: limit,
      }),
    );
    const ids = Items.map((row) => text(row, sortKey) as DeliveryId);
    const last = ids.at(-1);
    return {
      held: await this.#reader.getInState(destinationId, ids, 'held'),
      ...(ids.length === limit && last !== undefined && { next: last }),
    };
  }
}
