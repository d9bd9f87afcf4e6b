import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type ConsumedCapacity,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect } from 'vitest';
import { dynamoSuite, INDEXED, type Item, key, N, rule, S } from './suite.ts';

const { client, makeTable } = dynamoSuite();
let TableName: string;
beforeAll(async () => {
  TableName = await makeTable(INDEXED);
});

const ReturnConsumedCapacity = 'INDEXES';
/** Total, table, and each index: `2 = table 1 + narrow 1`. */
function units(capacity: ConsumedCapacity | undefined): string {
  const indexes = Object.entries(capacity?.GlobalSecondaryIndexes ?? {}).sort();
  const parts = [
    `table ${capacity?.Table?.CapacityUnits}`,
    ...indexes.map(([name, used]) => `${name} ${used.CapacityUnits}`),
  ];
  return `${capacity?.CapacityUnits} = ${parts.join(' + ')}`;
}

async function put(Item: Item): Promise<string> {
  const response = await client().send(new PutItemCommand({ TableName, Item, ReturnConsumedCapacity }));
  return units(response.ConsumedCapacity);
}

/** An item of this many bytes in all. */
function sized(sk: string, bytes: number): Item {
  return { ...key('sized', sk), x: S('x'.repeat(bytes - 'pk'.length - 'sized'.length - 'sk'.length - sk.length - 1)) };
}

describe('a write', () => {
  rule('a write costs a unit for each started kilobyte', async () => {
    expect(await put(sized('1', 1024))).toBe('1 = table 1');
    expect(await put(sized('2', 1025))).toBe('2 = table 2');
    expect(await put(sized('3', 100 * 1024))).toBe('100 = table 100');
  });

  rule('a write costs as much as the larger of the old and the new item', async () => {
    await put(sized('4', 3000));
    expect(await put(key('sized', '4'))).toBe('3 = table 3');
    await put(sized('5', 3000));
    const update = new UpdateItemCommand({
      TableName,
      Key: key('sized', '5'),
      UpdateExpression: 'REMOVE x',
      ReturnConsumedCapacity,
    });
    expect(units((await client().send(update)).ConsumedCapacity)).toBe('3 = table 3');
    const growing = new UpdateItemCommand({
      TableName,
      Key: key('sized', '5'),
      UpdateExpression: 'SET x = :x',
      ExpressionAttributeValues: { ':x': S('x'.repeat(4000)) },
      ReturnConsumedCapacity,
    });
    expect(units((await client().send(growing)).ConsumedCapacity)).toBe('4 = table 4');
    await put(sized('6', 5000));
    const remove = new DeleteItemCommand({ TableName, Key: key('sized', '6'), ReturnConsumedCapacity });
    expect(units((await client().send(remove)).ConsumedCapacity)).toBe('5 = table 5');
    expect(units((await client().send(remove)).ConsumedCapacity)).toBe('1 = table 1');
    const removal = { UpdateExpression: 'REMOVE team, score', ReturnConsumedCapacity } as const;
    const nothing = new UpdateItemCommand({ TableName, Key: key('sized', 'none'), ...removal });
    expect(units((await client().send(nothing)).ConsumedCapacity)).toBe('1 = table 1');
  });

  rule('a write costs units of an index only if it changes the index', async () => {
    const at = key('indexed', '1');
    const TEAM = { team: S('a'), score: N(1) };
    expect(await put(at)).toBe('1 = table 1');
    expect(await put({ ...at, ...TEAM })).toBe('3 = table 1 + narrow 1 + wide 1');
    expect(await put({ ...at, ...TEAM })).toBe('1 = table 1');
    expect(await put({ ...at, ...TEAM, x: S('x'.repeat(1500)) })).toBe('4 = table 2 + wide 2');
    expect(await put({ ...at, team: S('b'), score: N(1) })).toBe('7 = table 2 + narrow 2 + wide 3');
    expect(await put({ ...at, team: S('b'), score: N(2) })).toBe('4 = table 1 + narrow 2 + wide 1');
    expect(await put(at)).toBe('3 = table 1 + narrow 1 + wide 1');
  });

  rule('ReturnConsumedCapacity TOTAL returns only the total', async () => {
    const response = await client().send(
      new PutItemCommand({ TableName, Item: key('total', '1'), ReturnConsumedCapacity: 'TOTAL' }),
    );
    expect(response.ConsumedCapacity).toEqual({ TableName, CapacityUnits: 1 });
  });
});

