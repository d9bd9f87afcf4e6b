import type { LookupAddress, lookup } from 'node:dns';
import { createServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { verify } from '@octokit/webhooks-methods';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { deliveryIdOf, newEventId, newId } from '../../core/ids.ts';
import { answer, hang, Receiver } from '../../test/support/receiver.ts';
import { checkedLookup } from './checked-lookup.ts';
import type { AttemptInput } from './destination-type.ts';
import { httpDestination } from './http.ts';
import { type HttpTarget, httpTarget } from './http-target.fixture.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const sourceId = newId('src');
const connectionId = newId('con');
const eventId = newEventId(sourceId, Date.now());

let receiver: Receiver;
beforeEach(async () => {
  receiver = await Receiver.start();
});
afterEach(() => receiver.stop());

const type = httpDestination('loopback', Date.now);
const http = {
  attempt: (some: AttemptInput, target: ReturnType<typeof destination>) => type.bind(target).attempt(some),
};

function delivery(
  over: { body?: Uint8Array; headers?: [string, string][]; method?: string; attempt?: number } = {},
): AttemptInput {
  return {
    job: {
      deliveryId: deliveryIdOf(eventId, connectionId),
      eventId,
      organizationId: newId('org'),
      sourceId,
      connectionId,
      destinationId: newId('dst'),
      attempt: over.attempt ?? 1,
      roundStart: 1,
      startsReplay: false,
    },
    head: {
      method: over.method ?? 'POST',
      path: '',
      query: '',
      headers: over.headers ?? [['Content-Type', 'application/json']],
      sourceIp: '192.0.2.1',
    },
    body: over.body ?? Buffer.from('{"hello":"world"}'),
    eventUrl: `https://hawser.example/events/${eventId}`,
  };
}

const destination = (over: HttpTarget = {}) => httpTarget({ url: receiver.url, secret: SECRET, ...over });

/** A raw TCP server that does what no proper HTTP server would. Closed after the test. @returns its URL */
async function rawServer(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
}

/** Answers the first request on a connection and keeps it alive, but does not answer the second. */
function answersOnce(socket: Socket, onSecond: () => void): void {
  socket.once('data', () => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n');
    socket.once('data', onSecond);
  });
}

