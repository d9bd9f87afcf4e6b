import { createHash, randomBytes } from 'node:crypto';
import { type AddressInfo, connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../clock.ts';
import { call, exchange } from './client.fixture.ts';
import { RestApiGateway } from './gateway.ts';
import type { GatewayFront } from './gateway-front.ts';
import { type InvokeResult, limit, type RestApiSpec } from './rest-api.ts';

const SPEC: RestApiSpec = {
  apiId: 'api1',
  stageName: 'live',
  binaryMediaTypes: ['*/*'],
  routes: [
    { method: 'ANY', path: '/in/{source_id}', functionArn: 'arn:ingest' },
    { method: 'ANY', path: '/in/{source_id}/{proxy+}', functionArn: 'arn:ingest' },
    { method: 'ANY', path: '/v1/{proxy+}', functionArn: 'arn:management' },
  ],
  gatewayResponses: {},
};

const OK: InvokeResult = { ok: true, payload: JSON.stringify({ statusCode: 200, body: 'ok' }) };

type Handler = (event: APIGatewayProxyEvent, functionArn: string) => InvokeResult | Promise<InvokeResult>;

const opened: RestApiGateway[] = [];

interface ServeOptions {
  readonly spec?: Partial<RestApiSpec>;
  readonly handler?: Handler;
  readonly clock?: ManualClock;
  readonly front?: GatewayFront;
}

async function serve(options: ServeOptions = {}) {
  const events: APIGatewayProxyEvent[] = [];
  const logged: string[] = [];
  const gateway = new RestApiGateway({
    clock: options.clock ?? new ManualClock(),
    spec: { ...SPEC, ...options.spec },
    log: (line) => logged.push(line),
    ...(options.front && { front: options.front }),
    runner: {
      async invoke(functionArn, payload) {
        const event = JSON.parse(payload) as APIGatewayProxyEvent;
        events.push(event);
        return options.handler ? options.handler(event, functionArn) : OK;
      },
    },
  });
  opened.push(gateway);
  const server = await gateway.listen(0);
  return { gateway, events, logged, port: (server.address() as AddressInfo).port };
}

function respondWith(payload: unknown): Handler {
  return () => ({ ok: true, payload: JSON.stringify(payload) });
}

afterEach(async () => {
  for (const gateway of opened.splice(0)) await gateway.close();
});

describe('the event of a request', () => {
  it('the event has the shape of a REST proxy integration', async () => {
    const { port, events } = await serve();
    await call(port, 'POST', '/in/src_1?b=2', { headers: { 'User-Agent': 'test/1' }, body: 'hello' });
    const [event] = events;
    expect(event).toMatchObject({
      resource: '/in/{source_id}',
      path: '/in/src_1',
      httpMethod: 'POST',
      queryStringParameters: { b: '2' },
      multiValueQueryStringParameters: { b: ['2'] },
      pathParameters: { source_id: 'src_1' },
      stageVariables: null,
      body: Buffer.from('hello').toString('base64'),
      isBase64Encoded: true,
      requestContext: {
        accountId: '000000000000',
        apiId: 'api1',
        domainName: '127.0.0.1',
        httpMethod: 'POST',
        identity: { sourceIp: '127.0.0.1', userAgent: 'test/1', userArn: null },
        path: '/in/src_1',
        protocol: 'HTTP/1.1',
        requestTime: '01/Jan/2026:00:00:00 +0000',
        requestTimeEpoch: Date.UTC(2026, 0, 1),
        resourcePath: '/in/{source_id}',
        stage: 'live',
      },
    });
    expect(event?.requestContext.requestId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  });

  it('header names keep their spelling and all values; the single-value map has the last one', async () => {
    const { port, events } = await serve();
    await exchange(
      port,
      'GET /in/s HTTP/1.1\r\nHost: h.example:8080\r\nX-hUb-SIGNATURE: one\r\nX-hUb-SIGNATURE: two\r\nx-hub-signature: three\r\nConnection: close\r\n\r\n',
    );
    expect(events[0]?.headers['X-hUb-SIGNATURE']).toBe('three');
    expect(events[0]?.multiValueHeaders['X-hUb-SIGNATURE']).toEqual(['one', 'two', 'three']);
    expect(events[0]?.headers.Host).toBe('h.example:8080');
    expect(events[0]?.requestContext.domainName).toBe('h.example');
  });

  it('header bytes outside ASCII reach the function', async () => {
    const { port, events } = await serve();
    await exchange(port, 'GET /in/s HTTP/1.1\r\nHost: h\r\nX-Name: caf\xe9\r\nConnection: close\r\n\r\n');
    expect(events[0]?.headers['X-Name']).toBe('caf\xe9');
  });

  it("header and query names may be those of JavaScript's own properties", async () => {
    const { port, events } = await serve();
    await call(port, 'GET', '/in/s?__proto__=1&constructor=2&constructor=3', { headers: { constructor: 'x' } });
    expect(Object.entries(events[0]?.queryStringParameters ?? {})).toEqual([
      ['__proto__', '1'],
      ['constructor', '3'],
    ]);
    expect(events[0]?.multiValueHeaders.constructor).toEqual(['x']);
  });

  it('X-Forwarded-For is appended to, X-Forwarded-Proto and -Port are replaced', async () => {
    const { port, events } = await serve();
    const headers = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'gopher', 'X-Forwarded-Port': '70' };
    await call(port, 'GET', '/in/s', { headers });
    const { multiValueHeaders } = events[0] ?? {};
    expect(multiValueHeaders?.['X-Forwarded-For']).toEqual(['203.0.113.9, 127.0.0.1']);
    expect(multiValueHeaders?.['X-Forwarded-Proto']).toEqual(['http']);
    expect(multiValueHeaders?.['X-Forwarded-Port']).toEqual([String(port)]);
    expect(multiValueHeaders?.['x-forwarded-for']).toBeUndefined();
  });

  it('hop-by-hop headers and Content-Length are left out', async () => {
    const { port, events } = await serve();
    await call(port, 'POST', '/in/s', { headers: { te: 'trailers', 'content-length': '2' }, body: 'ab' });
    const names = Object.keys(events[0]?.headers ?? {}).map((name) => name.toLowerCase());
    for (const dropped of ['connection', 'content-length', 'te', 'transfer-encoding']) {
      expect(names).not.toContain(dropped);
    }
  });

  it('headers listed in Connection are left out', async () => {
    const { port, events } = await serve();
    const head = 'Host: h\r\nConnection: close, X-Hop\r\nx-hop: 1\r\nconnection: x-other ,\r\nX-Other: 2\r\nX-Kept: 3';
    await exchange(port, `GET /in/s HTTP/1.1\r\n${head}\r\n\r\n`);
    const names = Object.keys(events[0]?.multiValueHeaders ?? {});
    expect(names.filter((name) => /^x-(hop|other|kept)$/i.test(name))).toEqual(['X-Kept']);
  });

  it('a trace id from the sender is kept; otherwise one is created', async () => {
    const { port, events } = await serve();
    const response = await call(port, 'GET', '/in/s', { headers: { 'x-amzn-trace-id': 'Root=1-a-b' } });
    expect(response.headers['x-amzn-trace-id']).toBe('Root=1-a-b');
    await call(port, 'GET', '/in/s');
    expect(events[1]?.headers['X-Amzn-Trace-Id']).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  });

  it.each([
    [
      'a plus is a space and an escape is UTF-8',
      'w=foo+bar&e=a%2Bb%40c&u=%C3%A9',
      { w: 'foo bar', e: 'a+b@c', u: 'é' },
    ],
    ['a name without a value is empty', 'a&b=', { a: '', b: '' }],
    ['only the first equals sign divides', 'a=b=c', { a: 'b=c' }],
    ['a broken escape stays as it is', 'a=%zz', { a: '%zz' }],
  ])('in a query string, %s', async (_rule, query, expected) => {
    const { port, events } = await serve();
    await call(port, 'GET', `/in/s?${query}`);
    expect(events[0]?.queryStringParameters).toEqual(expected);
  });

  it('a repeated query parameter has all its values, and an absent query is null', async () => {
    const { port, events } = await serve();
    await call(port, 'GET', '/in/s?a=1&b=x&a=2');
    await call(port, 'GET', '/in/s?');
    expect(events[0]?.multiValueQueryStringParameters).toEqual({ a: ['1', '2'], b: ['x'] });
    expect(events[0]?.queryStringParameters).toEqual({ a: '2', b: 'x' });
    expect(events[1]?.queryStringParameters).toBeNull();
    expect(events[1]?.multiValueQueryStringParameters).toBeNull();
  });

  it("query parameters are in an order of the gateway's own, as AWS keeps none", async () => {
    const { port, events } = await serve();
    await call(port, 'GET', '/in/s?b=1&c=2&a=3&b=4');
    expect(Object.keys(events[0]?.queryStringParameters ?? {})).toEqual(['a', 'b', 'c']);
    expect(Object.keys(events[0]?.multiValueQueryStringParameters ?? {})).toEqual(['a', 'b', 'c']);
    expect(events[0]?.multiValueQueryStringParameters?.b).toEqual(['1', '4']);
  });

  it('path and path parameters stay encoded, as on AWS', async () => {
    const { port, events } = await serve();
    await call(port, 'GET', '/in/s/test%2Balias@x.org/a+b//c/');
    expect(events[0]?.path).toBe('/in/s/test%2Balias@x.org/a+b//c/');
    expect(events[0]?.pathParameters).toEqual({ source_id: 's', proxy: 'test%2Balias@x.org/a+b//c' });
  });
});

describe('the body of a request', () => {
  const bodies: [string, Buffer][] = [
    ['bytes that are not UTF-8', Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0d, 0x0a])],
    ['gzip, which is not decompressed', gzipSync('{"a":1}')],
    ['3 MB', randomBytes(3 * 1024 * 1024)],
  ];

  it.each(bodies)('a body arrives byte for byte: %s', async (_name, body) => {
    const { port, events } = await serve();
    await call(port, 'POST', '/in/s', { headers: { 'content-encoding': 'gzip' }, body });
    expect(sha(Buffer.from(events[0]?.body ?? '', 'base64'))).toBe(sha(body));
    expect(events[0]?.isBase64Encoded).toBe(true);
    expect(events[0]?.headers['content-encoding']).toBe('gzip');
  });

  it('a chunked body arrives whole', async () => {
    const { port, events } = await serve();
    await exchange(
      port,
      'POST /in/s HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    );
    expect(Buffer.from(events[0]?.body ?? '', 'base64').toString()).toBe('abcde');
  });

  it('an empty body is null', async () => {
    const { port, events } = await serve();
    await call(port, 'POST', '/in/s', { body: '' });
    expect(events[0]?.body).toBeNull();
    expect(events[0]?.isBase64Encoded).toBe(false);
  });

  it('a body whose type is not a binary media type of the API is text', async () => {
    const { port, events } = await serve({ spec: { binaryMediaTypes: ['image/*', 'application/zip'] } });
    await call(port, 'POST', '/in/s', { headers: { 'content-type': 'application/json' }, body: '{"é":1}' });
    await call(port, 'POST', '/in/s', { headers: { 'content-type': 'IMAGE/png; q=1' }, body: 'x' });
    await call(port, 'POST', '/in/s', { body: 'x' });
    expect(events.map((event) => [event.body, event.isBase64Encoded])).toEqual([
      ['{"é":1}', false],
      ['eA==', true],
      ['x', false],
    ]);
  });
});

