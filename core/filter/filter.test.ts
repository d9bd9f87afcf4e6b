import { describe, expect, it } from 'vitest';
import { matches, requestWith, verdictOf } from './filter.fixture.ts';
import { type Filter, filterField } from './filter.ts';

const order = requestWith(
  '{"type":"order.paid","amount":120,"customer":{"id":7,"vip":true},"note":null,"tags":["a","b"]}',
);
const onBody = (body: unknown) => matches({ body }, order);

describe('a condition', () => {
  it.each([
    [{ amount: 120 }, true],
    [{ amount: '120' }, false],
    [{ amount: { $eq: 120 } }, true],
    [{ amount: { $ne: 120 } }, false],
    [{ missing: { $ne: 120 } }, true],
    [{ amount: { $gt: 119.5 } }, true],
    [{ amount: { $gt: 120 } }, false],
    [{ amount: { $gte: 120, $lt: 121 } }, true],
    [{ amount: { $lte: 119 } }, false],
    [{ amount: { $gt: '1' } }, false],
    [{ type: { $gte: 'order', $lt: 'ordes' } }, true],
    [{ type: { $in: ['order.made', 'order.paid'] } }, true],
    [{ type: { $nin: ['order.made', 'order.paid'] } }, false],
    [{ missing: { $nin: ['order.made'] } }, true],
    [{ note: { $exists: true } }, true],
    [{ missing: { $exists: true } }, false],
    [{ missing: { $exists: false } }, true],
    [{ customer: { $exists: true } }, true],
    [{ note: null }, true],
    [{ missing: null }, true],
    [{ amount: null }, false],
    [{ type: { $regex: '^order\\.' } }, true],
    [{ type: { $regex: '^ORDER' } }, false],
    [{ type: { $regex: '(?i)^ORDER' } }, true],
    [{ amount: { $regex: '120' } }, false],
    [{ amount: { $not: { $gt: 500 } } }, true],
    [{ missing: { $not: { $gt: 500 } } }, true],
    [{ type: { $not: { $regex: 'paid$' } } }, false],
    [{ amount: 120, type: 'order.made' }, false],
  ])('the condition %j on the body evaluates to %s', (body, expected) => {
    expect(onBody(body)).toBe(expected);
  });
});

describe('a field of the body', () => {
  it('a field is given by nesting or by a path with dots', () => {
    expect(onBody({ customer: { id: 7 } })).toBe(true);
    expect(onBody({ 'customer.id': 7 })).toBe(true);
    expect(onBody({ customer: { id: 8 } })).toBe(false);
    expect(onBody({ 'amount.id': 7 })).toBe(false);
  });

  it("a dot or dollar sign in a field's name is escaped with a backslash", () => {
    const request = requestWith('{"a.b":1,"$ref":2}');
    expect(matches({ body: { 'a\\.b': 1, '\\$ref': 2 } }, request)).toBe(true);
    expect(matches({ body: { 'a.b': 1 } }, request)).toBe(false);
  });

  it('a condition on a list holds for any of its elements', () => {
    expect(onBody({ tags: 'b' })).toBe(true);
    expect(onBody({ tags: 'c' })).toBe(false);
    expect(onBody({ tags: { $ne: 'b' } })).toBe(false);
    expect(matches({ body: { tags: { $exists: true } } }, requestWith('{"tags":[]}'))).toBe(true);
  });

  it('a field below a list is that of any element, or of the one at a position', () => {
    const request = requestWith('{"items":[{"sku":"x"},{"sku":"y"}]}');
    expect(matches({ body: { items: { sku: 'y' } } }, request)).toBe(true);
    expect(matches({ body: { 'items.1.sku': 'y' } }, request)).toBe(true);
    expect(matches({ body: { 'items.0.sku': 'y' } }, request)).toBe(false);
    expect(matches({ body: { items: { sku: { $nin: ['x'] } } } }, request)).toBe(false);
    expect(matches({ body: { event: 'open' } }, requestWith('[{"event":"click"},{"event":"open"}]'))).toBe(true);
  });

  it('inherited properties of JavaScript objects are not fields', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length']) {
      const filter = JSON.parse(`{"body":{"${name}":{"$exists":true}}}`);
      for (const body of ['{}', '[]', '[1]', '"text"', '1']) expect(matches(filter, requestWith(body))).toBe(false);
      expect(matches(filter, requestWith(`{"${name}":1}`))).toBe(true);
    }
  });

  it('fields named like object methods or __proto__ have no side effects', () => {
    const request = requestWith('{"__proto__":{"a":1},"hasOwnProperty":1,"toJSON":"x","valueOf":null,"b":2}');
    expect(matches({ body: { a: 1 } }, request)).toBe(false);
    expect(matches({ body: { b: 2 } }, request)).toBe(true);
  });
});