describe('a read', () => {
  async function get(Key: Item, ConsistentRead = false): Promise<string> {
    const request = new GetItemCommand({ TableName, Key, ConsistentRead, ReturnConsumedCapacity });
    return units((await client().send(request)).ConsumedCapacity);
  }

  rule('a read costs half a unit for each started 4 KB, and double if consistent', async () => {
    await put(sized('r1', 4096));
    await put(sized('r2', 4097));
    expect(await get(key('sized', 'r1'))).toBe('0.5 = table 0.5');
    expect(await get(key('sized', 'r1'), true)).toBe('1 = table 1');
    expect(await get(key('sized', 'r2'))).toBe('1 = table 1');
    expect(await get(key('sized', 'none'))).toBe('0.5 = table 0.5');
  });

  rule('a query costs by the sum of its items', async () => {
    for (let n = 0; n < 10; n++)
      await put({ ...key('sum', String(n)), x: S('x'.repeat(990)), team: S('sum'), score: N(n) });
    const query = async (IndexName: string | undefined, ConsistentRead?: boolean) => {
      const request = new QueryCommand({
        TableName,
        ...(IndexName && { IndexName }),
        ...(ConsistentRead && { ConsistentRead }),
        KeyConditionExpression: IndexName ? 'team = :p' : 'pk = :p',
        ExpressionAttributeValues: { ':p': S('sum') },
        ReturnConsumedCapacity,
      });
      return units((await client().send(request)).ConsumedCapacity);
    };
    expect(await query(undefined)).toBe('1.5 = table 1.5');
    expect(await query(undefined, true)).toBe('3 = table 3');
    expect(await query('wide')).toBe('1.5 = table 0 + wide 1.5');
    expect(await query('narrow')).toBe('0.5 = table 0 + narrow 0.5');
  });

  rule('a query costs what it reads, regardless of filter and projection', async () => {
    for (let n = 0; n < 5; n++) await put({ ...key('read', String(n)), x: S('x'.repeat(1990)) });
    const query = async (parameters: Partial<QueryCommandInput>, pk = 'read') => {
      const request = new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': S(pk) },
        ReturnConsumedCapacity,
        ...parameters,
      });
      return units((await client().send(request)).ConsumedCapacity);
    };
    expect(await query({})).toBe('1.5 = table 1.5');
    expect(await query({ FilterExpression: 'attribute_not_exists(x)' })).toBe('1.5 = table 1.5');
    expect(await query({ ProjectionExpression: 'pk' })).toBe('1.5 = table 1.5');
    expect(await query({ Limit: 2 })).toBe('0.5 = table 0.5');
    expect(await query({}, 'nothing')).toBe('0.5 = table 0.5');
  });
});

describe('a batch', () => {
  rule('a batch costs what its parts cost, by table', async () => {
    const other = await makeTable(INDEXED);
    const written = await client().send(
      new BatchWriteItemCommand({
        RequestItems: {
          [TableName]: [
            { PutRequest: { Item: sized('b1', 2000) } },
            { PutRequest: { Item: { ...key('b', '2'), team: S('b') } } },
          ],
          [other]: [{ PutRequest: { Item: key('b', '3') } }],
        },
        ReturnConsumedCapacity,
      }),
    );
    const byTable = new Map(written.ConsumedCapacity?.map((capacity) => [capacity.TableName, units(capacity)]));
    expect(byTable.get(TableName)).toBe('4 = table 3 + wide 1');
    expect(byTable.get(other)).toBe('1 = table 1');
    const read = await client().send(
      new BatchGetItemCommand({
        RequestItems: { [TableName]: { Keys: [key('sized', 'b1'), key('b', '2'), key('b', 'none')] } },
        ReturnConsumedCapacity,
      }),
    );
    expect(read.ConsumedCapacity?.map(units)).toEqual(['1.5 = table 1.5']);
  });
});

describe('a transaction', () => {
  rule('a transaction costs double', async () => {
    const written = await client().send(
      new TransactWriteItemsCommand({
        TransactItems: [{ Put: { TableName, Item: sized('t1', 2000) } }, { Put: { TableName, Item: key('t', '2') } }],
        ReturnConsumedCapacity,
      }),
    );
    expect(written.ConsumedCapacity?.map(units)).toEqual(['6 = table 6']);
    const read = await client().send(
      new TransactGetItemsCommand({
        TransactItems: [{ Get: { TableName, Key: key('sized', 't1') } }, { Get: { TableName, Key: key('t', '2') } }],
        ReturnConsumedCapacity,
      }),
    );
    expect(read.ConsumedCapacity?.map(units)).toEqual(['4 = table 4']);
  });

  rule('a condition check costs as much as a write', async () => {
    const written = await client().send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName, Item: key('t', '3') } },
          { ConditionCheck: { TableName, Key: key('t', 'none'), ConditionExpression: 'attribute_not_exists(pk)' } },
        ],
        ReturnConsumedCapacity,
      }),
    );
    expect(written.ConsumedCapacity?.map(units)).toEqual(['4 = table 4']);
  });
});
