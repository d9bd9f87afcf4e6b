import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect } from 'vitest';
import { dynamoSuite, INDEXED, type Item, key, N, refusal, rule, S, type Shape } from './suite.ts';

const { client, makeTable } = dynamoSuite();
const BY_NUMBER: Shape = {
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
};

let TableName: string;
let numbered: string;
beforeAll(async () => {
  TableName = await makeTable(INDEXED);
  numbered = await makeTable(BY_NUMBER);
});

function put(Item: Item, more: Partial<PutItemCommandInput> = {}) {
  return client().send(new PutItemCommand({ TableName, Item, ...more }));
}

async function get(Key: Item): Promise<Item | undefined> {
  return (await client().send(new GetItemCommand({ TableName, Key }))).Item;
}

describe('an item', () => {
  rule('an item is returned as it was put, whatever its types', async () => {
    const Item: Item = {
      ...key('types', '1'),
      text: S('tab\t, ü, 漢字, 😀, "\\'),
      empty: S(''),
      number: N('-12.5'),
      bytes: { B: Buffer.from([0, 255, 128]) },
      noBytes: { B: Buffer.alloc(0) },
      yes: { BOOL: true },
      nothing: { NULL: true },
      strings: { SS: ['a', 'b'] },
      numbers: { NS: ['-1', '2', '10'] },
      list: { L: [S('x'), { L: [] }, { M: {} }] },
      map: { M: { 'a.b': S('dot'), __proto__x: S('p') } },
    };
    await put(Item);
    const found = await get(key('types', '1'));
    expect(found).toEqual({
      ...Item,
      bytes: { B: Uint8Array.from([0, 255, 128]) },
      noBytes: { B: new Uint8Array() },
    });
  });

  rule('an item is replaced as a whole by another put', async () => {
    await put({ ...key('whole', '1'), a: N(1), b: N(2) });
    const { Attributes } = await put({ ...key('whole', '1'), c: N(3) }, { ReturnValues: 'ALL_OLD' });
    expect(Attributes).toEqual({ ...key('whole', '1'), a: N(1), b: N(2) });
    expect(await get(key('whole', '1'))).toEqual({ ...key('whole', '1'), c: N(3) });
  });

  rule('a deleted item is gone, and the delete can return it', async () => {
    await put({ ...key('gone', '1'), a: N(1) });
    const remove = new DeleteItemCommand({ TableName, Key: key('gone', '1'), ReturnValues: 'ALL_OLD' });
    expect((await client().send(remove)).Attributes).toEqual({ ...key('gone', '1'), a: N(1) });
    expect(await get(key('gone', '1'))).toBeUndefined();
    expect((await client().send(remove)).Attributes).toBeUndefined();
  });

  rule('an item may be 400 KB and not a byte more', async () => {
    const size = 400 * 1024 - 'pksk'.length - 'size'.length - 'x'.length;
    expect(await refusal(put({ ...key('size', ''), sk: S('1'), x: S('x'.repeat(size - 1)) }))).toBe('accepted');
    expect(await refusal(put({ ...key('size', ''), sk: S('1'), x: S('x'.repeat(size)) }))).toBe(
      'ValidationException: Item size has exceeded the maximum allowed size',
    );
  });

  rule('an item may nest 31 levels below an attribute', async () => {
    const nested = (levels: number): AttributeValue => (levels === 0 ? N(1) : { L: [nested(levels - 1)] });
    expect(await refusal(put({ ...key('deep', '1'), x: nested(31) }))).toBe('accepted');
    expect(await refusal(put({ ...key('deep', '1'), x: nested(32) }))).toBe(
      'ValidationException: Nesting Levels have exceeded supported limits: ' +
        'Attributes in the item have nested levels beyond supported limit',
    );
  });

  const INVALID = 'One or more parameter values were invalid:';
  const badValues: [Record<string, unknown>, string][] = [
    [{ SS: [] }, `${INVALID} An string set  may not be empty`],
    [{ NS: [] }, `${INVALID} An number set  may not be empty`],
    [{ BS: [] }, `${INVALID} Binary sets should not be empty`],
    [{ NS: ['1', '1.0'] }, 'Input collection contains duplicates'],
    [{ NULL: false }, `${INVALID} Null attribute value types must have the value of true`],
    [{ N: '1e126' }, 'Number overflow. Attempting to store a number with magnitude larger than supported range'],
    [{ N: '-1e-131' }, 'Number underflow. Attempting to store a number with magnitude smaller than supported range'],
  ];

  rule('an item with an invalid value is refused', async () => {
    for (const [value, problem] of badValues) {
      const x = value as unknown as AttributeValue;
      expect(await refusal(put({ ...key('bad', '1'), x }))).toBe(`ValidationException: ${problem}`);
    }
  });

  rule('duplicate strings in a set and numbers that are not numeric are refused', async () => {
    expect(await refusal(put({ ...key('bad', '1'), x: { SS: ['a', 'a'] } }))).toBe(
      `ValidationException: ${INVALID} Input collection [a, a] contains duplicates.`,
    );
    expect(await refusal(put({ ...key('bad', '1'), x: N('abc') }))).toBe(
      'ValidationException: The parameter cannot be converted to a numeric value: abc',
    );
    expect(await refusal(put({ ...key('bad', '1'), x: N('1'.repeat(39)) }))).toBe(
      'ValidationException: Attempting to store more than 38 significant digits in a Number',
    );
  });

  rule('an attribute with an empty name is refused', async () => {
    expect(await refusal(put({ ...key('bad', '1'), '': N(1) }))).toBe('ValidationException: Empty attribute name');
  });
});