describe('the response', () => {
  it("the response has the function's status, headers, all values of multiValueHeaders and body", async () => {
    const { port } = await serve({
      handler: respondWith({
        statusCode: 201,
        headers: { 'X-One': '1', 'set-cookie': 'c=3', flag: true },
        multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] },
        body: '{"id":"évt"}',
      }),
    });
    const response = await call(port, 'GET', '/v1/x');
    expect(response.status).toBe(201);
    expect(response.headers['set-cookie']).toEqual(['a=1', 'b=2', 'c=3']);
    expect(response.rawHeaders).toContain('X-One');
    expect(response.headers.flag).toBe('true');
    expect(response.headers['content-type']).toBe('application/json');
    expect(response.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.body.toString()).toBe('{"id":"évt"}');
  });

  it('a base64 body is decoded under */*', async () => {
    const bytes = Buffer.from([0, 255, 1]);
    const body = { body: bytes.toString('base64'), isBase64Encoded: true, headers: { 'content-type': 'image/png' } };
    const { port } = await serve({ handler: respondWith(body) });
    const response = await call(port, 'GET', '/v1/x');
    expect(response.body).toEqual(bytes);
    expect(response.headers['content-type']).toBe('image/png');
  });

  it('a base64 body is decoded only for a client whose first accepted type is binary', async () => {
    const { port } = await serve({
      spec: { binaryMediaTypes: ['image/png'] },
      handler: respondWith({ statusCode: 200, body: 'AAE=', isBase64Encoded: true }),
    });
    const binary = await call(port, 'GET', '/v1/x', { headers: { accept: 'image/png,*/*;q=0.8' } });
    const text = await call(port, 'GET', '/v1/x', { headers: { accept: 'image/webp,image/png' } });
    expect(binary.body).toEqual(Buffer.from([0, 1]));
    expect(text.body.toString()).toBe('AAE=');
  });

  it('header bytes outside ASCII reach the client beside a UTF-8 body', async () => {
    const { port } = await serve({ handler: respondWith({ headers: { 'x-name': 'caf\xe9' }, body: 'é' }) });
    const response = await call(port, 'GET', '/v1/x');
    expect(response.headers['x-name']).toBe('caf\xe9');
    expect(response.body.toString()).toBe('é');
  });

  it('a response to HEAD has the length but no body', async () => {
    const { port, events } = await serve();
    const response = await call(port, 'HEAD', '/v1/x');
    expect(response.headers['content-length']).toBe('2');
    expect(response.body.byteLength).toBe(0);
    expect(events[0]?.httpMethod).toBe('HEAD');
  });

  it('a 204 response has neither body nor length', async () => {
    const { port } = await serve({ handler: respondWith({ statusCode: 204 }) });
    const response = await call(port, 'GET', '/v1/x');
    expect(response.status).toBe(204);
    expect(response.headers['content-length']).toBeUndefined();
  });

  it('headers that belong to the gateway are remapped', async () => {
    const { port } = await serve({
      handler: respondWith({
        statusCode: 401,
        headers: { 'WWW-Authenticate': 'Bearer', 'Content-Length': '999' },
        body: 'x',
      }),
    });
    const response = await call(port, 'GET', '/v1/x');
    expect(response.headers['x-amzn-remapped-www-authenticate']).toBe('Bearer');
    expect(response.headers['www-authenticate']).toBeUndefined();
    expect(response.headers['content-length']).toBe('1');
  });

  it('the status may be a string, and defaults to 200', async () => {
    const { port } = await serve({
      handler: (event) => respondWith(event.path === '/v1/a' ? { statusCode: '202' } : {})(event, ''),
    });
    expect((await call(port, 'GET', '/v1/a')).status).toBe(202);
    expect((await call(port, 'GET', '/v1/b')).status).toBe(200);
  });

  it.each([
    ['not an object', 'text'],
    ['an unknown member', { statusCode: 200, wrongValue: 'x' }],
    ['a status that is not a number', { statusCode: 'test' }],
    ['a body that is not a string', { statusCode: 200, body: { a: 1 } }],
    ['a multi-value header that is not a list', { statusCode: 200, multiValueHeaders: { a: 'b' } }],
    ['a header with a line break', { statusCode: 200, headers: { a: 'b\r\nc: d' } }],
  ])('a malformed proxy response is a 502: %s', async (_rule, payload) => {
    const { port, logged } = await serve({ handler: respondWith(payload) });
    const response = await call(port, 'GET', '/v1/x');
    expect(response.status).toBe(502);
    expect(response.body.toString()).toBe('{"message":"Internal server error"}');
    expect(response.headers['x-amzn-errortype']).toBe('InternalServerErrorException');
    expect(logged).toHaveLength(1);
  });

  it('a function error is a 502 that reveals nothing of the error', async () => {
    const { port, logged } = await serve({
      handler: () => ({ ok: false, errorType: 'TypeError', errorMessage: 'secret' }),
    });
    const response = await call(port, 'GET', '/v1/x');
    expect([response.status, response.body.toString()]).toEqual([502, '{"message":"Internal server error"}']);
    expect(logged[0]).toContain('TypeError');
  });

  it('an invocation refused by Lambda, as when throttled, is a 500', async () => {
    const refusal = { errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.', refused: true } as const;
    const { port, logged } = await serve({ handler: () => ({ ok: false, ...refusal }) });
    const response = await call(port, 'GET', '/v1/x');
    expect([response.status, response.body.toString()]).toEqual([500, '{"message":"Internal server error"}']);
    expect(logged[0]).toContain('TooManyRequestsException: Rate Exceeded.');
  });

  it('a failure of the runner itself is a 502', async () => {
    const { port } = await serve({ handler: () => Promise.reject(new Error('no such function')) });
    expect((await call(port, 'GET', '/v1/x')).status).toBe(502);
  });
});

