import {
  GetItemCommand,
  PutItemCommand,
  type ReturnValue,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, beforeEach, describe, expect } from 'vitest';
import { dynamoSuite, INDEXED, type Item, key, N, refusal, rule, S } from './suite.ts';

const { client, makeTable } = dynamoSuite();
const KEY = key('a', '1');
const ATTRIBUTES: Item = {
  n1: N(5),
  s1: S('hello'),
  l: { L: [N(1), S('x'), { M: { z: N(9) } }] },
  m: { M: { a: N(1), b: { M: { c: S('d') } } } },
  ss: { SS: ['x', 'y'] },
  ns: { NS: ['1', '2'] },
};

let TableName: string;
beforeAll(async () => {
  TableName = await makeTable(INDEXED);
});
beforeEach(async () => {
  await client().send(new PutItemCommand({ TableName, Item: { ...KEY, ...ATTRIBUTES } }));
});

function update(UpdateExpression: string, values?: Item, more: Partial<UpdateItemCommandInput> = {}) {
  return client().send(
    new UpdateItemCommand({
      TableName,
      Key: KEY,
      UpdateExpression,
      ...(values && { ExpressionAttributeValues: values }),
      ...more,
    }),
  );
}

/** The attributes that an update has changed, after the update; `null` for those that are gone. */
async function changes(expression: string, values?: Item): Promise<Record<string, unknown>> {
  await client().send(new PutItemCommand({ TableName, Item: { ...KEY, ...ATTRIBUTES } }));
  const { Attributes = {} } = await update(expression, values, { ReturnValues: 'ALL_NEW' });
  const names = new Set([...Object.keys(ATTRIBUTES), ...Object.keys(Attributes)]);
  const changed: Record<string, unknown> = {};
  for (const name of names) {
    if (name === 'pk' || name === 'sk') continue;
    if (JSON.stringify(Attributes[name]) !== JSON.stringify(ATTRIBUTES[name])) changed[name] = Attributes[name] ?? null;
  }
  return changed;
}

const V = { ':v': N(5) };
const ONE: Item = { ':v': { L: [N(1)] } };

