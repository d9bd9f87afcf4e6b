import { PutItemCommand, type PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect } from 'vitest';
import { dynamoSuite, type Item, key, N, PAIR, refusal, rule, S } from './suite.ts';

const { client, makeTable } = dynamoSuite();

const ITEM: Item = {
  ...key('a', '1'),
  number: N(5),
  text: S('hello'),
  blob: { B: Buffer.from([1, 2, 3]) },
  flag: { BOOL: true },
  nothing: { NULL: true },
  strings: { SS: ['x', 'y'] },
  numbers: { NS: ['1', '2'] },
  blobs: { BS: [Buffer.from([1]), Buffer.from([2])] },
  items: { L: [N(1), S('x'), { M: { z: N(9) } }] },
  doc: { M: { a: N(1), b: { M: { c: S('d') } } } },
};

let TableName: string;
beforeAll(async () => {
  TableName = await makeTable(PAIR);
  await client().send(new PutItemCommand({ TableName, Item: ITEM }));
});

/** Writes the item as it is under a condition. */
function put(ConditionExpression: string, more: Partial<PutItemCommandInput> = {}): Promise<string> {
  return refusal(client().send(new PutItemCommand({ TableName, Item: ITEM, ConditionExpression, ...more })));
}

function putWith(expression: string, values: Item, names?: Record<string, string>): Promise<string> {
  return put(expression, {
    ExpressionAttributeValues: values,
    ...(names && { ExpressionAttributeNames: names }),
  });
}

const FAILED = 'ConditionalCheckFailedException: The conditional request failed';
const V = { ':v': N(5) };

