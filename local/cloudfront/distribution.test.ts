import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../clock.ts';
import { call, exchange } from '../gateway/client.fixture.ts';
import { RestApiGateway } from '../gateway/gateway.ts';
import { Distribution } from './distribution.ts';
import type { BehaviorSpec, DistributionSpec, OriginObject } from './distribution-spec.ts';

const rewriteToPage = `function handler(event) {
  if (!event.request.uri.split('/').pop().includes('.')) event.request.uri = '/index.html';
  return event.request;
}`;

const script = `export const text = "${'hawser '.repeat(400)}";`;
const modifiedMs = Date.UTC(2026, 0, 1);

function object(text: string, contentType: string | undefined): OriginObject {
  return {
    bytes: Buffer.from(text),
    md5: createHash('md5').update(text).digest('hex'),
    modifiedMs,
    headers: { ...(contentType !== undefined && { 'content-type': contentType }), 'cache-control': 'no-cache' },
  };
}

const files: Readonly<Record<string, OriginObject>> = {
  'index.html': object('<div id="app"></div>', 'text/html'),
  'assets/index-1.js': object(script, 'text/javascript'),
  'assets/picture.png': object(script, 'image/png'),
  'assets/plain': object('no type', undefined),
  '../secret.txt': object('a key like any other', 'text/plain'),
};

const site: BehaviorSpec = {
  pathPattern: '*',
  origin: { kind: 'bucket', bucket: 'site' },
  allowedMethods: ['GET', 'HEAD'],
  compress: true,
  viewerRequest: rewriteToPage,
  responseHeaders: [
    { name: 'content-security-policy', value: "default-src 'none'", override: true },
    { name: 'cache-control', value: 'private', override: false },
  ],
};

function toApi(pathPattern: string): BehaviorSpec {
  return { ...site, pathPattern, origin: { kind: 'api' }, viewerRequest: undefined, responseHeaders: [] };
}

const opened: RestApiGateway[] = [];

/** A distribution before an API that responds with the requested path. */
async function serve(changes: Partial<BehaviorSpec> = {}, rest: Partial<DistributionSpec> = {}) {
  const logged: string[] = [];
  const spec: DistributionSpec = {
    id: 'E1',
    domainName: 'd1.cloudfront.net',
    defaultRootObject: 'index.html',
    behaviors: [toApi('/v1/*'), toApi('/in/*'), { ...site, ...changes }],
    ...rest,
  };
  const objects = {
    read: (bucket: string, key: string): OriginObject | undefined => (bucket === 'site' ? files[key] : undefined),
  };
  const distribution = new Distribution({
    spec,
    objects,
    log: (line) => logged.push(line),
  });
  const clock = new ManualClock();
  const gateway = new RestApiGateway({
    clock,
    spec: {
      apiId: 'api1',
      stageName: 'live',
      binaryMediaTypes: ['*/*'],
      routes: ['/v1/{proxy+}', '/in/{proxy+}'].map((path) => ({ method: 'ANY', path, functionArn: 'arn:api' })),
      gatewayResponses: {},
    },
    runner: { invoke: async (_, payload) => ({ ok: true, payload: echo(payload) }) },
    log: (line) => logged.push(line),
    front: distribution.handle,
  });
  opened.push(gateway);
  const { port } = (await gateway.listen(0)).address() as AddressInfo;
  return {
    clock,
    gateway,
    logged,
    objects,
    get: (path: string, headers = {}) => call(port, 'GET', path, { headers }),
    port,
  };
}

function echo(payload: string): string {
  const { path, body, headers } = JSON.parse(payload);
  return JSON.stringify({
    statusCode: 200,
    body: JSON.stringify({ path, body, encoding: headers['accept-encoding'] }),
  });
}

afterEach(async () => {
  for (const gateway of opened.splice(0)) await gateway.close();
});

