import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Batcher } from '../batcher.ts';
import { batchPut, MAX_BATCH_WRITE, type Row } from '../dynamodb-batch.ts';
import { deliveriesTable } from '../tables.ts';
import { text } from './delivery-row.ts';

/**
 * Writes new rows of the deliveries table; those that come together share one call. A call must not name a key twice:
 * of two rows with the same key the last is written, as if they had come one after the other.
 */
export function newRowBatcher({
  dynamodb,
  table,
  lingerMs,
}: {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
  readonly lingerMs: number;
}): Batcher<Row> {
  const { partitionKey, sortKey } = deliveriesTable;
  return new Batcher({
    maxItems: MAX_BATCH_WRITE,
    lingerMs,
    send: async (rows) => {
      const distinct = new Map(rows.map((row) => [`${text(row, partitionKey)}/${text(row, sortKey)}`, row]));
      await batchPut(dynamodb, table, [...distinct.values()]);
      return new Map();
    },
  });
}