describe('an HTTP delivery', () => {
  it('the Standard Webhooks library accepts the signature', async () => {
    await http.attempt(delivery(), destination());
    const [got] = receiver.received;
    const headers = got?.headers as Record<string, string>;
    expect(new Webhook(SECRET).verify(String(got?.body), headers)).toEqual({ hello: 'world' });
    expect(headers['webhook-id']).toBe(eventId);
  });

  it("a plain HMAC signature replaces the sender's header of the same name", async () => {
    const signing = {
      scheme: 'hmac',
      algorithm: 'sha256',
      encoding: 'hex',
      header: 'X-Hub-Signature-256',
      prefix: 'sha256=',
      timestamp_header: null,
    } as const;
    const sender = delivery({ headers: [['x-hub-signature-256', 'sha256=of-the-sender']] });
    await http.attempt(sender, destination({ signing, secret: 'a secret of mine' }));
    const { 'x-hub-signature-256': signature, 'webhook-signature': standard } = receiver.received[0]?.headers ?? {};
    expect(await verify('a secret of mine', '{"hello":"world"}', String(signature))).toBe(true);
    expect(standard).toBeUndefined();
  });

  it('a delivery without a secret is not signed', async () => {
    await http.attempt(delivery(), destination({ secret: undefined }));
    expect(Object.keys(receiver.received[0]?.headers ?? {}).filter((name) => name.startsWith('webhook-'))).toEqual([]);
  });

  it('the headers name the event, the delivery, the attempt, and the page in the dashboard', async () => {
    const { job } = delivery();
    await http.attempt(delivery({ attempt: 3 }), destination());
    expect(receiver.received[0]?.headers).toMatchObject({
      'x-hawser-event-id': eventId,
      'x-hawser-delivery-id': job.deliveryId,
      'x-hawser-attempt-count': '3',
      'x-hawser-event-url': `https://hawser.example/events/${eventId}`,
    });
  });

  it("the sender's headers keep their case and repetitions, and Host names the receiver", async () => {
    await http.attempt(
      delivery({
        headers: [
          ['X-GitHub-Event', 'push'],
          ['x-Multi', 'a'],
          ['x-Multi', 'b'],
          ['Host', 'hawser.example'],
        ],
      }),
      destination(),
    );
    const raw = receiver.received[0]?.rawHeaders ?? [];
    expect(raw.join('|')).toContain('X-GitHub-Event|push|x-Multi|a|x-Multi|b');
    expect(raw.filter((name) => name.toLowerCase() === 'host')).toHaveLength(1);
    expect(receiver.received[0]?.headers.host).toBe(new URL(receiver.url).host);
  });

  it.each([
    ['empty', Buffer.alloc(0)],
    ['gzip', gzipSync('{"a":1}')],
    ['not UTF-8', Buffer.from([0xff, 0x00, 0xfe, 0x80])],
    ['3 MB', Buffer.alloc(3_000_000, 'x')],
  ])('the body arrives byte for byte: %s', async (_, body) => {
    const { response } = await http.attempt(delivery({ body }), destination());
    expect(response?.statusCode).toBe(200);
    expect(Buffer.compare(receiver.received[0]?.body ?? Buffer.alloc(1), body)).toBe(0);
  });

  it("the sender's method is used unless the destination has its own", async () => {
    await http.attempt(delivery({ method: 'PUT' }), destination());
    await http.attempt(delivery({ method: 'PUT' }), destination({ method: 'PATCH' }));
    expect(receiver.received.map(({ method }) => method)).toEqual(['PUT', 'PATCH']);
  });

  it('the log shows the method and the URL as sent, including additions of a transform', async () => {
    const addition = { path: '/orders/7', query: 'region=eu&token=of-the-event' };
    const to = destination({ url: `${receiver.url}?v=2&signature=0123456789abcdef` });
    const { request } = await http.attempt({ ...delivery({ method: 'PUT' }), addition }, to);
    expect(receiver.received[0]).toMatchObject({
      method: 'PUT',
      url: '/hook/orders/7?v=2&signature=0123456789abcdef&region=eu&token=of-the-event',
    });
    const target = `${receiver.url}/orders/7?v=2&signature=••••&region=eu&token=••••`;
    expect(request).toEqual({ method: 'PUT', target });
  });

  it("the destination's headers override the sender's, and are masked in the log", async () => {
    const { requestHeaders } = await http.attempt(
      delivery({ headers: [['authorization', 'Basic sender']] }),
      destination({ headers: { Authorization: 'Bearer destination-token-1234' } }),
    );
    expect(receiver.received[0]?.headers.authorization).toBe('Bearer destination-token-1234');
    expect(Object.fromEntries(requestHeaders).Authorization).toBe('••••1234');
  });

  it("each pass through Hawser is recorded in one loop header, along with other gateways' entries", async () => {
    const loops = async (headers: [string, string][], to = destination()) => {
      await http.attempt(delivery({ headers }), to);
      const { rawHeaders = [] } = receiver.received.at(-1) ?? {};
      return rawHeaders.filter((_, index) => rawHeaders[index - 1]?.toLowerCase() === 'cdn-loop');
    };
    expect(await loops([])).toEqual(['hawser']);
    const twice: [string, string][] = [
      ['CDN-Loop', 'cloudflare; loops=1, hawser'],
      ['cdn-loop', 'hawser'],
    ];
    expect(await loops(twice)).toEqual(['hawser, hawser, hawser']);
    const own = { 'CDN-Loop': 'of a destination that is older than the rule' };
    expect(await loops(twice, destination({ headers: own }))).toEqual(['hawser, hawser, hawser']);
  });

  it('header characters beyond Latin-1 are sent as UTF-8', async () => {
    await http.attempt(delivery({ headers: [['X-City', 'Łódź']] }), destination());
    expect(Buffer.from(String(receiver.received[0]?.headers['x-city']), 'latin1').toString()).toBe('Łódź');
  });
});