describe('a condition', () => {
  const holds: [string, Item][] = [
    ['#n = :v', V],
    ['#n = :v', { ':v': N('5.0') }],
    [':v = #n', V],
    ['#n <> :v', { ':v': N(6) }],
    ['#n <> :v', { ':v': S('5') }],
    ['absent <> #n', {}],
    ['#n < :v', { ':v': N(10) }],
    ['#n <= :v', V],
    ['#n > :v', { ':v': N('4.99999999999999999999999999999999999') }],
    ['#n >= :v', V],
    ['#n BETWEEN :v AND :v', V],
    ['#n between :v and :w', { ':v': N(-1), ':w': N('1e3') }],
    ['#n IN (:v)', V],
    ['#n in (:w, doc.a, :v)', { ...V, ':w': S('5') }],
    ['NOT #n = :v', { ':v': N(6) }],
    ['NOT NOT #n = :v', V],
    ['#n = :v AND NOT (#n > :v OR #n < :v)', V],
    ['#n = :v OR absent = :v AND absent = :v', V],
    ['(#n = :v OR absent = :v) AND #n = :v', V],
    ['\n#n\t=\r\n:v', V],
    ['(#n) = (:v)', V],
    ['#t = :v', { ':v': S('hello') }],
    ['#t > :v', { ':v': S('HELLO') }],
    ['strings = :v', { ':v': { SS: ['y', 'x'] } }],
    ['numbers = :v', { ':v': { NS: ['2.0', '1'] } }],
    ['#i = :v', { ':v': { L: [N('1.0'), S('x'), { M: { z: N(9) } }] } }],
    ['doc = :v', { ':v': { M: { b: { M: { c: S('d') } }, a: N(1) } } }],
    ['attribute_exists(#n)', {}],
    ['attribute_exists(doc.b.c)', {}],
    ['attribute_exists(#i[2].z)', {}],
    ['attribute_exists(#i [ 2 ] . z)', {}],
    ['attribute_not_exists(#i[3])', {}],
    ['attribute_not_exists(doc.b.c.d)', {}],
    ['attribute_not_exists(toString)', {}],
    ['attribute_type(#n, :v)', { ':v': S('N') }],
    ['attribute_type(nothing, :v)', { ':v': S('NULL') }],
    ['attribute_type(doc, :v)', { ':v': S('M') }],
    ['begins_with(#t, :v)', { ':v': S('hel') }],
    ['begins_with(#b, :v)', { ':v': { B: Buffer.from([1, 2]) } }],
    ['contains(#t, :v)', { ':v': S('ell') }],
    ['contains(#b, :v)', { ':v': { B: Buffer.from([2, 3]) } }],
    ['contains(strings, :v)', { ':v': S('x') }],
    ['contains(numbers, :v)', { ':v': N('2.00') }],
    ['contains(blobs, :v)', { ':v': { B: Buffer.from([2]) } }],
    ['contains(#i, :v)', { ':v': { M: { z: N(9) } } }],
    ['contains(:v, #t)', { ':v': S('say hello') }],
    ['size(#t) = :v', V],
    ['size(#b) = :v', { ':v': N(3) }],
    ['size(strings) = :v', { ':v': N(2) }],
    ['size(#i) = size(:v)', { ':v': S('abc') }],
    ['size(doc) < #n', {}],
  ];
  const fails: [string, Item][] = [
    ['#n = :v', { ':v': S('5') }],
    ['#n < :v', { ':v': S('9') }],
    ['absent = :v', V],
    ['absent < :v', V],
    ['absent = absent2', {}],
    ['NOT absent <> :v', V],
    ['#n BETWEEN :v AND :w', { ':v': N(6), ':w': N(7) }],
    ['#n IN (:v)', { ':v': N(6) }],
    ['size(#n) = :v', V],
    ['size(flag) = :v', V],
    ['contains(#n, :v)', V],
    ['contains(strings, :v)', { ':v': { SS: ['x'] } }],
    ['begins_with(#n, :v)', { ':v': S('5') }],
    ['attribute_exists(absent)', {}],
    ['attribute_exists(#n.a)', {}],
    ['#n[0] = :v', V],
  ];
  const names = { '#n': 'number', '#t': 'text', '#i': 'items', '#b': 'blob' };
  const namesIn = (expression: string) =>
    Object.fromEntries(
      Object.entries(names).filter(([placeholder]) => new RegExp(`${placeholder}\\b`).test(expression)),
    );

  async function outcome([expression, values]: [string, Item]): Promise<string> {
    const used = namesIn(expression);
    return put(expression, {
      ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
      ...(Object.keys(used).length > 0 && { ExpressionAttributeNames: used }),
    });
  }

  rule('a put with a true condition is accepted', async () => {
    for (const example of holds) expect([example[0], await outcome(example)]).toEqual([example[0], 'accepted']);
  });

  rule('a put with a false condition fails', async () => {
    for (const example of fails) expect([example[0], await outcome(example)]).toEqual([example[0], FAILED]);
  });

  rule('a failed condition returns the item on request', async () => {
    const request = new PutItemCommand({
      TableName,
      Item: ITEM,
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    await expect(client().send(request)).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: { pk: S('a'), doc: ITEM.doc },
    });
  });

  rule('a condition on a missing item sees no attributes', async () => {
    const request = (ConditionExpression: string) =>
      refusal(client().send(new PutItemCommand({ TableName, Item: key('new', '1'), ConditionExpression })));
    expect(await request('attribute_exists(pk)')).toBe(FAILED);
    expect(await request('attribute_not_exists(pk)')).toBe('accepted');
    expect(await request('attribute_not_exists(pk)')).toBe(FAILED);
  });
});

