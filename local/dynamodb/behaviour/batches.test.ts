import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  PutItemCommand,
  QueryCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect } from 'vitest';
import { dynamoSuite, type Item, key, N, PAIR, refusal, rule, S } from './suite.ts';

const { client, makeTable } = dynamoSuite();
let one: string;
let other: string;
beforeAll(async () => {
  one = await makeTable(PAIR);
  other = await makeTable(PAIR);
});

const put = (Item: Item): WriteRequest => ({ PutRequest: { Item } });
const remove = (Key: Item): WriteRequest => ({ DeleteRequest: { Key } });
const write = (RequestItems: Record<string, WriteRequest[]>) =>
  client().send(new BatchWriteItemCommand({ RequestItems }));

async function sortKeysOf(TableName: string, pk: string): Promise<(string | undefined)[]> {
  const request = new QueryCommand({
    TableName,
    KeyConditionExpression: 'pk = :p',
    ExpressionAttributeValues: { ':p': S(pk) },
  });
  return ((await client().send(request)).Items ?? []).map(({ sk }) => sk?.S);
}

describe('a batch of writes', () => {
  rule('a batch puts and deletes in several tables', async () => {
    await write({ [one]: [put(key('w', '1')), put(key('w', '2'))], [other]: [put(key('w', '3'))] });
    const { UnprocessedItems } = await write({ [one]: [remove(key('w', '1')), put(key('w', '4'))] });
    expect(UnprocessedItems).toEqual({});
    expect(await sortKeysOf(one, 'w')).toEqual(['2', '4']);
    expect(await sortKeysOf(other, 'w')).toEqual(['3']);
  });

  rule('a batch of writes has at most 25 requests', async () => {
    const requests = Array.from({ length: 26 }, (_, n) => put(key('many', String(n))));
    expect(await refusal(write({ [one]: requests.slice(0, 25) }))).toBe('accepted');
    expect(await refusal(write({ [one]: requests.slice(0, 20), [other]: requests.slice(20) }))).toBe(
      'ValidationException: Too many items requested for the BatchWriteItem call',
    );
  });

  rule('a batch that writes an item twice is refused and changes nothing', async () => {
    const request = write({ [one]: [put(key('twice', '1')), put(key('twice', '2')), remove(key('twice', '1'))] });
    expect(await refusal(request)).toBe('ValidationException: Provided list of item keys contains duplicates');
    expect(await sortKeysOf(one, 'twice')).toEqual([]);
  });

  rule('a batch with one invalid item is refused as a whole', async () => {
    const request = write({ [one]: [put(key('whole', '1')), put({ ...key('whole', '2'), x: { SS: [] } })] });
    expect(await refusal(request)).toBe(
      'ValidationException: One or more parameter values were invalid: An string set  may not be empty',
    );
    expect(await refusal(write({ [one]: [put(key('whole', '1'))], 'hawser-none': [put(key('whole', '1'))] }))).toBe(
      'ResourceNotFoundException: Requested resource not found',
    );
    expect(await sortKeysOf(one, 'whole')).toEqual([]);
  });

  rule('each request of a batch has exactly one kind of write', async () => {
    const both = { ...put(key('a', '1')), ...remove(key('a', '2')) };
    expect(await refusal(write({ [one]: [both] }))).toBe(
      'ValidationException: Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  });
});

describe('a batch of reads', () => {
  rule('a batch of reads returns the items that exist, by table', async () => {
    await write({ [one]: [put({ ...key('r', '1'), a: N(1), b: N(2) })], [other]: [put(key('r', '2'))] });
    const { Responses, UnprocessedKeys } = await client().send(
      new BatchGetItemCommand({
        RequestItems: {
          [one]: {
            Keys: [key('r', '1'), key('r', 'none')],
            ProjectionExpression: 'sk, #a',
            ExpressionAttributeNames: { '#a': 'a' },
          },
          [other]: { Keys: [key('r', '2')], ConsistentRead: true },
        },
      }),
    );
    expect(Responses).toEqual({ [one]: [{ sk: S('1'), a: N(1) }], [other]: [key('r', '2')] });
    expect(UnprocessedKeys).toEqual({});
  });

  const keys = (count: number) => Array.from({ length: count }, (_, n) => key('r', String(n)));
  const read = (RequestItems: Record<string, { Keys: Item[] }>) =>
    client().send(new BatchGetItemCommand({ RequestItems }));

  rule('a batch of reads has at most 100 keys', async () => {
    expect(await refusal(read({ [one]: { Keys: keys(100) } }))).toBe('accepted');
    expect(await refusal(read({ [one]: { Keys: keys(60) }, [other]: { Keys: keys(41) } }))).toBe(
      'ValidationException: Too many items requested for the BatchGetItem call',
    );
  });

  rule('a batch that reads an item twice is refused', async () => {
    expect(await refusal(read({ [one]: { Keys: [key('r', '1'), key('r', '1')] } }))).toBe(
      'ValidationException: Provided list of item keys contains duplicates',
    );
  });

  rule('a batch of reads returns at most 16 MB and leaves the rest unprocessed', async () => {
    const table = await makeTable(PAIR);
    const x = S('x'.repeat(399 * 1024));
    // Each item has a partition of its own. From a single one, a batch returns less.
    const Keys = Array.from({ length: 45 }, (_, n) => key(`big ${n}`, '1'));
    for (const Key of Keys) {
      await client().send(new PutItemCommand({ TableName: table, Item: { ...Key, x } }));
    }
    const { Responses, UnprocessedKeys } = await read({ [table]: { Keys } });
    const [found, left] = [Responses?.[table] ?? [], UnprocessedKeys?.[table]?.Keys ?? []];
    expect(found.length).toBe(41);
    expect(left.length).toBe(4);
    expect((await read({ [table]: { Keys: left } })).Responses?.[table]?.length).toBe(4);
  });
});