describe('an integer beyond 2^53', () => {
  const request = requestWith('{"id":9007199254740993,"low":-9223372036854775808,"e":1e16}');
  const long = ($numberLong: string) => ({ $numberLong });

  it('an integer beyond 2^53 equals itself and neither neighbour', () => {
    expect(matches({ body: { id: long('9007199254740993') } }, request)).toBe(true);
    expect(matches({ body: { id: { $in: [1, long('9007199254740993')] } } }, request)).toBe(true);
    expect(matches({ body: { id: long('9007199254740992') } }, request)).toBe(false);
    expect(matches({ body: { id: { $ne: long('9007199254740994') } } }, request)).toBe(true);
  });

  it('an integer beyond 2^53 is compared by value, also with smaller numbers and fractions', () => {
    expect(matches({ body: { id: { $gt: long('9007199254740992') } } }, request)).toBe(true);
    expect(matches({ body: { id: { $gt: long('9007199254740993') } } }, request)).toBe(false);
    expect(matches({ body: { id: { $gt: 5, $gte: 0.5 } } }, request)).toBe(true);
    expect(matches({ body: { low: { $lt: -1 } } }, request)).toBe(true);
    expect(matches({ body: { e: long('10000000000000000') } }, request)).toBe(true);
    expect(matches({ body: { n: long('7') } }, requestWith('{"n":7}'))).toBe(true);
    expect(matches({ body: { n: { $gt: long('9007199254740993') } } }, requestWith(`{"n":${'9'.repeat(500)}}`))).toBe(
      true,
    );
  });
});

describe('headers and query', () => {
  const request = requestWith('', {
    headers: [
      ['X-GitHub-Event', 'push'],
      ['Via', 'one'],
      ['via', 'two'],
    ],
    query: 'region=eu&tag=a&tag=b%20c',
    path: '/orders/7',
    method: 'PUT',
    eventType: 'push',
  });

  it('headers and parameters are found by name, headers in any case; a repeated one has either value', () => {
    expect(matches({ headers: { 'x-github-EVENT': 'push' } }, request)).toBe(true);
    expect(matches({ headers: { via: 'two' } }, request)).toBe(true);
    expect(matches({ headers: { via: { $ne: 'two' } } }, request)).toBe(false);
    expect(matches({ headers: { host: { $exists: true } } }, request)).toBe(false);
    expect(matches({ query: { region: 'eu', tag: 'b c' } }, request)).toBe(true);
    expect(matches({ query: { Region: 'eu' } }, request)).toBe(false);
  });

  it('method, path and event type can be filtered', () => {
    expect(matches({ method: 'PUT', path: { $regex: '^/orders/' }, event_type: { $in: ['push'] } }, request)).toBe(
      true,
    );
    expect(matches({ method: 'POST' }, request)).toBe(false);
    expect(matches({ event_type: { $exists: false } }, requestWith(''))).toBe(true);
    expect(matches({ event_type: 'push' }, requestWith(''))).toBe(false);
  });
});