describe('requests for the API', () => {
  it.each(['/v1/sources', '/v1/', '/in/src_1', '/in/src_1/a.b', '/%76%31/x', '/x/../v1/y'])(
    '%s goes to the API by its normal form, and is passed on as sent',
    async (path) => {
      const { get } = await serve();
      const response = await get(path);
      expect(response.headers['content-security-policy']).toBeUndefined();
      // The API routes by the path as it was sent. A path that is no route in that form is refused by the API itself.
      expect(response.headers).toHaveProperty('x-amzn-requestid');
      expect([200, 403]).toContain(response.status);
      if (response.status === 200) expect(JSON.parse(response.body.toString()).path).toBe(path);
    },
  );

  it.each(['/', '/v1', '/vx/', '/in', '/V1/sources', '/in/../destinations', '/%2e%2e/', '/events/evt_1?a=/v1/'])(
    '%s is the page',
    async (path) => {
      const { get } = await serve();
      const response = await get(path);
      expect(response.status).toBe(200);
      expect(response.body.toString()).toBe('<div id="app"></div>');
    },
  );

  it('requests and responses pass unchanged and uncompressed', async () => {
    const { port } = await serve();
    const body = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const response = await call(port, 'PUT', '/in/src_1', { body, headers: { 'accept-encoding': 'br' } });
    expect(JSON.parse(response.body.toString())).toEqual({
      path: '/in/src_1',
      body: body.toString('base64'),
      encoding: 'br',
    });
    expect(response.headers).not.toHaveProperty('content-encoding');
  });
});

describe('a file', () => {
  it("a file has its type, tag, age and the policy's headers; those without override yield", async () => {
    const { get } = await serve();
    expect((await get('/index.html')).headers).toMatchObject({
      'content-type': 'text/html',
      'content-length': '20',
      'cache-control': 'no-cache',
      etag: `"${files['index.html']?.md5}"`,
      'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
      'content-security-policy': "default-src 'none'",
    });
  });

  it("a missing file is a 404 in the form of S3, with the policy's headers", async () => {
    const { get } = await serve();
    const response = await get('/assets/%3Cscript%3E.js');
    expect(response.status).toBe(404);
    expect(response.headers).toMatchObject({
      'content-type': 'application/xml',
      'content-security-policy': "default-src 'none'",
    });
    expect(response.body.toString()).toContain('<Code>NoSuchKey</Code>');
    expect(response.body.toString()).toContain('<Key>assets/&#60;script&#62;.js</Key>');
  });

  it.each([
    ['/assets/..%2f..%2fetc/passwd.txt', 404],
    ['/assets/../../../etc/passwd.txt', 404],
    ['/assets%2findex-1.js', 200],
    ['/..%2fsecret.txt', 200],
    ['/%ff.js', 400],
    ['/%zz.js', 400],
  ])('%s is decoded to a key, never to a path of the machine: %i', async (path, status) => {
    const { get } = await serve();
    expect((await get(path)).status).toBe(status);
  });

  it('a file without a type is binary', async () => {
    const { get } = await serve({ viewerRequest: undefined });
    expect((await get('/assets/plain')).headers['content-type']).toBe('binary/octet-stream');
  });

  it('/ is the default root object, even without a function', async () => {
    const { get } = await serve({ viewerRequest: undefined });
    expect((await get('/')).status).toBe(200);
    expect((await get('/destinations')).status).toBe(404);
  });
});

describe('methods', () => {
  it('HEAD has the headers of GET and no body', async () => {
    const { port, get } = await serve();
    const head = await call(port, 'HEAD', '/index.html');
    expect(head.status).toBe(200);
    expect(head.body).toHaveLength(0);
    const { date: _, ...expected } = (await get('/index.html')).headers;
    expect(head.headers).toMatchObject(expected);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND'])('%s of a page is refused with 403', async (method) => {
    const { port } = await serve();
    const response = await call(port, method, '/destinations', {
      headers: { 'content-length': 200_000 },
      body: Buffer.alloc(200_000),
    });
    expect(response.status).toBe(403);
    expect(response.body.toString()).toContain('not configured to allow the HTTP request method');
  });
});

