import {
  BatchWriteItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect } from 'vitest';
import { dynamoSuite, INDEXED, type Item, key, N, refusal, rule, S, type Shape } from './suite.ts';

const { client, makeTable } = dynamoSuite();
const BY_NUMBER: Shape = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'at', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'at', KeyType: 'RANGE' },
  ],
};

let TableName: string;
beforeAll(async () => {
  TableName = await makeTable(INDEXED);
});

async function putAll(items: readonly Item[], table = TableName): Promise<void> {
  for (let start = 0; start < items.length; start += 25) {
    const PutRequests = items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
    await client().send(new BatchWriteItemCommand({ RequestItems: { [table]: PutRequests } }));
  }
}

function query(KeyConditionExpression: string, values: Item, more: Partial<QueryCommandInput> = {}) {
  const used = Object.keys(values).length > 0 && { ExpressionAttributeValues: values };
  return client().send(new QueryCommand({ TableName, KeyConditionExpression, ...used, ...more }));
}

const sortKeys = (items: readonly Item[] | undefined) => (items ?? []).map(({ sk }) => sk?.S);

async function sorted(condition: string, values: Item, more?: Partial<QueryCommandInput>) {
  return sortKeys((await query(condition, values, more)).Items);
}

describe('a query', () => {
  rule('a query reads a range of one partition in order', async () => {
    await putAll(['a', 'b1', 'b2', 'c', 'd'].map((sk) => key('range', sk)));
    await putAll([key('range2', 'b9'), key('rang', 'b9')]);
    const P = { ':p': S('range') };
    expect(await sorted('pk = :p', P)).toEqual(['a', 'b1', 'b2', 'c', 'd']);
    expect(await sorted('pk = :p', P, { ScanIndexForward: false })).toEqual(['d', 'c', 'b2', 'b1', 'a']);
    const B = { ...P, ':b': S('b2') };
    expect(await sorted('pk = :p AND sk = :b', B)).toEqual(['b2']);
    expect(await sorted('pk = :p AND sk < :b', B)).toEqual(['a', 'b1']);
    expect(await sorted('pk = :p AND sk <= :b', B)).toEqual(['a', 'b1', 'b2']);
    expect(await sorted('sk > :b AND pk = :p', B)).toEqual(['c', 'd']);
    expect(await sorted('(pk = :p) AND (:b >= sk)', B)).toEqual(['a', 'b1', 'b2']);
    expect(await sorted('pk = :p AND sk BETWEEN :b AND :c', { ...B, ':c': S('c') })).toEqual(['b2', 'c']);
    expect(await sorted('pk = :p AND begins_with(sk, :b)', { ...P, ':b': S('b') })).toEqual(['b1', 'b2']);
    expect(
      await sorted('pk = :p AND begins_with(sk, :b)', { ...P, ':b': S('b') }, { ScanIndexForward: false }),
    ).toEqual(['b2', 'b1']);
    expect(await sorted('pk = :p', { ':p': S('none') })).toEqual([]);
  });

  rule('a query orders strings by their UTF-8 bytes', async () => {
    const ordered = ['B', 'Z', 'a', 'a\u0000b', 'aa', 'z', 'é', '\uffee', '😀'];
    await putAll([...ordered].reverse().map((sk) => key('utf8', sk)));
    expect(await sorted('pk = :p', { ':p': S('utf8') })).toEqual(ordered);
    expect(await sorted('pk = :p AND begins_with(sk, :s)', { ':p': S('utf8'), ':s': S('😀') })).toEqual(['😀']);
    expect(await sorted('pk = :p AND begins_with(sk, :s)', { ':p': S('utf8'), ':s': S('\uffee') })).toEqual(['\uffee']);
  });

  rule('a query orders numbers by their value', async () => {
    const table = await makeTable(BY_NUMBER);
    const ordered = ['-1e20', '-100', '-1.51', '-1.5', '-0.001', '0', '1e-20', '0.5', '1', '1.5', '2', '10', '9e30'];
    await putAll(
      [...ordered].reverse().map((at) => ({ pk: S('n'), at: N(at), v: S(at) })),
      table,
    );
    const { Items } = await query('pk = :p', { ':p': S('n') }, { TableName: table });
    expect(Items?.map(({ v }) => v?.S)).toEqual(ordered);
    const above = await query(
      'pk = :p AND #at > :n',
      { ':p': S('n'), ':n': N('0.50') },
      {
        TableName: table,
        ExpressionAttributeNames: { '#at': 'at' },
      },
    );
    expect(above.Items?.map(({ v }) => v?.S)).toEqual(['1', '1.5', '2', '10', '9e30']);
  });

  rule('a query continues after the last page, in both directions', async () => {
    const all = Array.from({ length: 7 }, (_, index) => `k${index}`);
    await putAll(all.map((sk) => key('pages', sk)));
    for (const ScanIndexForward of [true, false]) {
      const seen: (string | undefined)[] = [];
      let ExclusiveStartKey: Item | undefined;
      let pages = 0;
      do {
        const page = await query('pk = :p', { ':p': S('pages') }, { Limit: 3, ScanIndexForward, ExclusiveStartKey });
        seen.push(...sortKeys(page.Items));
        ExclusiveStartKey = page.LastEvaluatedKey;
        pages++;
      } while (ExclusiveStartKey);
      expect(pages).toBe(3);
      expect(seen).toEqual(ScanIndexForward ? all : all.toReversed());
    }
  });

  rule('a query that ends exactly at its limit still returns a last key', async () => {
    await putAll([key('exact', '1'), key('exact', '2')]);
    const page = await query('pk = :p', { ':p': S('exact') }, { Limit: 2 });
    expect(page.LastEvaluatedKey).toEqual(key('exact', '2'));
    const rest = await query('pk = :p', { ':p': S('exact') }, { ExclusiveStartKey: page.LastEvaluatedKey });
    expect(rest).toMatchObject({ Count: 0, ScannedCount: 0, Items: [] });
    expect(rest.LastEvaluatedKey).toBeUndefined();
  });

  rule('the limit of a query counts items before the filter', async () => {
    await putAll(
      Array.from({ length: 6 }, (_, n) => ({ ...key('filter', String(n)), n: N(n), doc: { M: { n: N(n) } } })),
    );
    const page = await query(
      'pk = :p',
      { ':p': S('filter'), ':n': N(2) },
      { FilterExpression: 'doc.n > :n', Limit: 4 },
    );
    expect(sortKeys(page.Items)).toEqual(['3']);
    expect(page).toMatchObject({ Count: 1, ScannedCount: 4, LastEvaluatedKey: key('filter', '3') });
    const counted = await query('pk = :p', { ':p': S('filter') }, { Select: 'COUNT' });
    expect(counted).toMatchObject({ Count: 6, ScannedCount: 6 });
    expect(counted.Items).toBeUndefined();
    const { Items } = await query('pk = :p', { ':p': S('filter') }, { ProjectionExpression: 'sk, doc', Limit: 1 });
    expect(Items).toEqual([{ sk: S('0'), doc: { M: { n: N(0) } } }]);
  });

  rule('a page of a query has at most 1 MB', async () => {
    const x = S('x'.repeat(300 * 1024));
    for (const sk of ['1', '2', '3', '4', '5']) {
      await client().send(new PutItemCommand({ TableName, Item: { ...key('large', sk), x } }));
    }
    const page = await query('pk = :p', { ':p': S('large') });
    expect(page).toMatchObject({ Count: 4, LastEvaluatedKey: key('large', '4') });
    const rest = await query('pk = :p', { ':p': S('large') }, { ExclusiveStartKey: page.LastEvaluatedKey });
    expect(rest.Count).toBe(1);
  });
});

