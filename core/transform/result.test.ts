import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventWith, failureOf, resultOf } from './transform.fixture.ts';

const returning = (result: unknown) => `const transform = () => (${JSON.stringify(result)})`;

describe('a valid result', () => {
  it.each([
    { method: 'DELETE' },
    { path: '' },
    { path: '/a%20b/..c/.d/é;x=1' },
    { query: '' },
    { query: 'a=1&b=?&c=%0A' },
    { headers: {} },
    { headers: { 'X-Team': 'blue', 'x-empty': '', 'x-latin': 'é', 'x-tab': 'a\tb' } },
    { body: '' },
    { body: null },
    { body: { a: [1] } },
    { body: 'text', body_encoding: 'utf8' },
    { body: 'AAEC/w==', body_encoding: 'base64' },
    { body: '', body_encoding: 'base64' },
  ])('the result %j is accepted', async (result) => {
    expect(await resultOf(returning(result))).toEqual(result);
  });

  it('a body that stringifies to a string is distinguished from a string', async () => {
    const text = '1970-01-01T00:00:00.000Z';
    expect(await resultOf('const transform = () => ({ body: new Date(0) })')).toEqual({ body: text, isTextJson: true });
    expect(await resultOf(`const transform = () => ({ body: '${text}' })`)).toEqual({ body: text });
  });

  it.each(['"', 'x', '🚢', '\u0000'])('a result may have the body of the largest webhook, of %j', async (character) => {
    const body = character.repeat((character === '\u0000' ? 1_000_000 : 4_500_000) / Buffer.byteLength(character));
    expect(await resultOf('const transform = (event) => ({ body: event.body })', eventWith({ body }))).toEqual({
      body,
    });
  });

  it('a result may have the JSON of the largest webhook', async () => {
    const body = JSON.stringify(Array.from({ length: 2_200_000 }, () => 7));
    const result = await resultOf('const transform = (event) => ({ body: event.json })', eventWith({ body }));
    // Comparing item by item would take seconds.
    expect(JSON.stringify(result) === `{"body":${body}}`).toBe(true);
  });
});

it('a header may have any valid name, because senders may use it', async () => {
  const headers = '{"__proto__":"x","constructor":"y"}';
  const { headers: kept = {} } = await resultOf(`const transform = () => ({ headers: JSON.parse('${headers}') })`);
  expect(JSON.stringify(kept)).toBe(headers);
});