describe('a condition expression', () => {
  const refused: [string, Item | undefined, string][] = [
    ['', V, 'The expression can not be empty;'],
    ['   ', V, 'Syntax error; token: "<EOF>", near: "   "'],
    ['n1', V, 'Syntax error; token: "<EOF>", near: "n1"'],
    ['n1 =  ', V, 'Syntax error; token: "<EOF>", near: "=  "'],
    [' = n1', V, 'Syntax error; token: "=", near: " = n1"'],
    ['n1 == :v', V, 'Syntax error; token: "=", near: "== :v"'],
    ['n1 != :v', V, 'Syntax error; token: "!", near: "n1 !="'],
    ['n1 => :v', V, 'Syntax error; token: ">", near: "=> :v"'],
    ['n1 = :v  )  ', V, 'Syntax error; token: ")", near: ":v  )  "'],
    ['(n1 = :v', V, 'Syntax error; token: "<EOF>", near: ":v"'],
    ['n1 = :v AND', V, 'Syntax error; token: "<EOF>", near: "AND"'],
    ['n1 = :v AND OR n1', V, 'Syntax error; token: "OR", near: "AND OR n1"'],
    ['and = :v', V, 'Syntax error; token: "and", near: "and ="'],
    ['set = :v', V, 'Syntax error; token: "set", near: "set ="'],
    ['n1 IN ()', V, 'Syntax error; token: ")", near: "()"'],
    ['n1 IN :v', V, 'Syntax error; token: ":v", near: "IN :v"'],
    ['n1 between (n1 and n1) and n1 = :v', V, 'Syntax error; token: "and", near: "n1 and n1"'],
    ['n1 = :v + :v', V, 'Syntax error; token: "+", near: ":v + :v"'],
    ['n1 = 5', V, 'Syntax error; token: "5", near: "= 5"'],
    ["n1 = 'a'", V, 'Syntax error; token: "\'", near: "= \'a"'],
    ['_n = :v', V, 'Syntax error; token: "_", near: "_n"'],
    ['1n = :v', V, 'Syntax error; token: "1", near: "1n"'],
    ['n1 : v', V, 'Syntax error; token: ":", near: "n1 : v"'],
    ['n1[-1] = :v', V, 'Syntax error; token: "-", near: "[-1"'],
    ['n1[00] = :v', V, 'Syntax error; token: "0", near: "00]"'],
    ['m..a = :v', V, 'Syntax error; token: ".", near: "..a"'],
    ['é = :v', V, 'Syntax error; token: "é", near: "é ="'],
    ['size(n1 = :v)', V, 'Syntax error; token: "=", near: "n1 = :v"'],
    ['n1[99999999999] = :v', V, 'List index is not within the allowable range; index: [99999999999]'],
    [`${'a.'.repeat(32)}a = :v`, V, 'The document path has too many nesting levels; nesting levels: 33'],
    ['((n1 = :v))', V, 'The expression has redundant parentheses;'],
    ['n1 = ((:v)) AND foo(n1)', V, 'The expression has redundant parentheses;'],
    ['status = :v', V, 'Attribute name is a reserved keyword; reserved keyword: status'],
    ['n1 = :x AND doc.Status = :v', V, 'Attribute name is a reserved keyword; reserved keyword: Status'],
    ['foo(status) AND n1 = :v', V, 'Invalid function name; function: foo'],
    ['Attribute_exists(n1)', V, 'Invalid function name; function: Attribute_exists'],
    ['if_not_exists(n1, :v)', V, 'The function is not allowed in a condition expression; function: if_not_exists'],
    ['size(n1)', V, 'The function is not allowed to be used this way in an expression; function: size'],
    [
      'n1 = attribute_exists(n1)',
      V,
      'The function is not allowed to be used this way in an expression; function: attribute_exists',
    ],
    [
      'attribute_exists(n1, n2)',
      V,
      'Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2',
    ],
    [
      'attribute_exists(:v)',
      V,
      'Operator or function requires a document path; operator or function: attribute_exists',
    ],
    ['n1 = :x', V, 'An expression attribute value used in expression is not defined; attribute value: :x'],
    ['#x = :x', V, 'An expression attribute name used in the document path is not defined; attribute name: #x'],
    [
      'n1 = n1 AND n1 = :v',
      V,
      'The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [n1]',
    ],
    [
      'contains(doc.a[0], doc.a[0]) AND n1 = :v',
      V,
      'The first operand must be distinct from the remaining operands for this operator or function; operator: contains, first operand: [doc, a, [0]]',
    ],
    [
      'n1 < :v',
      { ':v': { BOOL: true } },
      'Incorrect operand type for operator or function; operator or function: <, operand type: BOOL',
    ],
    [
      'begins_with(n1, :v)',
      V,
      'Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
    ],
    [
      'size(size(n1)) = :v',
      V,
      'Incorrect operand type for operator or function; operator or function: size, operand type: N',
    ],
    [
      'n1 BETWEEN :a AND :b',
      { ':a': N(5), ':b': N(3) },
      'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:5}, upper bound operand: AttributeValue: {N:3}',
    ],
    [
      'n1 BETWEEN :a AND :b',
      { ':a': N(5), ':b': S('3') },
      'The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:5}, upper bound operand: AttributeValue: {S:3}',
    ],
    [
      `n1 IN (${Array(101).fill(':v').join(',')})`,
      V,
      'The IN operator is provided with too many operands; number of operands: 101',
    ],
    [Array(301).fill('n1=:v').join(' OR '), V, 'The expression contains too many operators; operator count: 301'],
    [
      Array(700).fill('n1=:v').join(' AND '),
      V,
      'Expression size has exceeded the maximum allowed size; expression size: 6995',
    ],
  ];

  rule("an invalid condition expression is refused with the service's own message", async () => {
    for (const [expression, values, problem] of refused) {
      const message = `ValidationException: Invalid ConditionExpression: ${problem}`;
      expect([expression, await put(expression, { ExpressionAttributeValues: values })]).toEqual([expression, message]);
    }
  });

  rule('the refusal of an unknown attribute_type names the valid types', async () => {
    expect(await putWith('attribute_type(n1, :v)', { ':v': S('Z') })).toBe(
      'ValidationException: Invalid ConditionExpression: Invalid attribute type name found; type: Z, ' +
        'valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}',
    );
  });

  rule('a condition expression may use 300 operators', async () => {
    expect(await putWith(Array(150).fill('a<:v').join(' OR '), V)).toBe(FAILED);
  });
});

