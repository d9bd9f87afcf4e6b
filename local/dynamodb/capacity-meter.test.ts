import type { AddressInfo, Server } from 'node:net';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../clock.ts';
import { Database } from '../database.ts';
import { AwsEndpoint } from '../wire/endpoint.ts';
import { INDEXED, type Item, key, N, refusal, S } from './behaviour/suite.ts';
import { DynamoDb } from './dynamodb.ts';

const TableName = 'metered';

let service: DynamoDb;
let server: Server;
let client: DynamoDBClient;
beforeEach(async () => {
  service = new DynamoDb({ database: new Database(':memory:'), clock: new ManualClock(), region: 'us-east-1' });
  service.ensureTable({ ...INDEXED, TableName });
  server = await new AwsEndpoint([service.wire]).listen(0);
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
});
afterEach(() => {
  client.destroy();
  server.close();
});

/** `PutItem 2×: 3 written`, `Query/wide 1×: 0.5 read`: a line for each operation on the table or on one of its indexes. */
function consumed(): string[] {
  return service.consumedCapacity().map(({ index, operation, requests, readUnits, writeUnits }) => {
    const units = [
      ...(readUnits > 0 ? [`${readUnits} read`] : []),
      ...(writeUnits > 0 ? [`${writeUnits} written`] : []),
    ];
    return `${operation}${index === null ? '' : `/${index}`} ${requests}×: ${units.join(', ')}`;
  });
}

const put = (Item: Item, condition?: string) =>
  client.send(new PutItemCommand({ TableName, Item, ...(condition && { ConditionExpression: condition }) }));
const big = (bytes: number) => ({ x: S('x'.repeat(bytes)) });

describe('CapacityMeter', () => {
  it('consumption is zero at first', () => {
    expect(consumed()).toEqual([]);
  });

  it('consumption is summed by table, index and operation, whether or not a request asked for it', async () => {
    await put({ ...key('a', '1'), ...big(1500) });
    await put({ ...key('a', '2'), team: S('t'), score: N(1) });
    await client.send(new GetItemCommand({ TableName, Key: key('a', '1') }));
    await client.send(new GetItemCommand({ TableName, Key: key('a', '1'), ConsistentRead: true }));
    await client.send(
      new QueryCommand({
        TableName,
        IndexName: 'wide',
        KeyConditionExpression: 'team = :t',
        ExpressionAttributeValues: { ':t': S('t') },
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    const writes = [{ PutRequest: { Item: key('a', '3') } }, { DeleteRequest: { Key: key('a', '1') } }];
    await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: writes } }));
    await client.send(
      new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [key('a', '2'), key('a', '3')] } } }),
    );
    expect(consumed()).toEqual([
      'BatchGetItem 1×: 1 read',
      'BatchWriteItem 1×: 3 written',
      'GetItem 2×: 1.5 read',
      'PutItem 2×: 3 written',
      'PutItem/narrow 1×: 1 written',
      'PutItem/wide 1×: 1 written',
      'Query/wide 1×: 0.5 read',
    ]);
  });

  it('a write whose condition fails costs as much as if made, except for its indexes', async () => {
    await put({ ...key('a', '1'), ...big(1500) });
    const refused = put({ ...key('a', '1'), team: S('t'), score: N(1) }, 'attribute_not_exists(pk)');
    expect(await refusal(refused)).toMatch('ConditionalCheckFailedException');
    expect(consumed()).toEqual(['PutItem 2×: 4 written']);
    const update = new UpdateItemCommand({
      TableName,
      Key: key('a', '1'),
      UpdateExpression: 'SET y = :y',
      ConditionExpression: 'attribute_exists(y)',
      ExpressionAttributeValues: { ':y': S('y'.repeat(2000)) },
    });
    expect(await refusal(client.send(update))).toMatch('ConditionalCheckFailedException');
    expect(consumed()).toContain('UpdateItem 1×: 4 written');
  });

  it('a request refused as invalid costs nothing', async () => {
    expect(await refusal(put({ pk: S('a') }))).toMatch('ValidationException');
    expect(consumed()).toEqual([]);
  });

  it('transactions cost double, cancelled ones included, and a repeated one costs reads', async () => {
    const transaction = (ClientRequestToken: string, ConditionExpression?: string) =>
      client.send(
        new TransactWriteItemsCommand({
          ClientRequestToken,
          TransactItems: [
            { Put: { TableName, Item: { ...key('t', '1'), ...big(1500) }, ConditionExpression } },
            { Put: { TableName, Item: key('t', '2') } },
          ],
        }),
      );
    await transaction('one');
    expect(consumed()).toEqual(['TransactWriteItems 1×: 6 written']);
    expect(await refusal(transaction('two', 'attribute_not_exists(pk)'))).toMatch('TransactionCanceledException');
    expect(consumed()).toEqual(['TransactWriteItems 2×: 12 written']);
    await transaction('one');
    expect(consumed()).toEqual(['TransactWriteItems 3×: 4 read, 12 written']);
    const gets = [{ Get: { TableName, Key: key('t', '1') } }, { Get: { TableName, Key: key('t', 'none') } }];
    await client.send(new TransactGetItemsCommand({ TransactItems: gets }));
    expect(consumed()).toContain('TransactGetItems 1×: 4 read');
  });
});