describe('a filter that cannot be evaluated', () => {
  it('a filter fails on a body that is not JSON, not UTF-8, or too long', () => {
    const filter = { body: { a: 1 } };
    expect(verdictOf(filter, requestWith('a=1&b=2'))).toEqual({ kind: 'failed', message: 'the body is not JSON' });
    expect(verdictOf(filter, requestWith(Uint8Array.of(0x22, 0xff, 0x22)))).toMatchObject({ kind: 'failed' });
    expect(verdictOf(filter, requestWith(`"${'x'.repeat(1_048_576)}"`))).toEqual({
      kind: 'failed',
      message: 'the body has 1,048,578 bytes; filters read up to 1,048,576',
    });
  });

  it('a filter is evaluated on a deeply nested body', () => {
    const deep = requestWith(`{"n":1e16,"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}`);
    expect(matches({ body: { n: { $numberLong: '10000000000000000' } } }, deep)).toBe(true);
    expect(matches({ body: { n: 1 } }, deep)).toBe(false);
  });

  it('an empty body has no fields and does not make a filter fail', () => {
    expect(matches({ body: { a: 1 } }, requestWith(''))).toBe(false);
    expect(matches({ body: { a: { $exists: false } } }, requestWith(''))).toBe(true);
  });

  it('a filter decided by other parts does not read the body, which comes last', () => {
    const form = requestWith('a=1');
    expect(matches({ body: { a: 1 }, method: 'PUT' }, form)).toBe(false);
    expect(matches({ $or: [{ method: 'POST' }, { body: { a: 1 } }] }, form)).toBe(true);
    expect(verdictOf({ $or: [{ body: { a: 1 } }, { method: 'POST' }] }, form)).toMatchObject({ kind: 'failed' });
  });

  it('a filter that takes too many steps fails on any machine', () => {
    const filter = { body: { $regex: '(x+x+)+y' } };
    expect(verdictOf(filter, requestWith(JSON.stringify('x'.repeat(500_000))))).toEqual({
      kind: 'failed',
      message: 'it takes more than 2,000,000 steps for this event',
    });
    expect(matches(filter, requestWith(JSON.stringify('x'.repeat(25_000))))).toBe(false);
    const lists = Array(300_000).fill([]);
    const conditions = Array.from({ length: 50 }, () => ({ body: { n: { a: { $ne: 1 } } } }));
    expect(verdictOf({ $and: conditions }, requestWith(JSON.stringify({ n: lists })))).toMatchObject({
      kind: 'failed',
    });
    const list = { body: { n: { $in: Array.from({ length: 100 }, (_, index) => index) } } };
    expect(verdictOf(list, requestWith(JSON.stringify({ n: Array(30_000).fill(-1) })))).toMatchObject({
      kind: 'failed',
    });
  });

  it('a pattern that needs a new RE2 state per character fails before it takes long', () => {
    const filter = { body: { $regex: 'a.{200}[yz]' } };
    const fails = (length: number) =>
      verdictOf(filter, requestWith(JSON.stringify('x'.repeat(length)))).kind === 'failed';
    // Some 200 instructions, at 5 steps each: the 2,000,000 steps, each of 50 ns here, are 100 ms for 9,700 characters at one step.
    expect(fails(1_500)).toBe(false);
    expect(fails(2_500)).toBe(true);
  });

  it('deeply nested lists do not make a filter fail', () => {
    const request = requestWith(`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`);
    expect(matches({ body: { a: { $exists: true } } }, request)).toBe(true);
    expect(matches({ body: { a: { b: { $ne: 1 } } } }, request)).toBe(true);
  });
});