describe('an invalid result', () => {
  it.each<[unknown, string]>([
    [5, 'transform must return an object, or null'],
    ['text', 'transform must return an object, or null'],
    [[], 'transform must return an object, or null'],
    [
      { metod: 'GET' },
      'metod is not a field of a result; the fields are method, path, query, headers, body, body_encoding',
    ],
    [{ method: 'FETCH' }, 'method must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
    [{ method: 'get' }, 'method must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
    [{ method: null }, 'method must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
    [{ path: 1 }, 'path must be a string'],
    [{ path: 'a' }, 'path must begin with /'],
    [{ path: '/a?b=1' }, 'path must not have ? or #; a query goes into query'],
    [{ path: '/a#b' }, 'path must not have ? or #; a query goes into query'],
    [{ path: '/a\n' }, 'path must not have control characters'],
    [{ path: '/a/../b' }, 'path must not have . or .. between slashes'],
    [{ path: '/.' }, 'path must not have . or .. between slashes'],
    [{ path: '/a/%2E%2e' }, 'path must not have . or .. between slashes'],
    [{ path: '/a\\..\\b' }, 'path must not have . or .. between slashes'],
    [{ query: ['a'] }, 'query must be a string'],
    [{ query: '?a' }, 'query must not begin with ?'],
    [{ query: 'a#b' }, 'query must not have #'],
    [{ query: 'a\r\n' }, 'query must not have control characters'],
    [{ headers: [] }, 'headers must be an object of strings'],
    [{ headers: 'x' }, 'headers must be an object of strings'],
    [{ headers: { 'x-a': 1 } }, 'headers.x-a must be a string'],
    [{ headers: { 'x-a': ['1'] } }, 'headers.x-a must be a string'],
    [{ headers: { 'x a': '1' } }, 'headers.x a is not a valid header name'],
    [{ headers: { '': '1' } }, 'headers. is not a valid header name'],
    [{ headers: { 'x-a': '1\r\nx-b: 2' } }, 'headers.x-a must not have control characters, or any beyond U+00FF'],
    [{ headers: { 'x-a': '→' } }, 'headers.x-a must not have control characters, or any beyond U+00FF'],
    [{ headers: { 'x-a': '1', 'X-A': '2' } }, 'headers.X-A is given twice'],
    [{ headers: { 'x-a': 'x'.repeat(20_000) } }, 'headers must have at most 16,384 characters in all'],
    [{ body: 'a', body_encoding: 'hex' }, 'body_encoding must be utf8 or base64'],
    [{ body: 'a', body_encoding: 'base64' }, 'body must be base64, as body_encoding says'],
    [{ body: 'AA=A', body_encoding: 'base64' }, 'body must be base64, as body_encoding says'],
    [{ body: { a: 1 }, body_encoding: 'base64' }, 'body must be a string where body_encoding is given'],
    [{ body_encoding: 'utf8' }, 'body must be a string where body_encoding is given'],
  ])('the result %j is refused with a message', async (result, message) => {
    expect(await failureOf(returning(result))).toEqual({ message });
  });

  it('a result of more than 10 MiB is refused', async () => {
    expect(await failureOf('const transform = () => ({ body: "x".repeat(10 * 2 ** 20) })')).toEqual({
      message: 'returned more than 10 MiB of JSON',
    });
  });

  it('a result nested deeper than 1,000 levels, which could not be stringified again, is refused', async () => {
    const nested = (depth: number) =>
      `const transform = () => { let body = []; for (let i = 1; i < ${depth}; i++) body = [body]; return { body }; }`;
    expect(JSON.stringify((await resultOf(nested(999))).body)).toBe('['.repeat(999) + ']'.repeat(999));
    for (const depth of [1_000, 2_500]) {
      expect(await failureOf(nested(depth))).toEqual({ message: 'returned data nested deeper than 1,000 levels' });
    }
    // Brackets within a string are not nesting.
    expect(await resultOf('const transform = () => ({ body: "[".repeat(5_000) })')).toEqual({
      body: '['.repeat(5_000),
    });
  });

  it('a result whose JSON exceeds the memory is refused', async () => {
    expect(await failureOf('const transform = () => ({ body: "\\0".repeat(2 ** 24) })')).toEqual({
      message: 'needs more memory than the 64 MiB that a run may have',
    });
  });

  it.each([
    ['{ body: event.json.data }', "body is undefined; leave it out to send the webhook's own"],
    ['{ headers: event.json.h, body: {} }', "headers is undefined; leave it out to send the webhook's own"],
    ['{ body: transform }', "body is a function; leave it out to send the webhook's own"],
    ['{ body: Symbol("x") }', "body is a symbol; leave it out to send the webhook's own"],
    ['{ body: { toJSON: () => undefined } }', "body is undefined; leave it out to send the webhook's own"],
    ['{ path: undefined }', 'path is undefined; leave it out to append nothing'],
    ['{ get body() { return undefined } }', "body is undefined; leave it out to send the webhook's own"],
    ['{ method: undefined }', "method is undefined; leave it out to send the webhook's own"],
    ['{ body: "", body_encoding: transform }', 'body_encoding is a function; leave it out for utf8'],
  ])('a field that JSON would silently omit is refused: %s', async (result, message) => {
    const code = `Array.prototype[Symbol.iterator] = null; const transform = (event) => (${result})`;
    expect(await failureOf(code, eventWith({ body: '{}' }))).toEqual({ message });
  });

  it.each(['boddy', 'toString', 'constructor', '__proto__'])(
    'an unknown field is refused, whatever its value: %s',
    async (name) => {
      const message = `${name} is not a field of a result; the fields are method, path, query, headers, body, body_encoding`;
      for (const value of ['undefined', 'transform', '1']) {
        const code = `const transform = () => ({ body: '', ['${name}']: ${value} })`;
        expect(await failureOf(code)).toEqual({ message });
      }
    },
  );

  it('body_encoding for a body that is not a string is refused', async () => {
    expect(await failureOf('const transform = () => ({ body: new Date(0), body_encoding: "utf8" })')).toEqual({
      message: 'body must be a string where body_encoding is given',
    });
  });

  it('a result with a __proto__ is refused', async () => {
    expect(await failureOf('const transform = () => JSON.parse(\'{"__proto__":{"method":"GET"}}\')')).toEqual({
      message: '__proto__ is not a field of a result; the fields are method, path, query, headers, body, body_encoding',
    });
  });
});

it('body_encoding may be undefined, which means utf8', async () => {
  const code = 'const transform = ({ json }) => ({ body: "text", body_encoding: json.binary ? "base64" : undefined })';
  expect(await resultOf(code, eventWith({ body: '{}' }))).toEqual({ body: 'text' });
});

it('an undefined header is omitted, so a sender’s header can be dropped', async () => {
  const code = 'const transform = ({ headers }) => ({ headers: { ...headers, cookie: undefined } })';
  const sent = eventWith({ headers: { cookie: 'a=1', 'x-a': '1' } });
  expect(await resultOf(code, sent)).toEqual({ headers: { 'x-a': '1' } });
});

it('the event’s own request may be returned, whatever the sender sent', async () => {
  const code = `const transform = ({ method, path, query, headers, body, body_encoding }) =>
    ({ method, path, query, headers, body, body_encoding })`;
  const body = fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => ({ body: text, body_encoding: 'utf8' as const })),
    fc.base64String().map((text) => ({ body: text, body_encoding: 'base64' as const })),
  );
  const request = fc.tuple(
    fc.record({
      method: fc.constantFrom('GET', 'POST'),
      path: fc.webPath().filter((path) => !/\/\.{1,2}(\/|$)/.test(path)),
      query: fc.webQueryParameters().filter((query) => !query.startsWith('?')),
      headers: fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,20}$/), fc.stringMatching(/^[ -~]{0,50}$/)),
    }),
    body,
  );
  await fc.assert(
    fc.asyncProperty(request, async ([head, content]) => {
      const sent = { ...head, ...content };
      expect(await resultOf(code, eventWith(sent))).toEqual(sent);
    }),
  );
});