describe('expression attribute names and values', () => {
  const cases: [Partial<PutItemCommandInput>, string][] = [
    [
      { ExpressionAttributeNames: { '#a': 'b' } },
      'ExpressionAttributeNames can only be specified when using expressions',
    ],
    [
      { ExpressionAttributeValues: V },
      'ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null',
    ],
    [
      { ConditionExpression: 'n1 = :v', ExpressionAttributeValues: { ...V, ':x': N(1), ':y': N(1) } },
      'Value provided in ExpressionAttributeValues unused in expressions: keys: {:x, :y}',
    ],
    [
      { ConditionExpression: 'n1 = :v', ExpressionAttributeValues: V, ExpressionAttributeNames: { '#b': 'x' } },
      'Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}',
    ],
    [{ ConditionExpression: 'n1 = :v', ExpressionAttributeValues: {} }, 'ExpressionAttributeValues must not be empty'],
    [
      { ConditionExpression: '#a = :v', ExpressionAttributeNames: {}, ExpressionAttributeValues: V },
      'ExpressionAttributeNames must not be empty',
    ],
    [
      { ConditionExpression: 'n1 = :v', ExpressionAttributeValues: { v: N(1) } },
      'ExpressionAttributeValues contains invalid key: Syntax error; key: "v"',
    ],
    [
      { ConditionExpression: '#a = n1', ExpressionAttributeNames: { '#a-b': 'x' } },
      'ExpressionAttributeNames contains invalid key: Syntax error; key: "#a-b"',
    ],
    [
      { ConditionExpression: '#a = n1', ExpressionAttributeNames: { '#a': '' } },
      'ExpressionAttributeNames contains invalid value: Empty attribute name for key #a',
    ],
    [
      { ConditionExpression: 'n1 = :v', ExpressionAttributeValues: { ':v': { SS: [] } } },
      'ExpressionAttributeValues contains invalid value: One or more parameter values were invalid: An string set  may not be empty for key :v',
    ],
    [
      { ConditionExpression: 'n1 = :v', ExpressionAttributeValues: { ':v': N('1e126') } },
      'ExpressionAttributeValues contains invalid value: Number overflow. Attempting to store a number with magnitude larger than supported range for key :v',
    ],
  ];

  rule('malformed, unused or pointless names and values are refused', async () => {
    for (const [parameters, problem] of cases) {
      const request = client().send(new PutItemCommand({ TableName, Item: ITEM, ...parameters }));
      expect(await refusal(request)).toBe(`ValidationException: ${problem}`);
    }
  });

  rule('a placeholder may stand for a name with dots or a reserved word', async () => {
    expect(await putWith('#a = :v', V, { '#a': 'doc.a' })).toBe(FAILED);
    expect(await putWith('#a = :v', V, { '#a': 'status' })).toBe(FAILED);
  });
});