describe('the end of a connection', () => {
  it('a client that asks to close still gets its response, whatever body it sends', async () => {
    const { port } = await serve();
    const socket = connect(port, '127.0.0.1');
    const received: Buffer[] = [];
    socket.on('data', (chunk) => received.push(chunk)).pause();
    socket.write('POST /destinations HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 20000000\r\n\r\n');
    await new Promise((resolve) => socket.write(Buffer.alloc(20_000_000), resolve));
    const closed = once(socket, 'close');
    socket.resume();
    await closed;
    expect(Buffer.concat(received).toString()).toMatch(/^HTTP\/1\.1 403 [\s\S]*<\/h1>/);
  });

  it('a refused client that sent Expect and no body is disconnected', async () => {
    const { port } = await serve();
    const head = 'POST /destinations HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 20000000\r\n';
    for (const outgoing of [head, `${head}Connection: close\r\n`]) {
      const reply = (await exchange(port, `${outgoing}\r\n`)).toString();
      expect(reply).toMatch(/^HTTP\/1\.1 403 [\s\S]*Connection: close[\s\S]*<\/h1>/);
    }
  });

  it.each(['close', 'keep-alive'])(
    'the connection ends a minute after the response if the body never comes: %s',
    async (connection) => {
      const { port, clock } = await serve();
      const head = `POST /destinations HTTP/1.1\r\nHost: h\r\nConnection: ${connection}\r\nContent-Length: 5\r\n\r\n`;
      const closed = exchange(port, head);
      await vi.waitUntil(() => clock.nextDueMs() !== undefined);
      await clock.advance(60_000);
      expect((await closed).toString()).toMatch(/^HTTP\/1\.1 403 [\s\S]*<\/h1>/);
    },
  );

  it.each([
    ['HEAD', 'Accept: */*', 200],
    ['GET', 'If-None-Match: *', 304],
  ])('the head of a bodiless response to %s with %s is not held back', async (method, header, status) => {
    const { port } = await serve();
    const socket = connect(port, '127.0.0.1');
    const responded = once(socket, 'data');
    const head = `${method} / HTTP/1.1\r\nHost: h\r\n${header}\r\nConnection: close\r\nContent-Length: 5\r\n\r\n`;
    socket.write(head);
    expect(String((await responded)[0])).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    socket.destroy();
  });

  it('a response made while the gateway stops says Connection: close', async () => {
    const { gateway, objects, port } = await serve({ viewerRequest: undefined });
    const stopped: Promise<void>[] = [];
    objects.read = () => {
      stopped.push(gateway.close());
      return files['index.html'];
    };
    const agent = new Agent({ keepAlive: true });
    const outgoing = request({ host: '127.0.0.1', port, path: '/', agent }).end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    response.resume();
    expect([response.statusCode, response.headers.connection]).toEqual([200, 'close']);
    await Promise.all(stopped);
    agent.destroy();
  });
});

describe('conditional requests', () => {
  const tag = `"${files['index.html']?.md5}"`;
  it.each([
    ['if-none-match', tag, 304],
    ['if-none-match', `W/${tag}`, 304],
    ['if-none-match', `"other", ${tag}`, 304],
    ['if-none-match', '*', 304],
    ['if-none-match', '"other"', 200],
    ['if-modified-since', 'Thu, 01 Jan 2026 00:00:00 GMT', 304],
    ['if-modified-since', 'Wed, 31 Dec 2025 23:59:59 GMT', 200],
    ['if-modified-since', 'no date', 200],
  ])('%s: %s gets %i', async (name, value, status) => {
    const { get } = await serve();
    const response = await get('/', { [name]: value });
    expect(response.status).toBe(status);
    expect(response.headers).toMatchObject({ etag: tag, 'content-security-policy': "default-src 'none'" });
    if (status === 304) expect(response.body).toHaveLength(0);
  });

  it('the tag takes precedence over the time', async () => {
    const { get } = await serve();
    const headers = { 'if-none-match': '"other"', 'if-modified-since': 'Thu, 01 Jan 2026 00:00:00 GMT' };
    expect((await get('/', headers)).status).toBe(200);
  });
});