describe('a response', () => {
  it.each([200, 201, 204, 299])('status %i means delivered', async (status) => {
    receiver.behave = answer(status);
    expect((await http.attempt(delivery(), destination())).verdict).toEqual({ kind: 'delivered' });
  });

  it('status 410 means that the receiver is gone', async () => {
    receiver.behave = answer(410);
    expect((await http.attempt(delivery(), destination())).verdict).toMatchObject({ kind: 'failed', failure: 'gone' });
    receiver.behave = answer(404);
    expect((await http.attempt(delivery(), destination())).verdict).toMatchObject({ failure: 'temporary' });
  });

  it.each([301, 302, 400, 401, 404, 429, 500, 503])('status %i is a temporary failure', async (status) => {
    receiver.behave = answer(status, '', { location: 'http://127.0.0.1:1/' });
    expect((await http.attempt(delivery(), destination())).verdict).toMatchObject({
      kind: 'failed',
      failure: 'temporary',
      statusCode: status,
    });
    expect(receiver.received).toHaveLength(1);
  });

  it('Retry-After sets the delay before the retry', async () => {
    receiver.behave = answer(503, '', { 'Retry-After': '90' });
    expect((await http.attempt(delivery(), destination())).verdict).toMatchObject({ retryAfterSeconds: 90 });
  });

  it('the log has the status, the headers and the first 16 KiB of the body', async () => {
    receiver.behave = answer(200, 'y'.repeat(100_000), { 'X-Trace': 'abc' });
    const { response } = await http.attempt(delivery(), destination());
    expect(response?.headers).toContainEqual(['X-Trace', 'abc']);
    expect(Buffer.from(response?.body ?? []).toString()).toBe('y'.repeat(16 * 1024));
    expect(response?.bodyTruncated).toBe(true);
  });

  it('credentials in response headers are masked in the log', async () => {
    receiver.behave = answer(200, '', { 'Set-Cookie': 'session=0123456789abcdef', 'X-Trace': 'abc' });
    const { response } = await http.attempt(delivery(), destination());
    expect(Object.fromEntries(response?.headers ?? [])).toMatchObject({ 'Set-Cookie': '••••cdef', 'X-Trace': 'abc' });
  });

  it('a response that switches protocols is an ordinary failure, not an endless request', async () => {
    const url = await rawServer((socket) => {
      socket.once('data', () =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n'),
      );
    });
    const { response, verdict } = await http.attempt(delivery(), destination({ url }));
    expect(response).toMatchObject({ statusCode: 101, headers: expect.arrayContaining([['upgrade', 'other']]) });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'temporary' });
  });

  it('a compressed response is logged decoded', async () => {
    receiver.behave = (_, response) =>
      void response.writeHead(500, { 'content-encoding': 'gzip' }).end(gzipSync('stack trace'));
    const { response } = await http.attempt(delivery(), destination());
    expect(Buffer.from(response?.body ?? []).toString()).toBe('stack trace');
  });

  it('a decompression bomb is logged no larger than the log allows', async () => {
    receiver.behave = (_, response) =>
      void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(10_000_000)));
    const { response, verdict } = await http.attempt(delivery(), destination());
    expect(verdict.kind).toBe('delivered');
    expect(response?.body.byteLength).toBeLessThanOrEqual(16 * 1024);
  });

  it('an endless body is judged by its status and logged as far as received', async () => {
    receiver.behave = (_, response) => void response.writeHead(200).write('partial');
    const { response, verdict } = await http.attempt(delivery(), destination({ timeoutSeconds: 0.2 }));
    expect(verdict).toEqual({ kind: 'delivered' });
    expect(Buffer.from(response?.body ?? []).toString()).toBe('partial');
    expect(response?.bodyTruncated).toBe(true);
  });

  it.each([
    ['200 OK', 'delivered'],
    ['500 Broken', 'failed'],
  ])('a malformed body after %s is judged by the status and logged as far as received', async (status, kind) => {
    const head = `HTTP/1.1 ${status}\r\ntransfer-encoding: chunked\r\n\r\n`;
    const url = await rawServer((socket) =>
      socket.once('data', () => socket.write(`${head}7\r\npartial\r\nno length of a chunk\r\n`)),
    );
    const { error, response, verdict } = await http.attempt(delivery(), destination({ url }));
    expect([error, verdict.kind]).toEqual([undefined, kind]);
    expect(Buffer.from(response?.body ?? []).toString()).toBe('partial');
    expect(response?.bodyTruncated).toBe(true);
  });
});