describe('an index', () => {
  beforeAll(async () => {
    await putAll([
      { ...key('idx', '1'), team: S('red'), score: N(10), extra: S('x') },
      { ...key('idx', '2'), team: S('red'), score: N(9), extra: S('y') },
      { ...key('idx', '3'), team: S('red'), extra: S('no score') },
      { ...key('idx', '4'), team: S('blue'), score: N(1) },
      { ...key('idx', '5'), score: N(1) },
    ]);
  });
  const RED = { ':t': S('red') };

  rule('an index holds the projections of only those items that have its whole key', async () => {
    const narrow = await query('team = :t', RED, { IndexName: 'narrow' });
    expect(narrow.Items).toEqual([
      { ...key('idx', '2'), team: S('red'), score: N(9) },
      { ...key('idx', '1'), team: S('red'), score: N(10) },
    ]);
    const wide = await query('team = :t', RED, { IndexName: 'wide' });
    expect(sortKeys(wide.Items).sort()).toEqual(['1', '2', '3']);
    expect(wide.Items?.find(({ sk }) => sk?.S === '3')).toMatchObject({ extra: S('no score') });
  });

  rule('an index follows every change of an item', async () => {
    const indexed = async () =>
      sortKeys((await query('team = :t', { ':t': S('moving') }, { IndexName: 'narrow' })).Items);
    await putAll([{ ...key('mv', '1'), team: S('moving'), score: N(1) }]);
    expect(await indexed()).toEqual(['1']);
    await putAll([{ ...key('mv', '1'), team: S('elsewhere'), score: N(1) }]);
    expect(await indexed()).toEqual([]);
    await putAll([{ ...key('mv', '1'), team: S('moving'), score: N(2) }]);
    expect(await indexed()).toEqual(['1']);
    await putAll([key('mv', '1')]);
    expect(await indexed()).toEqual([]);
  });

  rule('a query of an index continues after the last page, even among equal keys', async () => {
    await putAll(Array.from({ length: 5 }, (_, n) => ({ ...key('ties', String(n)), team: S('ties'), score: N(7) })));
    const seen: (string | undefined)[] = [];
    let ExclusiveStartKey: Item | undefined;
    do {
      const page = await query('team = :t', { ':t': S('ties') }, { IndexName: 'narrow', Limit: 2, ExclusiveStartKey });
      seen.push(...sortKeys(page.Items));
      ExclusiveStartKey = page.LastEvaluatedKey;
      if (ExclusiveStartKey) expect(Object.keys(ExclusiveStartKey).sort()).toEqual(['pk', 'score', 'sk', 'team']);
    } while (ExclusiveStartKey);
    expect(seen.sort()).toEqual(['0', '1', '2', '3', '4']);
  });

  rule('an index returns only the attributes it holds', async () => {
    const INVALID = 'ValidationException: One or more parameter values were invalid:';
    const narrow = (more: Partial<QueryCommandInput>, values: Item = RED) =>
      refusal(query('team = :t', values, { IndexName: 'narrow', ...more }));
    expect(await narrow({ Select: 'ALL_ATTRIBUTES' })).toBe(
      `${INVALID} Select type ALL_ATTRIBUTES is not supported for global secondary index narrow because its projection type is not ALL`,
    );
    expect(await narrow({ ProjectionExpression: 'extra' })).toBe(
      `${INVALID} Global secondary index narrow does not project [extra]`,
    );
    expect(await narrow({ FilterExpression: 'extra = :t' })).toBe(
      `${INVALID} Secondary index narrow does not project one or more filter attributes: [extra]`,
    );
  });

  rule('an index may project some attributes besides its key', async () => {
    const [narrow] = INDEXED.GlobalSecondaryIndexes ?? [];
    if (!narrow) throw new Error('there is an index');
    const Projection = { ProjectionType: 'INCLUDE', NonKeyAttributes: ['extra'] } as const;
    const table = await makeTable({ ...INDEXED, GlobalSecondaryIndexes: [{ ...narrow, Projection }] });
    const item = { ...key('idx', '1'), team: S('red'), score: N(1), extra: S('x') };
    await putAll([{ ...item, more: S('y') }], table);
    const found = await query('team = :t', RED, {
      TableName: table,
      IndexName: 'narrow',
      FilterExpression: 'attribute_exists(extra)',
    });
    expect(found.Items).toEqual([item]);
  });

  rule('an index cannot be read consistently', async () => {
    expect(await refusal(query('team = :t', RED, { IndexName: 'wide', ConsistentRead: true }))).toBe(
      'ValidationException: Consistent reads are not supported on global secondary indexes',
    );
  });

  rule('a query of an index that does not exist is refused', async () => {
    expect(await refusal(query('team = :t', RED, { IndexName: 'none' }))).toBe(
      'ValidationException: The table does not have the specified index: none',
    );
  });
});