describe('compression', () => {
  it.each([
    ['br', 'gzip, deflate, br', (bytes: Buffer) => brotliDecompressSync(bytes)],
    ['gzip', 'gzip', (bytes: Buffer) => gunzipSync(bytes)],
    ['gzip', 'br;q=0, gzip;q=0.5', (bytes: Buffer) => gunzipSync(bytes)],
  ])(
    'a file is compressed by %s for a viewer that accepts %s, with a weak tag',
    async (encoding, accepted, decompress) => {
      const { get } = await serve();
      const response = await get('/assets/index-1.js', { 'accept-encoding': accepted });
      expect(response.headers).toMatchObject({
        'content-encoding': encoding,
        vary: 'Accept-Encoding',
        etag: `W/"${files['assets/index-1.js']?.md5}"`,
        'content-length': String(response.body.byteLength),
      });
      expect(decompress(response.body).toString()).toBe(script);
    },
  );

  it.each([
    ['a viewer that takes none', '/assets/index-1.js', 'identity'],
    ['a picture', '/assets/picture.png', 'br'],
    ['less than 1,000 bytes', '/index.html', 'br'],
  ])('a response is not compressed for %s', async (_, path, accepted) => {
    const { get } = await serve();
    const response = await get(path, { 'accept-encoding': accepted });
    expect(response.headers).not.toHaveProperty('content-encoding');
    expect(response.headers.etag).toMatch(/^"/);
  });

  it('a behavior without compression does not compress', async () => {
    const { get } = await serve({ compress: false });
    expect((await get('/assets/index-1.js', { 'accept-encoding': 'br' })).headers).not.toHaveProperty('vary');
  });
});

describe('the function of a behavior', () => {
  /** Shows what a function sees, through the path that it requests. */
  async function seen(expression: string, path: string, headers = {}) {
    const { get } = await serve({
      viewerRequest: `function handler(event) { event.request.uri = '/' + encodeURIComponent(JSON.stringify(${expression})); return event.request; }`,
    });
    const key = /<Key>(.*)<\/Key>/.exec((await get(path, headers)).body.toString())?.[1] ?? '';
    return JSON.parse(key.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))));
  }

  it("a function gets CloudFront's event", async () => {
    const cookie = 'a=1; b=x=y';
    expect(await seen('event', '/page%20one?q=1&q=%32&flag', { Accept: 'text/html', cookie })).toMatchObject({
      version: '1.0',
      context: { distributionDomainName: 'd1.cloudfront.net', distributionId: 'E1', eventType: 'viewer-request' },
      viewer: { ip: '127.0.0.1' },
      request: {
        method: 'GET',
        headers: { accept: { value: 'text/html' } },
        cookies: { a: { value: '1' }, b: { value: 'x=y' } },
        querystring: { q: { value: '%32', multiValue: [{ value: '1' }, { value: '%32' }] }, flag: { value: '' } },
      },
    });
  });

  it('a function has the language and no access to the machine', async () => {
    expect(await seen('[typeof process, typeof require, typeof fetch]', '/')).toEqual(Array(3).fill('undefined'));
  });

  it.each([
    ['throws', 'function handler() { throw new Error("broken"); }', 'broken'],
    ['makes code of text', 'function handler(e) { return eval("e.request"); }', 'Code generation from strings'],
    ['responds by itself, which is not simulated', 'function handler() { return { statusCode: 302 }; }', 'statusCode'],
    ['asks for no path', 'function handler(e) { e.request.uri = "x"; return e.request; }', 'uri'],
  ])('a function that %s gets a 503, and is logged', async (_, viewerRequest, reason) => {
    const { get, logged } = await serve({ viewerRequest });
    const response = await get('/');
    expect(response.status).toBe(503);
    expect(response.body.toString()).not.toContain(reason);
    expect(logged.join('\n')).toContain(reason);
  });

  it('a function may be asynchronous', async () => {
    const { get } = await serve({ viewerRequest: `async ${rewriteToPage}` });
    expect((await get('/destinations')).status).toBe(200);
  });
});