describe('setting a filter', () => {
  const deep = (levels: number): unknown => (levels === 0 ? { method: 'PUT' } : { $not: deep(levels - 1) });
  const many = Array.from({ length: 101 }, () => ({ method: 'PUT' }));

  it.each<[filter: unknown, path: string, message: RegExp]>([
    [[], '', /object/],
    ['body', '', /object/],
    [{}, '', /must have a condition/],
    [{ bdy: { a: 1 } }, 'bdy', /must be one of/],
    [JSON.parse('{"method":"PUT","__proto__":{"a":1}}'), '__proto__', /must be one of/],
    [{ $and: [] }, '$and', /list of 1 to 100/],
    [{ $and: [{ body: { amount: { $gt: null } } }] }, '$and.0.body.amount.$gt', /a number or a string/],
    [
      { $or: [{ method: 'PUT' }, { body: { a: { b: { $between: 1 } } } }] },
      '$or.1.body.a.b.$between',
      /must be one of/,
    ],
    [{ body: { a: { $where: 'true' } } }, 'body.a.$where', /must be one of/],
    [{ body: { a: { $gt: 1, b: 1 } } }, 'body.a.b', /must be one of/],
    [{ body: { $or: [{ a: 1 }] } }, 'body.$or', /must be one of/],
    [{ body: { a: [1] } }, 'body.a', /use \$in/],
    [{ body: { a: {} } }, 'body.a', /must have a condition/],
    [{ body: { a: { $in: [1, {}] } } }, 'body.a.$in.1', /must be a string/],
    [{ body: { a: { $in: 1 } } }, 'body.a.$in', /list of 1 to 100/],
    [{ body: { a: { $exists: 1 } } }, 'body.a.$exists', /true or false/],
    [{ body: { a: { $regex: '(' } } }, 'body.a.$regex', /RE2/],
    [{ body: { a: { $regex: '(?=a)' } } }, 'body.a.$regex', /RE2/],
    [{ body: { a: { $regex: 'a{999}' } } }, 'body.a.$regex', /too large/],
    [{ body: { a: { $regex: 'a'.repeat(257) } } }, 'body.a.$regex', /1 to 256/],
    [{ body: { a: { $not: 1 } } }, 'body.a.$not', /operators/],
    [{ body: { a: 2 ** 53 } }, 'body.a', /beyond 2\^53.*\$numberLong/],
    [{ body: { a: { $numberLong: '1.5' } } }, 'body.a.$numberLong', /64-bit/],
    [{ body: { a: { $numberLong: '99999999999999999999' } } }, 'body.a.$numberLong', /64-bit/],
    [{ body: { a: 'x'.repeat(1025) } }, 'body.a', /1,024/],
    [{ body: { a: '\ud800' } }, 'body.a', /well-formed/],
    [{ headers: { $exists: true } }, 'headers.$exists', /below a name/],
    [{ headers: {} }, 'headers', /by name/],
    [{ method: { a: 1 } }, 'method.a', /must be one of/],
    [{ headers: { 'x-n': 5 } }, 'headers.x-n', /^is 5, but headers are text: write "5"$/],
    [{ query: { n: { $in: ['a', true] } } }, 'query.n.$in.1', /^is true, but parameters are text: write "true"$/],
    [{ headers: { 'x-n': { $ne: 5 } } }, 'headers.x-n.$ne', /^is 5, but headers are text: write "5"$/],
    [{ headers: { 'x-n': { $nin: ['a', 5] } } }, 'headers.x-n.$nin.1', /^is 5, but headers are text: write "5"$/],
    [{ path: { $gt: 1 } }, 'path.$gt', /^is 1, but path is text, compared character by character/],
    ...['$gt', '$gte', '$lt', '$lte'].map((operator): [unknown, string, RegExp] => [
      { query: { n: { [operator]: 100 } } },
      `query.n.${operator}`,
      /^is 100, but parameters are text, compared character by character: use \$regex, or a number in the body$/,
    ]),
    [{ path: null }, 'path', /^is null, but every event has a path$/],
    [{ event_type: { $ne: false } }, 'event_type.$ne', /^is false, but event_type is text/],
    [{ event_type: { $numberLong: '9223372036854775807' } }, 'event_type', /write "9223372036854775807"$/],
    [{ method: 'post' }, 'method', /^is post, but must be one of: GET, HEAD/],
    [{ $not: { method: { $nin: ['PUT', 'GETT'] } } }, '$not.method.$nin.1', /^is GETT, but must be one of/],
    [deep(10), '$not.$not.$not.$not.$not.$not.$not.$not.$not', /deeper/],
    [{ body: { 'a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q': 1 } }, 'body.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q', /16 names/],
    [{ $and: [{ $or: many.slice(1) }, { method: 'PUT' }] }, '$and.1.method', /100 conditions/],
    [{ $and: many }, '$and', /list of 1 to 100/],
    [{ $and: many.slice(1).map(() => ({ path: 'x'.repeat(100) })) }, '', /8,192 bytes/],
  ])('an invalid filter is refused with the path of its problem (%#)', (filter, path, message) => {
    const { error } = filterField.safeParse(filter);
    expect(error?.issues[0]?.path.join('.')).toBe(path);
    expect(error?.issues[0]?.message).toMatch(message);
  });

  it.each<Filter>([
    { body: { n: 5, 'a.b': true } },
    { headers: { 'x-a': null }, query: { a: { $in: ['1', null] } }, event_type: null },
    { method: { $regex: '^P' } },
    { method: { $gte: 'P' } },
    { path: { $exists: false } },
  ])('the filter %j is accepted', (filter) => {
    expect(filterField.safeParse(filter).success).toBe(true);
  });

  it('texts are ordered by their characters, not as numbers', () => {
    const given = (n: string) => requestWith('{}', { headers: [['x-n', n]] });
    const above = { headers: { 'x-n': { $gt: '5' } } };
    expect(['6', '50', '10', '4'].filter((n) => matches(above, given(n)))).toEqual(['6', '50']);
    const whole = { headers: { 'x-n': { $regex: '^([6-9]|[1-9][0-9]+)$' } } };
    expect(['6', '50', '10', '4'].filter((n) => matches(whole, given(n)))).toEqual(['6', '50', '10']);
  });

  it('a stored filter that would be refused today is still evaluated', () => {
    const kept = { $or: [{ headers: { 'x-n': 5 } }, { method: 'post' }, { body: { a: 1 } }] };
    expect(matches(kept, requestWith('{"a":1}'))).toBe(true);
  });

  it('all problems of a filter are reported at once', () => {
    const { error } = filterField.safeParse({ method: [], body: { a: { $gt: true, $exists: 1 } } });
    expect(error?.issues.map(({ path }) => path.join('.'))).toEqual(['method', 'body.a.$gt', 'body.a.$exists']);
  });
});