describe('a number', () => {
  const forms: [string, string][] = [
    ['0', '0'],
    ['-0.00', '0'],
    ['0e500', '0'],
    ['+5.', '5'],
    ['.5', '0.5'],
    ['00012', '12'],
    ['1.50', '1.5'],
    ['1e2', '100'],
    ['1E-7', '0.0000001'],
    ['-1.5e-7', '-0.00000015'],
    ['1e21', '1000000000000000000000'],
    ['12345678901234567890123456789012345678', '12345678901234567890123456789012345678'],
    ['9.9999999999999999999999999999999999999E+125', `${'9'.repeat(38)}${'0'.repeat(88)}`],
    ['1E-130', `0.${'0'.repeat(129)}1`],
  ];

  rule('a number is returned without needless zeros or an exponent', async () => {
    for (const [written, stored] of forms) {
      await client().send(new PutItemCommand({ TableName: numbered, Item: { id: N(written), v: N(written) } }));
      const { Item } = await client().send(new GetItemCommand({ TableName: numbered, Key: { id: N(stored) } }));
      expect(Item).toEqual({ id: N(stored), v: N(stored) });
    }
  });
});

describe('a key', () => {
  const EMPTY =
    'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty';

  rule('a key that does not match the table is refused', async () => {
    const wrong: Item[] = [
      { pk: S('a') },
      { pk: S('a'), sk: N(1) },
      { ...key('a', '1'), x: S('c') },
      { pk: S('a'), x: S('c') },
    ];
    for (const Key of wrong) {
      const problem = 'ValidationException: The provided key element does not match the schema';
      expect(await refusal(client().send(new GetItemCommand({ TableName, Key })))).toBe(problem);
      expect(await refusal(client().send(new DeleteItemCommand({ TableName, Key })))).toBe(problem);
    }
  });

  rule('an item without its key is refused', async () => {
    const INVALID = 'ValidationException: One or more parameter values were invalid:';
    expect(await refusal(put({ pk: S('a') }))).toBe(`${INVALID} Missing the key sk in the item`);
    expect(await refusal(put({ pk: S('a'), sk: N(1) }))).toBe(
      `${INVALID} Type mismatch for key sk expected: S actual: N`,
    );
    expect(await refusal(put({ ...key('a', '1'), score: S('x') }))).toBe(
      `${INVALID} Type mismatch for Index Key score Expected: N Actual: S IndexName: narrow`,
    );
  });

  rule('an empty key is refused', async () => {
    expect(await refusal(put({ pk: S(''), sk: S('1') }))).toBe(`ValidationException: ${EMPTY} string value. Key: pk`);
    expect(await refusal(get(key('a', '')))).toBe(`ValidationException: ${EMPTY} string value. Key: sk`);
    expect(await refusal(put({ ...key('a', '1'), team: S('') }))).toBe(
      'ValidationException: One or more parameter values are not valid. ' +
        'A value specified for a secondary index key is not supported. ' +
        'The AttributeValue for a key attribute cannot contain an empty string value. IndexName: narrow, IndexKey: team',
    );
  });

  rule('a partition key has at most 2048 bytes, a sort key 1024', async () => {
    expect(await refusal(put(key('ü'.repeat(1024), 'x'.repeat(1024))))).toBe('accepted');
    const INVALID = 'ValidationException: One or more parameter values were invalid:';
    expect(await refusal(put(key('x'.repeat(2049), '1')))).toBe(
      `${INVALID} Size of hashkey has exceeded the maximum size limit of2048 bytes`,
    );
    expect(await refusal(put(key('a', 'x'.repeat(1025))))).toBe(
      `${INVALID} Aggregated size of all range keys has exceeded the size limit of 1024 bytes`,
    );
  });
});