describe('an attempt without a response', () => {
  it('endless response headers are cut off', async () => {
    const url = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const flood = () => {
        while (socket.write(`X-Flood: ${'x'.repeat(1_000)}\r\n`));
      };
      socket.on('drain', flood);
      socket.once('data', flood);
    });
    const { error, verdict } = await http.attempt(delivery(), destination({ url }));
    expect(error).toEqual({ code: 'INVALID_RESPONSE', message: expect.stringContaining('Header overflow') });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'temporary' });
  });

  it.each(['100 Continue', '102 Processing', '103 Early Hints'])(
    'a flood of interim responses (%s) is cut off',
    async (status) => {
      const url = await rawServer((socket) => {
        const flood = () => {
          while (!socket.destroyed && socket.write(`HTTP/1.1 ${status}\r\n\r\n`.repeat(100)));
        };
        socket.on('drain', flood);
        socket.once('data', flood);
      });
      const { error, verdict } = await http.attempt(delivery(), destination({ url, timeoutSeconds: 5 }));
      expect(error).toEqual({ code: 'INVALID_RESPONSE', message: expect.stringContaining('interim responses (1xx)') });
      expect(verdict).toEqual({ kind: 'failed', failure: 'temporary', retryAfterSeconds: 0 });
    },
  );

  it('a few interim responses before the final one are accepted', async () => {
    const url = await rawServer((socket) => {
      const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(16);
      socket.once('data', () => socket.write(`${hints}HTTP/1.1 204 No Content\r\n\r\n`));
    });
    const { response } = await http.attempt(delivery(), destination({ url }));
    expect(response?.statusCode).toBe(204);
  });

  it.each([
    ['something other than HTTP', 'HELLO WORLD, this is no HTTP\r\n\r\n', 'Expected HTTP/'],
    ['a header without a colon', 'HTTP/1.1 200 OK\r\nno header at all\r\n\r\n', 'header'],
    [
      'two Content-Length headers',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      'Content-Length',
    ],
  ])('a response with %s is reported as INVALID_RESPONSE with the reason, and retried', async (_, text, why) => {
    const url = await rawServer((socket) => socket.once('data', () => socket.write(text)));
    const { error, response, verdict } = await http.attempt(delivery(), destination({ url }));
    expect(error).toEqual({
      code: 'INVALID_RESPONSE',
      message: expect.stringMatching(new RegExp(`^the answer can't be read as HTTP/1.1: .*${why}`, 'i')),
    });
    expect(response).toBeUndefined();
    expect(verdict).toEqual({ kind: 'failed', failure: 'temporary', retryAfterSeconds: 0 });
  });

  it.each([
    ['its headers', 'HTTP/1.1 200 OK\r\nX-Slow: '],
    ['interim responses', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['its status line', 'HTTP/1.1 200 O'],
  ])('a receiver that drips %s is reported as TIMEOUT', async (_, head) => {
    const url = await rawServer((socket) => {
      socket.once('data', () => socket.write(head));
      const drip = setInterval(() => socket.write(head.startsWith('HTTP/1.1 103') ? head : 'y'), 50);
      socket.once('close', () => clearInterval(drip));
    });
    const { error } = await http.attempt(delivery(), destination({ url, timeoutSeconds: 0.3 }));
    expect(error?.code).toBe('TIMEOUT');
  });

  it('a receiver that hangs is reported as TIMEOUT', async () => {
    receiver.behave = hang;
    const { error, verdict } = await http.attempt(delivery(), destination({ timeoutSeconds: 0.1 }));
    expect(error).toEqual({ code: 'TIMEOUT', message: 'no answer within 0.1 s' });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'temporary' });
  });

  it('a closed port is reported as CONNECTION_REFUSED', async () => {
    await receiver.stop();
    expect((await http.attempt(delivery(), destination())).error?.code).toBe('CONNECTION_REFUSED');
    receiver = await Receiver.start();
  });

  it('a broken connection is reported as CONNECTION_RESET', async () => {
    receiver.behave = (_, response) => void response.socket?.destroy();
    expect((await http.attempt(delivery(), destination())).error?.code).toBe('CONNECTION_RESET');
  });

  it('a receiver that does not speak TLS is reported as TLS_ERROR', async () => {
    const url = receiver.url.replace('http:', 'https:');
    expect((await http.attempt(delivery(), destination({ url }))).error?.code).toBe('TLS_ERROR');
  });

  it('a name that does not resolve is reported as DNS_ERROR', async () => {
    const { error } = await http.attempt(delivery(), destination({ url: 'http://no-such-host.invalid/' }));
    expect(error?.code).toBe('DNS_ERROR');
  });

  it('a kept-alive connection that the receiver has closed is replaced at once', async () => {
    const url = await rawServer((socket) => answersOnce(socket, () => socket.destroy()));
    const first = await http.attempt(delivery({ body: Buffer.alloc(0) }), destination({ url }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const second = await http.attempt(delivery({ body: Buffer.alloc(0) }), destination({ url }));
    expect([first.verdict.kind, second.verdict.kind]).toEqual(['delivered', 'delivered']);
  });

  it.each([
    ['after a while', '', 600],
    ['at once, but within a response', 'HTTP/1.1 200 O', 0],
  ])('a request on a kept-alive connection that breaks %s is not sent again', async (_when, text, afterMs) => {
    let requests = 0;
    const url = await rawServer((socket) => {
      answersOnce(socket, () => {
        socket.write(text);
        setTimeout(() => socket.destroy(), afterMs);
      });
      socket.on('data', () => (requests += 1));
    });
    await http.attempt(delivery({ body: Buffer.alloc(0) }), destination({ url }));
    const { error, verdict } = await http.attempt(delivery({ body: Buffer.alloc(0) }), destination({ url }));
    expect(error?.code).toBe('CONNECTION_RESET');
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'temporary' });
    expect(requests).toBe(2);
  });

  it('one timeout covers the whole attempt, including a replaced connection', async () => {
    const reused = Promise.withResolvers<Socket>();
    const replaced = Promise.withResolvers<void>();
    let connections = 0;
    const url = await rawServer((socket) => {
      connections += 1;
      if (connections === 1) answersOnce(socket, () => reused.resolve(socket));
      else socket.once('data', () => replaced.resolve());
    });
    await http.attempt(delivery({ body: Buffer.alloc(0) }), destination({ url }));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const attempt = http.attempt(delivery({ body: Buffer.alloc(0) }), destination({ url, timeoutSeconds: 60 }));
      const socket = await reused.promise;
      vi.advanceTimersByTime(400);
      socket.destroy();
      await replaced.promise;
      vi.advanceTimersByTime(59_600);
      expect((await attempt).error).toEqual({ code: 'TIMEOUT', message: 'no answer within 60 s' });
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a blocked target', () => {
  const publicOnly = httpDestination('public', Date.now);

  it.each([
    'http://127.0.0.1:9/',
    'http://2130706433:9/',
    'http://[::1]:9/',
    'https://169.254.169.254/latest/meta-data',
    'http://0x7f.1:9/',
  ])('%s fails permanently, and nothing is sent', async (url) => {
    const { error, verdict, request } = await publicOnly.bind(destination({ url })).attempt(delivery());
    expect(error?.code).toBe('BLOCKED_ADDRESS');
    expect(request).toEqual({ method: 'POST', target: new URL(url).href });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'permanent' });
  });

  it('a blocked address behind a host name is found, because the checked address is the one connected to', async () => {
    const { port } = new URL(receiver.url);
    const { error } = await publicOnly.bind(destination({ url: `http://localhost:${port}/` })).attempt(delivery());
    expect(error?.code).toBe('BLOCKED_ADDRESS');
    expect(receiver.received).toHaveLength(0);
  });

  it('one blocked address among several blocks the host name', async () => {
    const mixed = ((_host: string, _options: object, callback: (error: null, addresses: LookupAddress[]) => void) =>
      callback(null, [
        { address: '8.8.8.8', family: 4 },
        { address: '10.0.0.1', family: 4 },
      ])) as unknown as typeof lookup;
    const error = await new Promise((resolve) =>
      checkedLookup('public', mixed)('rebind.example', { all: true }, resolve),
    );
    expect(String(error)).toContain('10.0.0.1 is not a public address');
  });
});