describe('a key condition', () => {
  const P = { ':p': S('a') };
  const PS = { ...P, ':s': S('1') };

  rule("an invalid key condition is refused with the service's own message", async () => {
    const refused: [string, Item, string][] = [
      ['', P, 'Invalid KeyConditionExpression: The expression can not be empty;'],
      ['((pk = :p))', P, 'Invalid KeyConditionExpression: The expression has redundant parentheses;'],
      ['pk > :p', P, 'Query key condition not supported'],
      ['begins_with(pk, :p)', P, 'Query key condition not supported'],
      ['pk = :p AND sk <> :s', PS, 'Invalid operator used in KeyConditionExpression: <>'],
      ['pk = :p AND sk IN (:s)', PS, 'Invalid operator used in KeyConditionExpression: IN'],
      ['pk = :p OR sk = :s', PS, 'Invalid operator used in KeyConditionExpression: OR'],
      ['NOT pk = :p', P, 'Invalid operator used in KeyConditionExpression: NOT'],
      ['pk = :p AND contains(sk, :s)', PS, 'Invalid operator used in KeyConditionExpression: contains'],
      ['pk = :p AND attribute_exists(sk)', P, 'Invalid operator used in KeyConditionExpression: attribute_exists'],
      ['pk = :p AND pk = :p', P, 'KeyConditionExpressions must only contain one condition per key'],
      ['pk = :p AND sk = :s AND extra = :s', PS, 'Conditions can be of length 1 or 2 only'],
      ['pk = sk', {}, 'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition'],
      [
        'pk = :p AND begins_with(:s, sk)',
        PS,
        'Invalid condition in KeyConditionExpression: begins_with operator must have the key attribute as its first operand',
      ],
      ['pk = :p AND size(sk) = :s', { ...P, ':s': N(1) }, 'KeyConditionExpressions cannot contain nested operations'],
      [
        'pk = :p AND sk = :s',
        { ...P, ':s': N(1) },
        'One or more parameter values were invalid: Condition parameter type does not match schema type',
      ],
      [
        'pk = :p',
        { ':p': S('') },
        'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk',
      ],
      [
        'pk = :p AND sk BETWEEN :t AND :s',
        { ...PS, ':t': S('2') },
        'Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {S:2}, upper bound operand: AttributeValue: {S:1}',
      ],
    ];
    for (const [condition, values, problem] of refused) {
      const response = await refusal(query(condition, values));
      expect([condition, response]).toEqual([condition, `ValidationException: ${problem}`]);
    }
  });

  rule('the refusal of an incomplete key condition names the missing key element', async () => {
    expect(await refusal(query('sk = :s', { ':s': S('1') }))).toBe(
      'ValidationException: Query condition missed key schema element: pk',
    );
    expect(await refusal(query('pk = :p AND extra = :s', PS))).toBe(
      'ValidationException: Query condition missed key schema element: sk',
    );
  });

  rule('a query without a key condition is refused', async () => {
    expect(await refusal(client().send(new QueryCommand({ TableName })))).toBe(
      'ValidationException: Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    );
  });

  rule('a filter on a key attribute is refused', async () => {
    expect(await refusal(query('pk = :p', P, { FilterExpression: 'sk = :p' }))).toBe(
      'ValidationException: Filter Expression can only contain non-primary key attributes: Primary key attribute: sk',
    );
  });

  rule('a contradictory Select is refused', async () => {
    const refused: [Partial<QueryCommandInput>, string][] = [
      [
        { Select: 'SPECIFIC_ATTRIBUTES' },
        'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
      ],
      [
        { Select: 'COUNT', ProjectionExpression: 'n1' },
        'Cannot specify the ProjectionExpression when choosing to get only the Count',
      ],
      [
        { Select: 'ALL_ATTRIBUTES', ProjectionExpression: 'n1' },
        'Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES',
      ],
      [
        { Select: 'ALL_PROJECTED_ATTRIBUTES' },
        'ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName',
      ],
    ];
    for (const [parameters, problem] of refused) {
      expect(await refusal(query('pk = :p', P, parameters))).toBe(`ValidationException: ${problem}`);
    }
  });
});

describe('a start key', () => {
  const P = { ':p': S('a') };

  rule('a start key must be complete and match the key schema', async () => {
    for (const ExclusiveStartKey of [{ pk: S('a') }, { ...key('a', '1'), x: S('y') }]) {
      expect(await refusal(query('pk = :p', P, { ExclusiveStartKey }))).toBe(
        'ValidationException: The provided starting key is invalid',
      );
    }
    expect(await refusal(query('pk = :p', P, { ExclusiveStartKey: { pk: S('a'), sk: N(1) } }))).toBe(
      'ValidationException: The provided starting key is invalid: The provided key element does not match the schema',
    );
  });

  rule('a start key must lie within the query', async () => {
    expect(await refusal(query('pk = :p', P, { ExclusiveStartKey: key('b', '1') }))).toBe(
      'ValidationException: The provided starting key is outside query boundaries based on provided conditions',
    );
    const after = query('pk = :p AND sk > :s', { ...P, ':s': S('5') }, { ExclusiveStartKey: key('a', '4') });
    expect(await refusal(after)).toBe(
      'ValidationException: The provided starting key does not match the range key predicate',
    );
  });
});

describe('a scan', () => {
  rule('a scan reads every item once, page by page', async () => {
    const table = await makeTable(INDEXED);
    await putAll(
      Array.from({ length: 23 }, (_, n) => ({
        ...key(`p${n % 5}`, `s${n}`),
        n: N(n),
        ...(n % 2 && { team: S('odd') }),
      })),
      table,
    );
    const scanAll = async (more: Partial<ScanCommandInput> = {}) => {
      const seen: (string | undefined)[] = [];
      let ExclusiveStartKey: Item | undefined;
      do {
        const page = await client().send(new ScanCommand({ TableName: table, Limit: 4, ExclusiveStartKey, ...more }));
        seen.push(...sortKeys(page.Items));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey);
      return seen;
    };
    expect(new Set(await scanAll()).size).toBe(23);
    expect((await scanAll()).length).toBe(23);
    expect((await scanAll({ IndexName: 'wide' })).length).toBe(11);
    const filtered = await scanAll({
      FilterExpression: 'n < :n AND pk <> :p',
      ExpressionAttributeValues: { ':n': N(10), ':p': S('p0') },
    });
    expect(filtered.length).toBe(8);
  });
});