describe('a projection', () => {
  const ITEM: Item = {
    ...key('projection', '1'),
    n1: N(5),
    l: { L: [N(1), S('x'), { M: { z: N(9), y: N(8) } }] },
    m: { M: { a: N(1), b: { M: { c: S('d'), e: S('f') } } } },
  };
  const read = async (ProjectionExpression: string, ExpressionAttributeNames?: Record<string, string>) =>
    client().send(
      new GetItemCommand({
        TableName,
        Key: key('projection', '1'),
        ProjectionExpression,
        ...(ExpressionAttributeNames && { ExpressionAttributeNames }),
      }),
    );

  rule('a projection returns what is found at its paths', async () => {
    await put(ITEM);
    const examples: [string, Item][] = [
      ['n1, absent', { n1: N(5) }],
      ['m.a', { m: { M: { a: N(1) } } }],
      ['m.b.c, m.absent', { m: { M: { b: { M: { c: S('d') } } } } }],
      ['l[2], l[0]', { l: { L: [N(1), { M: { z: N(9), y: N(8) } }] } }],
      ['l[2].z, l[1]', { l: { L: [S('x'), { M: { z: N(9) } }] } }],
      ['absent, l[5], n1.x', {}],
    ];
    for (const [paths, expected] of examples) expect([paths, (await read(paths)).Item]).toEqual([paths, expected]);
    expect((await read('#a.#b', { '#a': 'm', '#b': 'a' })).Item).toEqual({ m: { M: { a: N(1) } } });
  });

  rule("an invalid projection is refused with the service's own message", async () => {
    const OVERLAP = 'must remove or rewrite one of these paths; path one:';
    const refused: [string, string][] = [
      ['', 'Invalid ProjectionExpression: The expression can not be empty;'],
      ['n1,', 'Invalid ProjectionExpression: Syntax error; token: "<EOF>", near: ","'],
      ['n1 s1', 'Invalid ProjectionExpression: Syntax error; token: "s1", near: "n1 s1"'],
      ['size(n1)', 'Invalid ProjectionExpression: Syntax error; token: "(", near: "size(n1"'],
      ['m.status', 'Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: status'],
      [
        '#x',
        'Invalid ProjectionExpression: An expression attribute name used in the document path is not defined; attribute name: #x',
      ],
      [
        'm.b, m.b.c',
        `Invalid ProjectionExpression: Two document paths overlap with each other; ${OVERLAP} [m, b], path two: [m, b, c]`,
      ],
      [
        'm.a, m[0]',
        `Invalid ProjectionExpression: Two document paths conflict with each other; ${OVERLAP} [m, a], path two: [m, [0]]`,
      ],
      ['pk.x', "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk"],
    ];
    for (const [paths, problem] of refused) {
      expect([paths, await refusal(read(paths))]).toEqual([paths, `ValidationException: ${problem}`]);
    }
  });
});

describe('a request', () => {
  rule('a request for a table that does not exist is refused', async () => {
    const request = new GetItemCommand({ TableName: 'hawser-none', Key: key('a', '1') });
    expect(await refusal(client().send(request))).toBe('ResourceNotFoundException: Requested resource not found');
  });

  rule('a put or delete can return only old values', async () => {
    expect(await refusal(put(key('a', '1'), { ReturnValues: 'ALL_NEW' }))).toBe(
      'ValidationException: ReturnValues can only be ALL_OLD or NONE',
    );
  });

  rule('a parameter that is not honoured is refused with 501', async () => {
    const legacy = put(key('a', '1'), { Expected: { pk: { Exists: false } } });
    await expect(legacy).rejects.toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
  });

  rule('a value outside of its enumeration is refused', async () => {
    const ReturnConsumedCapacity = 'SOME' as PutItemCommandInput['ReturnConsumedCapacity'];
    expect(await refusal(put(key('a', '1'), { ReturnConsumedCapacity }))).toBe(
      "ValidationException: 1 validation error detected: Value 'SOME' at 'returnConsumedCapacity' failed to satisfy constraint: " +
        'Member must satisfy enum value set: [INDEXES, TOTAL, NONE]',
    );
  });
});