describe('an update', () => {
  const examples: [string, Item | undefined, Record<string, unknown>][] = [
    ['SET n2 = :v', V, { n2: N(5) }],
    ['set n1 = n1 + :v', V, { n1: N(10) }],
    ['SET n1 = :v - n1', { ':v': N('0.1') }, { n1: N('-4.9') }],
    ['SET n1=n1-:v', V, { n1: N(0) }],
    ['SET n1 = (n1 + :v)', V, { n1: N(10) }],
    ['SET n1 = (n1) + (:v)', V, { n1: N(10) }],
    ['SET n1 = n1 + :v', { ':v': N('1e37') }, { n1: N('10000000000000000000000000000000000005') }],
    ['SET n1 = s1, s1 = n1', undefined, { n1: S('hello'), s1: N(5) }],
    ['SET n2 = if_not_exists(n2, :v), n1 = if_not_exists(n1, :w)', { ...V, ':w': N(1) }, { n2: N(5) }],
    ['SET n2 = if_not_exists(n2, :v) + :v', V, { n2: N(10) }],
    ['SET n2 = if_not_exists(a.b.c, if_not_exists(d, :v))', V, { n2: N(5) }],
    ['SET l2 = list_append(l, :v)', ONE, { l2: { L: [N(1), S('x'), { M: { z: N(9) } }, N(1)] } }],
    ['SET l2 = list_append(if_not_exists(l2, :v), :v)', ONE, { l2: { L: [N(1), N(1)] } }],
    ['SET l[0] = :v', V, { l: { L: [N(5), S('x'), { M: { z: N(9) } }] } }],
    ['SET l[2].z = :v', V, { l: { L: [N(1), S('x'), { M: { z: N(5) } }] } }],
    [
      'SET l[9] = :a, l[7] = :b',
      { ':a': S('a'), ':b': S('b') },
      { l: { L: [N(1), S('x'), { M: { z: N(9) } }, S('b'), S('a')] } },
    ],
    ['SET l[0] = :v REMOVE l[1]', V, { l: { L: [N(5), { M: { z: N(9) } }] } }],
    ['SET l[3] = :v REMOVE l[0]', V, { l: { L: [S('x'), { M: { z: N(9) } }, N(5)] } }],
    ['REMOVE l[0], l[1]', undefined, { l: { L: [{ M: { z: N(9) } }] } }],
    ['REMOVE l[0], l[2].z', undefined, { l: { L: [S('x'), { M: {} }] } }],
    ['REMOVE l[9], absent, m.absent', undefined, {}],
    ['REMOVE n1, m.b.c', undefined, { n1: null, m: { M: { a: N(1), b: { M: {} } } } }],
    ['REMOVE m.a SET n2 = m.a', undefined, { m: { M: { b: { M: { c: S('d') } } } }, n2: N(1) }],
    ['SET m.a = m.b, m.b = m.a', undefined, { m: { M: { a: { M: { c: S('d') } }, b: N(1) } } }],
    ['SET m.c = :v', V, { m: { M: { a: N(1), b: { M: { c: S('d') } }, c: N(5) } } }],
    ['ADD n1 :v, n2 :v', V, { n1: N(10), n2: N(5) }],
    ['ADD m.a :v', V, { m: { M: { a: N(6), b: { M: { c: S('d') } } } } }],
    ['ADD ss :v', { ':v': { SS: ['z', 'x'] } }, { ss: { SS: ['x', 'y', 'z'] } }],
    ['ADD ns :v', { ':v': { NS: ['2.0', '10'] } }, { ns: { NS: ['1', '2', '10'] } }],
    ['ADD s2 :v', { ':v': { SS: ['z'] } }, { s2: { SS: ['z'] } }],
    ['DELETE ss :v', { ':v': { SS: ['x', 'q'] } }, { ss: { SS: ['y'] } }],
    ['DELETE ns :v', { ':v': { NS: ['1', '2.00'] } }, { ns: null }],
    ['DELETE absent :v', { ':v': { SS: ['x'] } }, {}],
    [
      'DELETE ss :s REMOVE s1 ADD n2 :v SET n1 = :v',
      { ...V, ':s': { SS: ['x'] } },
      { ss: { SS: ['y'] }, s1: null, n2: N(5) },
    ],
    ['SET e = :s, m2 = :m', { ':s': S(''), ':m': { M: {} } }, { e: S(''), m2: { M: {} } }],
  ];

  rule('an update sets, removes, adds and deletes', async () => {
    for (const [expression, values, expected] of examples) {
      expect([expression, await changes(expression, values)]).toEqual([expression, expected]);
    }
  });

  rule('an update creates a missing item', async () => {
    const Key = key('new', '1');
    await update('SET n1 = :v', V, { Key });
    expect((await client().send(new GetItemCommand({ TableName, Key }))).Item).toEqual({ ...Key, n1: N(5) });
    await client().send(new UpdateItemCommand({ TableName, Key: key('bare', '1') }));
    expect((await client().send(new GetItemCommand({ TableName, Key: key('bare', '1') }))).Item).toEqual(
      key('bare', '1'),
    );
  });

  rule('an update that only removes or deletes creates no item', async () => {
    const removals: [string, Item | undefined][] = [
      ['REMOVE n1', undefined],
      ['DELETE ss :s', { ':s': { SS: ['x'] } }],
      ['REMOVE n1 DELETE ss :s', { ':s': { SS: ['x'] } }],
    ];
    const Key = key('removed', '1');
    for (const [expression, values] of removals) {
      for (const ReturnValues of ['NONE', 'ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW'] as const) {
        const response = await update(expression, values, { Key, ReturnValues });
        expect([expression, ReturnValues, response.Attributes]).toEqual([expression, ReturnValues, undefined]);
      }
      expect((await client().send(new GetItemCommand({ TableName, Key }))).Item).toBeUndefined();
    }
    await update('REMOVE n1 ADD n2 :v', V, { Key });
    expect((await client().send(new GetItemCommand({ TableName, Key }))).Item).toEqual({ ...Key, n2: N(5) });
  });

  rule('an update whose condition fails changes nothing', async () => {
    const request = update('SET n1 = :v', V, {
      ConditionExpression: 'n1 > :v',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    await expect(request).rejects.toMatchObject({ name: 'ConditionalCheckFailedException', Item: { n1: N(5) } });
  });

  const returned = async (ReturnValues: ReturnValue, Key: Item = KEY) =>
    (await update('SET n1 = :v, n2 = :v REMOVE s1', { ':v': N(6) }, { ReturnValues, Key })).Attributes;

  rule('an update returns what ReturnValues asks for', async () => {
    expect(await returned('NONE')).toBeUndefined();
    expect(await returned('ALL_OLD')).toMatchObject({ n1: N(6), n2: N(6), ss: ATTRIBUTES.ss });
    expect(await returned('UPDATED_OLD')).toEqual({ n1: N(6), n2: N(6) });
    expect(await returned('UPDATED_NEW')).toEqual({ n1: N(6), n2: N(6) });
    expect(await returned('ALL_NEW')).toMatchObject({ pk: S('a'), n1: N(6), n2: N(6), ns: ATTRIBUTES.ns });
    expect(await returned('UPDATED_OLD', key('none', '1'))).toBeUndefined();
    expect(await returned('ALL_OLD', key('none', '2'))).toBeUndefined();
  });

  rule('an update returns only the parts of a document that it touched', async () => {
    const { Attributes } = await update('SET m.a = :v, l[2].z = :v', V, { ReturnValues: 'UPDATED_NEW' });
    expect(Attributes).toEqual({ m: { M: { a: N(5) } }, l: { L: [{ M: { z: N(5) } }] } });
  });
});

describe('an invalid update', () => {
  const OVERLAP = 'must remove or rewrite one of these paths; path one:';
  const syntax: [string, Item | undefined, string][] = [
    ['', V, 'The expression can not be empty;'],
    ['SET', V, 'Syntax error; token: "<EOF>", near: "SET"'],
    ['SET n1 = :v,', V, 'Syntax error; token: "<EOF>", near: ","'],
    ['n1 = :v', V, 'Syntax error; token: "n1", near: "n1 ="'],
    ['SET n1 = :v foo', V, 'Syntax error; token: "foo", near: ":v foo"'],
    ['SET n1 = n1 * :v', V, 'Syntax error; token: "*", near: "n1 * :v"'],
    ['SET n1 = n1 + n1 + :v', V, 'Syntax error; token: "+", near: "n1 + :v"'],
    ['SET n1 = (n1 + :v) + n1', V, 'Syntax error; token: "+", near: ") + n1"'],
    ['SET n1 = -:v', V, 'Syntax error; token: "-", near: "= -:v"'],
    ['SET n1 = if_not_exists(n1, :v+:v)', V, 'Syntax error; token: "+", near: ":v+:v"'],
    ['ADD n1 n2', undefined, 'Syntax error; token: "n2", near: "n1 n2"'],
    ['DELETE ss', undefined, 'Syntax error; token: "<EOF>", near: "ss"'],
    ['SET n1 = ((n1 + :v))', V, 'The expression has redundant parentheses;'],
    ['SET n1 = :v SET n2 = :v', V, 'The "SET" section can only be used once in an update expression;'],
    ['SET status = :v', V, 'Attribute name is a reserved keyword; reserved keyword: status'],
    ['SET n1 = :v REMOVE status SET x = :v', V, 'Attribute name is a reserved keyword; reserved keyword: status'],
    ['SET n1 = foo(n1)', undefined, 'Invalid function name; function: foo'],
    ['SET n1 = size(l)', undefined, 'The function is not allowed in an update expression; function: size'],
    [
      'SET n1 = n1 + list_append(l, l)',
      undefined,
      'The function is not allowed to be used this way in an expression; function: list_append',
    ],
    [
      'SET n1 = if_not_exists(n1)',
      undefined,
      'Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1',
    ],
    [
      'SET n1 = if_not_exists(:v, n1)',
      V,
      'Operator or function requires a document path; operator or function: if_not_exists',
    ],
    [
      'SET n1 = if_not_exists(n1, n1)',
      undefined,
      'The first operand must be distinct from the remaining operands for this operator or function; operator: if_not_exists, first operand: [n1]',
    ],
    [
      'SET l = list_append(l, :v)',
      V,
      'Incorrect operand type for operator or function; operator or function: list_append, operand type: N',
    ],
    [
      'SET n1 = n1 + :v',
      { ':v': S('x') },
      'Incorrect operand type for operator or function; operator or function: +, operand type: S',
    ],
    [
      'ADD n1 :v',
      { ':v': S('x') },
      'Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND',
    ],
    [
      'DELETE n1 :v',
      V,
      'Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND',
    ],
    ['SET n1 = :v, n1 = :x', V, `Two document paths overlap with each other; ${OVERLAP} [n1], path two: [n1]`],
    ['SET m.a = :v REMOVE m', V, `Two document paths overlap with each other; ${OVERLAP} [m, a], path two: [m]`],
    [
      'SET m.a = :v, m[0] = :v',
      V,
      `Two document paths conflict with each other; ${OVERLAP} [m, a], path two: [m, [0]]`,
    ],
    ['SET n1 = :x', V, 'An expression attribute value used in expression is not defined; attribute value: :x'],
    ['SET #x = :v', V, 'An expression attribute name used in the document path is not defined; attribute name: #x'],
  ];
  const ofItem: [string, Item | undefined, string][] = [
    ['SET absent.x = :v', V, 'The document path provided in the update expression is invalid for update'],
    ['SET n1.x = :v', V, 'The document path provided in the update expression is invalid for update'],
    ['SET m[0] = :v', V, 'The document path provided in the update expression is invalid for update'],
    ['REMOVE absent[0]', undefined, 'The document path provided in the update expression is invalid for update'],
    [
      'DELETE absent.x :v',
      { ':v': { SS: ['x'] } },
      'The document path provided in the update expression is invalid for update',
    ],
    ['SET n1 = absent', undefined, 'The provided expression refers to an attribute that does not exist in the item'],
    ['SET n1 = l[7]', undefined, 'The provided expression refers to an attribute that does not exist in the item'],
    ['SET n1 = s1 + :v', V, 'An operand in the update expression has an incorrect data type'],
    ['ADD s1 :v', V, 'An operand in the update expression has an incorrect data type'],
    ['DELETE ns :v', { ':v': { SS: ['1'] } }, 'An operand in the update expression has an incorrect data type'],
    [
      'SET pk = :v',
      V,
      'One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key',
    ],
    [
      'REMOVE sk.x',
      undefined,
      'One or more parameter values were invalid: Cannot update attribute sk. This attribute is part of the key',
    ],
    ['SET x = :v', { ':v': S('x'.repeat(400 * 1024)) }, 'Item size to update has exceeded the maximum allowed size'],
    [
      'SET team = :v',
      { ':v': S('') },
      'One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value.',
    ],
  ];

  rule("an invalid update expression is refused with the service's own message", async () => {
    for (const [expression, values, problem] of syntax) {
      const message = `ValidationException: Invalid UpdateExpression: ${problem}`;
      expect([expression, await refusal(update(expression, values))]).toEqual([expression, message]);
    }
  });

  rule('an update that does not fit the item is refused', async () => {
    for (const [expression, values, problem] of ofItem) {
      expect([expression, await refusal(update(expression, values))]).toEqual([
        expression,
        `ValidationException: ${problem}`,
      ]);
    }
  });

  rule('an update that makes a number too large is refused', async () => {
    expect(await refusal(update('ADD n1 :v', { ':v': N('9e125') }, { Key: key('huge', '1') }))).toBe('accepted');
    expect(await refusal(update('ADD n1 :v', { ':v': N('9e125') }, { Key: key('huge', '1') }))).toBe(
      'ValidationException: Number overflow. Attempting to store a number with magnitude larger than supported range',
    );
  });

  rule('an update that gives an index key the wrong type is refused', async () => {
    expect(await refusal(update('SET team = :v', V))).toBe(
      'ValidationException: One or more parameter values were invalid: ' +
        'Type mismatch for Index Key team Expected: S Actual: N IndexName: narrow',
    );
  });
});
