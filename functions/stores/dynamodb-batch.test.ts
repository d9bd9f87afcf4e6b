import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Behaviour, Receiver } from '../../test/support/receiver.ts';
import { resourceNames, startServices, type TestServices } from '../../test/support/services.ts';
import { ConfigTable } from './config/config-table.ts';
import { batchGet, batchWrite, type Row } from './dynamodb-batch.ts';
import { configTable, deliveriesTable } from './tables.ts';

let services: TestServices;
beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.close());

/** Rows of one partition, of which a BatchGetItem returns two: 1 MB. */
const LARGE = { S: 'x'.repeat(390 * 1024) };

async function fill(table: string, keys: readonly Row[]): Promise<void> {
  for (const key of keys) {
    await services.clients.dynamodb.send(new PutItemCommand({ TableName: table, Item: { ...key, large: LARGE } }));
  }
}

describe('reading many large rows of one partition', () => {
  it('reading goes on as long as each response has some rows', async () => {
    const { partitionKey, sortKey } = deliveriesTable;
    const keys = Array.from({ length: 20 }, (_, n) => ({ [partitionKey]: { S: 'p' }, [sortKey]: { S: String(n) } }));
    await fill(resourceNames.deliveries, keys);
    const rows = await batchGet(services.clients.dynamodb, resourceNames.deliveries, keys);
    expect(new Set(rows.map((row) => row[sortKey]?.S))).toEqual(new Set(keys.map((key) => key[sortKey]?.S)));
  });

  it('reading fails once several responses in a row have none', async () => {
    const peer = await Receiver.start();
    const ofResponse = (answered: number): Behaviour => {
      return ({ body }, response) => {
        const { Keys } = JSON.parse(body.toString()).RequestItems.rows;
        const answer = {
          Responses: { rows: Keys.slice(0, answered) },
          UnprocessedKeys: { rows: { Keys: Keys.slice(answered) } },
        };
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
      };
    };
    const first = ofResponse(1);
    const none = ofResponse(0);
    peer.behave = (webhook, response) => (peer.received.length < 4 ? first : none)(webhook, response);
    const dynamodb = new DynamoDBClient({
      endpoint: new URL(peer.url).origin,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const keys = Array.from({ length: 10 }, (_, n) => ({ pk: { S: String(n) } }));
    await expect(batchGet(dynamodb, 'rows', keys)).rejects.toThrow('still throttled after 8 tries');
    expect(peer.received.length).toBeLessThanOrEqual(3 + 8);
    dynamodb.destroy();
    await peer.stop();
  });

  it('reading the configuration table goes on in the same way', async () => {
    const { partitionKey, sortKey } = configTable;
    const keys = Array.from({ length: 16 }, (_, n) => ({ pk: 'p', sk: String(n) }));
    await fill(
      resourceNames.config,
      keys.map(({ pk, sk }) => ({ [partitionKey]: { S: pk }, [sortKey]: { S: sk } })),
    );
    const rows = await new ConfigTable(services.clients.dynamodb, resourceNames.config).getMany(keys);
    expect(new Set(rows.map((row) => row[sortKey]))).toEqual(new Set(keys.map(({ sk }) => sk)));
  });
});

describe('writing rows that are throttled', () => {
  let peer: Receiver;
  let dynamodb: DynamoDBClient;
  /** The keys of each call. */
  const calls: string[][] = [];

  beforeEach(async () => {
    calls.length = 0;
    peer = await Receiver.start();
    dynamodb = new DynamoDBClient({
      endpoint: new URL(peer.url).origin,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
  });
  afterEach(async () => {
    dynamodb.destroy();
    await peer.stop();
  });

  /** @param written how many of its rows each call writes; with 0 it fails */
  function answerWith(written: (call: number) => number): void {
    peer.behave = ({ body }, response) => {
      const { rows } = JSON.parse(body.toString()).RequestItems;
      calls.push(rows.map((row: { PutRequest: { Item: Row } }) => row.PutRequest.Item.pk?.S));
      const count = written(calls.length);
      const left = rows.slice(count);
      response.writeHead(count > 0 ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' });
      const refused = { __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException' };
      response.end(JSON.stringify(count > 0 ? { UnprocessedItems: left.length > 0 ? { rows: left } : {} } : refused));
    };
  }

  function write(count: number, pauses: number[] = []): Promise<void> {
    const requests = Array.from({ length: count }, (_, n) => ({ PutRequest: { Item: { pk: { S: String(n) } } } }));
    const now = () => pauses.reduce((sum, ms) => sum + ms, 0);
    const pause = async (ms: number) => void pauses.push(ms);
    return batchWrite(dynamodb, 'rows', requests, { pause, now, random: () => 0.9 });
  }

  it('a row that was written is not written again when all that is left is throttled', async () => {
    answerWith((call) => (call === 2 ? 0 : 1));
    await write(2);
    expect(calls).toEqual([['0', '1'], ['1'], ['1']]);
  });

  it('rows that stay throttled are given up after 5 s in all, whether a call returns them or fails', async () => {
    const pauses: number[] = [];
    answerWith((call) => call % 2);
    await expect(write(25, pauses)).rejects.toThrow();
    expect(pauses.length).toBeGreaterThan(3);
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(5_000);
  });
});