describe('refusals', () => {
  it('a request without a route gets 403 Missing Authentication Token', async () => {
    const { port, events } = await serve();
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/in'],
      ['GET', '/v1'],
      ['PROPFIND', '/in/s'],
    ] as const) {
      const response = await call(port, method, path);
      expect([response.status, response.body.toString()]).toEqual([403, '{"message":"Missing Authentication Token"}']);
      expect(response.headers['x-amzn-errortype']).toBe('MissingAuthenticationTokenException');
    }
    expect(events).toEqual([]);
  });

  it('a declared body over 10 MB gets 413 before any byte of it', async () => {
    const { port, events } = await serve();
    const text = `POST /in/s HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: ${limit.payloadBytes + 1}\r\n\r\n`;
    const reply = (await exchange(port, text)).toString();
    expect(reply).toMatch(/^HTTP\/1\.1 413 /);
    expect(reply).toContain('{"message":"HTTP content length exceeded 10485760 bytes."}');
    expect(events).toEqual([]);
  });

  it.each([
    ['nonsense', 'BAD\r\n\r\n'],
    ['a request with two lengths', 'POST /in/s HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na'],
    ['a request with a broken body', 'POST /in/s HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ])('%s after good requests gets 400 after their responses', async (_what, broken) => {
    const { port, events } = await serve();
    const good = 'POST /in/s HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi';
    const replies = (await exchange(port, `${good}${good}${broken}`)).toString();
    expect(replies.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400']);
    expect(events).toHaveLength(2);
  });

  it('a body over 10 MB that is sent anyway gets a 413 that the client can read', async () => {
    const { port, events } = await serve();
    const body = Buffer.alloc(limit.payloadBytes + 1);
    const declared = await call(port, 'POST', '/in/s', { headers: { 'content-length': body.byteLength }, body });
    const chunked = await call(port, 'POST', '/in/s', { headers: { 'transfer-encoding': 'chunked' }, body });
    expect([declared.status, chunked.status]).toEqual([413, 413]);
    expect(events).toEqual([]);
  });

  it("a body whose event exceeds Lambda's limit gets 413", async () => {
    const { port, events } = await serve();
    const response = await call(port, 'POST', '/in/s', { body: Buffer.alloc(4_800_000) });
    expect([response.status, response.body.toString()]).toEqual([413, '{"message":"Request Too Long"}']);
    expect(events).toEqual([]);
  });

  it("Lambda's limit counts bytes, not characters", async () => {
    const { port } = await serve({ spec: { binaryMediaTypes: [] } });
    const response = await call(port, 'POST', '/in/s', { body: 'é'.repeat(3_200_000) });
    expect(response.status).toBe(413);
  });

  it.each([
    ['just over the limit', 10_300],
    ['over what the parser takes', 70_000],
  ])('headers %s get 431', async (_rule, bytes) => {
    const { port, events } = await serve();
    const reply = (
      await exchange(port, `GET /in/s HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-A: ${'a'.repeat(bytes)}\r\n\r\n`)
    ).toString();
    expect(reply).toMatch(/^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
    expect(reply).toContain('{"message":"HTTP header is larger than 10,240 bytes."}');
    expect(events).toEqual([]);
  });

  const unreadable: [what: string, head: string, why: string][] = [
    ['a first line that is not HTTP', 'nonsense', 'Invalid method encountered'],
    ['two lengths', 'POST /in/s HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4', 'Content-Length'],
    [
      'a length and chunks',
      'POST /in/s HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked',
      'Content-Length',
    ],
    ['raw UTF-8 in the path', 'GET /in/\xc3\xa9 HTTP/1.1\r\nHost: h', 'Invalid char in url path'],
    ['a space in the name of a header', 'GET /in/s HTTP/1.1\r\nHost: h\r\nX A: 1', 'Invalid header token'],
  ];
  it.each(unreadable)('a request with %s gets a 400 that says what is wrong', async (_what, head, why) => {
    const { port, events } = await serve();
    const reply = (await exchange(port, `${head}\r\n\r\n`)).toString();
    expect(reply).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(messageOf(reply)).toMatch(/^The request is not valid HTTP\/1\.1: /);
    expect(messageOf(reply)).toContain(why);
    expect(events).toEqual([]);
  });

  it.each([
    ['no Host', '', 'none'],
    ['two Hosts', 'Host: a\r\nHost: b\r\n', '2'],
  ])('a request with %s gets 400, even in front of the API', async (_what, hosts, found) => {
    const { port, events } = await serve({ front: (_message, reply) => Boolean(reply.end('the front')) });
    const reply = (await exchange(port, `GET /in/s HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`)).toString();
    expect(reply).toMatch(/^HTTP\/1\.1 400 /);
    expect(messageOf(reply)).toBe(`The request must have one Host header, and has ${found}`);
    expect(events).toEqual([]);
  });

  it('an HTTP/1.0 request without Host is served like any other', async () => {
    const { port, events } = await serve();
    expect((await exchange(port, 'GET /in/s HTTP/1.0\r\n\r\n')).toString()).toMatch(/^HTTP\/1\.1 200 /);
    expect(events[0]?.requestContext.domainName).toBe('');
  });

  it('an unsupported Expect gets 417 before the body, and the connection serves no further request', async () => {
    const { port, events } = await serve();
    const text = 'POST /in/s HTTP/1.1\r\nHost: h\r\nExpect: foo\r\nContent-Length: 5\r\n\r\n';
    const reply = (await exchange(port, text)).toString();
    expect(reply).toMatch(/^HTTP\/1\.1 417 /);
    expect(messageOf(reply)).toBe('The only supported expectation is 100-continue');
    expect(events).toEqual([]);
  });

  it('a client that disconnects mid-body invokes nothing', async () => {
    const { port, events } = await serve();
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write('POST /in/s HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc', () => socket.destroy());
      });
      socket.on('close', () => resolve());
    });
    await call(port, 'GET', '/v1/x');
    expect(events.map((event) => event.path)).toEqual(['/v1/x']);
  });

  it('an integration that takes longer than 29 s gets 504', async () => {
    const clock = new ManualClock();
    let invoked = () => {};
    const started = new Promise<void>((resolve) => {
      invoked = resolve;
    });
    const { port } = await serve({
      clock,
      handler: () => {
        invoked();
        return new Promise(() => {});
      },
    });
    const pending = call(port, 'GET', '/v1/x');
    await started;
    await clock.advance(28_999);
    await clock.advance(1);
    const response = await pending;
    expect([response.status, response.body.toString()]).toEqual([504, '{"message":"Endpoint request timed out"}']);
  });

  it('a burst over the throttle gets 429, per method, until tokens are back', async () => {
    const clock = new ManualClock();
    const { port } = await serve({ clock, spec: { throttle: { rateLimit: 1, burstLimit: 2 } } });
    const statuses = async (path: string, count: number) => {
      const all: number[] = [];
      for (let n = 0; n < count; n++) all.push((await call(port, 'GET', path)).status);
      return all;
    };
    expect(await statuses('/in/s', 3)).toEqual([200, 200, 429]);
    expect(await statuses('/v1/x', 1)).toEqual([200]);
    await clock.advance(1_000);
    expect(await statuses('/in/s', 2)).toEqual([200, 429]);
  });
});

