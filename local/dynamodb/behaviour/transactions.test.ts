import {
  GetItemCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect } from 'vitest';
import { dynamoSuite, type Item, key, N, PAIR, refusal, rule, S } from './suite.ts';

const { client, makeTable } = dynamoSuite();
let TableName: string;
beforeAll(async () => {
  TableName = await makeTable(PAIR);
});

const transact = (TransactItems: TransactWriteItem[], ClientRequestToken?: string) =>
  client().send(new TransactWriteItemsCommand({ TransactItems, ...(ClientRequestToken && { ClientRequestToken }) }));
const put = (Item: Item, ConditionExpression?: string): TransactWriteItem => ({
  Put: { TableName, Item, ...(ConditionExpression && { ConditionExpression }) },
});
const get = async (Key: Item) => (await client().send(new GetItemCommand({ TableName, Key }))).Item;
const cancelled = (...codes: string[]) =>
  `TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`;

describe('a transaction', () => {
  rule('a transaction checks, puts, updates and deletes at once', async () => {
    await transact([put(key('all', 'old')), put({ ...key('all', 'count'), n: N(1) })]);
    await transact([
      { ConditionCheck: { TableName, Key: key('all', 'none'), ConditionExpression: 'attribute_not_exists(pk)' } },
      { Delete: { TableName, Key: key('all', 'old'), ConditionExpression: 'attribute_exists(pk)' } },
      {
        Update: {
          TableName,
          Key: key('all', 'count'),
          UpdateExpression: 'SET n = n + :one',
          ExpressionAttributeValues: { ':one': N(1) },
        },
      },
      put(key('all', 'new'), 'attribute_not_exists(pk)'),
    ]);
    expect(await get(key('all', 'old'))).toBeUndefined();
    expect(await get(key('all', 'count'))).toEqual({ ...key('all', 'count'), n: N(2) });
    expect(await get(key('all', 'new'))).toEqual(key('all', 'new'));
  });

  rule('a transactional update that only removes or deletes creates no item', async () => {
    const UpdateExpression = 'REMOVE n DELETE texts :x';
    const ExpressionAttributeValues = { ':x': { SS: ['x'] } };
    const Key = key('removal', 'none');
    await transact([
      { Update: { TableName, Key, UpdateExpression, ExpressionAttributeValues } },
      put(key('removal', 'other')),
    ]);
    expect(await get(Key)).toBeUndefined();
    expect(await get(key('removal', 'other'))).toEqual(key('removal', 'other'));
  });

  rule('a transaction with a failed condition changes nothing and gives a reason for each action', async () => {
    await transact([put({ ...key('fail', 'there'), n: N(7) })]);
    const request = transact([
      put(key('fail', 'new')),
      {
        Put: {
          TableName,
          Item: key('fail', 'there'),
          ConditionExpression: 'attribute_not_exists(pk)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
      { ConditionCheck: { TableName, Key: key('fail', 'x'), ConditionExpression: 'attribute_exists(pk)' } },
    ]);
    await expect(request).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      message: cancelled('None', 'ConditionalCheckFailed', 'ConditionalCheckFailed').split(': ')[1],
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'ConditionalCheckFailed', Item: { ...key('fail', 'there'), n: N(7) } },
        { Code: 'ConditionalCheckFailed' },
      ],
    });
    expect(await get(key('fail', 'new'))).toBeUndefined();
  });

  rule('a transaction with an action that does not fit its table is cancelled', async () => {
    const request = transact([put(key('fit', '1')), put({ pk: S('fit'), sk: N(1) })]);
    expect(await refusal(request)).toBe(cancelled('None', 'ValidationError'));
    expect(await get(key('fit', '1'))).toBeUndefined();
  });

  rule('a transaction that touches an item twice is refused', async () => {
    expect(await refusal(transact([put(key('twice', '1')), put(key('twice', '1'))]))).toBe(
      'ValidationException: Transaction request cannot include multiple operations on one item',
    );
  });

  rule('a transaction has 1 to 100 actions, each of one kind', async () => {
    const puts = Array.from({ length: 101 }, (_, n) => put(key('many', String(n))));
    expect(await refusal(transact(puts.slice(0, 100)))).toBe('accepted');
    expect(await refusal(transact(puts))).toContain('Member must have length less than or equal to 100');
    expect(await refusal(transact([]))).toContain('Member must have length greater than or equal to 1');
    const both: TransactWriteItem = { ...put(key('a', '1')), Delete: { TableName, Key: key('a', '2') } };
    expect(await refusal(transact([both]))).toBe(
      'ValidationException: TransactItems can only contain one of Check, Put, Update or Delete',
    );
  });

  rule('a transaction with a malformed expression is refused', async () => {
    expect(await refusal(transact([put(key('a', '1'), 'foo(')]))).toBe(
      'ValidationException: Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "("',
    );
  });

  rule('a transaction is applied once per token, and the token cannot be reused for another request', async () => {
    const count = key('token', 'count');
    await client().send(new PutItemCommand({ TableName, Item: { ...count, n: N(0) } }));
    const increment: TransactWriteItem = {
      Update: {
        TableName,
        Key: count,
        UpdateExpression: 'ADD n :one',
        ExpressionAttributeValues: { ':one': N(1) },
      },
    };
    const token = crypto.randomUUID();
    await transact([increment], token);
    await transact([increment], token);
    expect(await get(count)).toEqual({ ...count, n: N(1) });
    expect(await refusal(transact([put(count)], token))).toMatch(/^IdempotentParameterMismatchException/);
    expect(await refusal(transact([put(count)], 'x'.repeat(37)))).toContain(
      'Member must have length less than or equal to 36',
    );
  });
});

describe('a transactional read', () => {
  rule('a transactional read returns items in the order of the request', async () => {
    await transact([put({ ...key('read', '1'), a: N(1), b: N(2) }), put(key('read', '2'))]);
    const { Responses } = await client().send(
      new TransactGetItemsCommand({
        TransactItems: [
          { Get: { TableName, Key: key('read', '2') } },
          { Get: { TableName, Key: key('read', 'none') } },
          { Get: { TableName, Key: key('read', '1'), ProjectionExpression: 'b' } },
        ],
      }),
    );
    expect(Responses).toEqual([{ Item: key('read', '2') }, {}, { Item: { b: N(2) } }]);
  });
});