describe('gateway responses of the template', () => {
  const gatewayResponses = {
    REQUEST_TOO_LARGE: {
      statusCode: '413',
      templates: { 'application/json': '{"code":"PAYLOAD_TOO_LARGE","request_id":"$context.requestId"}' },
      headers: { 'gatewayresponse.header.Access-Control-Allow-Origin': "'*'" },
    },
    DEFAULT_4XX: {
      templates: {
        'application/json':
          '{"message":$context.error.messageString,"type":"$context.error.responseType","text":"$context.error.message"}',
      },
    },
    DEFAULT_5XX: { statusCode: '500', templates: { 'application/json': '{"error":"Internal"}' } },
  };

  it('gateway responses are filled with the values of the request', async () => {
    const { port } = await serve({ spec: { gatewayResponses } });
    const response = await call(port, 'POST', '/in/s', { body: Buffer.alloc(5_000_000) });
    expect(response.status).toBe(413);
    expect(JSON.parse(response.body.toString())).toEqual({
      code: 'PAYLOAD_TOO_LARGE',
      request_id: response.headers['x-amzn-requestid'],
    });
    expect(response.headers['access-control-allow-origin']).toBe('*');
  });

  it('gateway responses fall back to DEFAULT_4XX and DEFAULT_5XX', async () => {
    const { port } = await serve({
      spec: { gatewayResponses },
      handler: () => ({ ok: false, errorType: 'E', errorMessage: '' }),
    });
    const missing = await call(port, 'GET', '/');
    expect([missing.status, JSON.parse(missing.body.toString())]).toEqual([
      403,
      {
        message: 'Missing Authentication Token',
        type: 'MISSING_AUTHENTICATION_TOKEN',
        text: 'Missing Authentication Token',
      },
    ]);
    const failed = await call(port, 'GET', '/v1/x');
    expect([failed.status, failed.body.toString()]).toEqual([500, '{"error":"Internal"}']);
  });

  it.each([
    ['a variable it does not have', { templates: { 'application/json': '$context.identity.sourceIp' } }],
    ['another variable root', { templates: { 'application/json': '$stageVariables.x' } }],
    ['a directive', { templates: { 'application/json': '#set($x = 1)' } }],
    ['another content type', { templates: { 'text/html': 'x' } }],
    ['a header that is no literal', { headers: { 'gatewayresponse.header.x': 'method.request.header.y' } }],
  ])('a gateway response with %s is refused at the start', async (_rule, spec) => {
    await expect(serve({ spec: { gatewayResponses: { DEFAULT_4XX: spec } } })).rejects.toThrow('gateway response');
  });
});

describe('closing', () => {
  it('a closing gateway answers pending requests and accepts no new ones', async () => {
    let release: (result: InvokeResult) => void = () => {};
    let invoked = () => {};
    const started = new Promise<void>((resolve) => {
      invoked = resolve;
    });
    const { gateway, port } = await serve({
      handler: () => {
        invoked();
        return new Promise((resolve) => {
          release = resolve;
        });
      },
    });
    const pending = call(port, 'GET', '/v1/x');
    await started;
    const closed = gateway.close();
    await expect(call(port, 'GET', '/v1/x')).rejects.toThrow('ECONNREFUSED');
    release(OK);
    expect((await pending).status).toBe(200);
    await closed;
  });
});

function messageOf(reply: string): string {
  return JSON.parse(reply.slice(reply.indexOf('{'))).message;
}

function sha(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
