import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../clock.ts';
import { exchange } from '../gateway/client.fixture.ts';
import type { InvokeResult } from '../gateway/rest-api.ts';
import { serveWebSockets, TestClient } from '../testing/web-sockets.ts';
import type { WireResponse } from '../wire/wire.ts';
import { WebSocketConnections } from './connections.ts';
import { FrameLengths } from './frame-lengths.ts';
import { WebSocketGateway } from './gateway.ts';
import { limit, ownLimit, type WebSocketApiSpec } from './websocket-api.ts';

/** What a function sees, as far as these tests look at it. */
interface RouteEvent {
  readonly headers?: Record<string, string>;
  readonly requestContext: {
    readonly routeKey: string;
    readonly connectionId: string;
    readonly disconnectStatusCode?: number;
    readonly disconnectReason?: string;
  };
  readonly body?: string;
}

type Handler = (event: RouteEvent) => unknown;

const ROUTES = new Map(['$connect', '$disconnect', '$default', 'join'].map((key) => [key, `arn:${key}`]));
const opened: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

/** A served API whose routes all have functions; each answers 200 unless the test says otherwise. */
async function serve(options: { spec?: Partial<WebSocketApiSpec>; handlers?: Record<string, Handler> } = {}) {
  const clock = new ManualClock();
  const connections = new WebSocketConnections();
  const events: RouteEvent[] = [];
  const logged: string[] = [];
  const handlers = options.handlers ?? {};
  const gateway = new WebSocketGateway({
    clock,
    connections,
    spec: { apiId: 'api1', stageName: 'live', routes: ROUTES, ...options.spec },
    log: (line) => logged.push(line),
    runner: {
      async invoke(_arn, payload): Promise<InvokeResult> {
        const event: RouteEvent = JSON.parse(payload);
        events.push(event);
        try {
          const answer = await (handlers[event.requestContext.routeKey] ?? (() => ({ statusCode: 200 })))(event);
          return { ok: true, payload: JSON.stringify(answer ?? null) };
        } catch (error) {
          return { ok: false, errorType: 'Error', errorMessage: String(error) };
        }
      },
    },
  });
  const served = await serveWebSockets(gateway);
  opened.push(served.close);
  const of = (routeKey: string) => events.filter(({ requestContext }) => requestContext.routeKey === routeKey);
  const url = `ws://127.0.0.1:${served.port}/live`;
  const connectionId = () => of('$connect').at(-1)?.requestContext.connectionId ?? '';
  const request = (method: string, id: string, body = ''): Promise<WireResponse> =>
    connections.wire
      .handle({
        method,
        url: `/live/@connections/${encodeURIComponent(id)}`,
        headers: {},
        body: Buffer.from(body),
      })
      .catch((error) => connections.wire.errorResponse(error));
  return { clock, gateway, connections, port: served.port, url, events, of, logged, connectionId, request };
}

function held() {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  return { promise, release: () => resolve({ statusCode: 200 }) };
}

/** Waits until the function behind the route has been invoked this often. */
async function invoked(of: (routeKey: string) => RouteEvent[], routeKey: string, times = 1): Promise<RouteEvent> {
  await expect.poll(() => of(routeKey).length).toBe(times);
  const event = of(routeKey).at(-1);
  if (!event) throw new Error('polled for nothing');
  return event;
}

const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const UPGRADE = 'Host: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
const HANDSHAKE = `GET /live HTTP/1.1\r\n${UPGRADE}${KEY}Sec-WebSocket-Version: 13\r\n\r\n`;

/** A client on bare TCP that was let in. The test writes its bytes itself, and it reads nothing unless told to. */
async function rawClient(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(HANDSHAKE);
  await once(socket, 'readable');
  return socket;
}

/** A client's frame, masked with zeros. */
function frame(opcode: number, payload: Uint8Array | string): Buffer {
  return Buffer.concat([Buffer.of(0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0), Buffer.from(payload)]);
}

describe('$connect', () => {
  it('is an event of the documented shape', async () => {
    const { url, port, events, clock } = await serve();
    await TestClient.connect(`${url}?ticket=a%20b&n=1&n=2`, [], { headers: { 'User-Agent': 'test/1' } });
    expect(events).toEqual([
      {
        headers: {
          Host: `127.0.0.1:${port}`,
          'User-Agent': 'test/1',
          'Sec-WebSocket-Version': '13',
          'Sec-WebSocket-Key': expect.any(String),
          'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
          'X-Amzn-Trace-Id': expect.stringMatching(/^Root=1-/),
          'X-Forwarded-For': '127.0.0.1',
          'X-Forwarded-Port': String(port),
          'X-Forwarded-Proto': 'http',
        },
        multiValueHeaders: expect.objectContaining({ Host: [`127.0.0.1:${port}`] }),
        queryStringParameters: { ticket: 'a b', n: '2' },
        multiValueQueryStringParameters: { ticket: ['a b'], n: ['1', '2'] },
        requestContext: {
          routeKey: '$connect',
          eventType: 'CONNECT',
          extendedRequestId: expect.stringMatching(/^[\w-]{15}=$/),
          requestTime: '01/Jan/2026:00:00:00 +0000',
          messageDirection: 'IN',
          stage: 'live',
          connectedAt: clock.nowMs(),
          requestTimeEpoch: clock.nowMs(),
          identity: { userAgent: 'test/1', sourceIp: '127.0.0.1' },
          requestId: expect.stringMatching(/^[\w-]{15}=$/),
          domainName: '127.0.0.1',
          connectionId: expect.stringMatching(/^[\w-]{15}=$/),
          apiId: 'api1',
        },
        isBase64Encoded: false,
      },
    ]);
  });

  it.each([301, 401, 403, 501])('that answers %d refuses the client with it', async (statusCode) => {
    const { url, of } = await serve({ handlers: { $connect: () => ({ statusCode, body: 'secret' }) } });
    await expect(TestClient.connect(url)).rejects.toThrow(`Unexpected server response: ${statusCode}`);
    expect(of('$disconnect')).toEqual([]);
  });

  it.each<[string, Handler]>([
    ['throws', () => Promise.reject(new Error('no'))],
    ['answers nothing', () => undefined],
    ['answers what is no proxy response', () => ({ code: 200 })],
  ])('that %s refuses the client with 502, and is logged', async (_, $connect) => {
    const { url, logged } = await serve({ handlers: { $connect } });
    await expect(TestClient.connect(url)).rejects.toThrow('Unexpected server response: 502');
    expect(logged).toEqual([expect.stringMatching(/^WebSocket API: \$connect: /)]);
  });

  it('that takes longer than 29 s refuses the client with 504', async () => {
    const { promise } = held();
    const { url, of, clock } = await serve({ handlers: { $connect: () => promise } });
    const connecting = expect(TestClient.connect(url)).rejects.toThrow('Unexpected server response: 504');
    await invoked(of, '$connect');
    await clock.advance(29_000);
    await connecting;
  });

  it('chooses the subprotocol', async () => {
    const headers = { 'sec-websocket-protocol': 'second' };
    const { url, of } = await serve({ handlers: { $connect: () => ({ statusCode: 200, headers }) } });
    const client = await TestClient.connect(url, ['first', 'second']);
    expect(client.webSocket.protocol).toBe('second');
    expect(of('$connect')[0]?.headers?.['Sec-WebSocket-Protocol']).toBe('first,second');
  });

  it('is asked once in a while only: what the throttle has no token for is refused with 429', async () => {
    const { url, of } = await serve({ spec: { throttle: { rateLimit: 1, burstLimit: 1 } } });
    await TestClient.connect(url);
    await expect(TestClient.connect(url)).rejects.toThrow('Unexpected server response: 429');
    expect(of('$connect')).toHaveLength(1);
  });

  it('has the client let in before it can be sent to', async () => {
    const { promise, release } = held();
    const { url, of, request, connectionId } = await serve({ handlers: { $connect: () => promise } });
    const connecting = TestClient.connect(url);
    await invoked(of, '$connect');
    expect((await request('POST', connectionId(), 'early')).status).toBe(410);
    release();
    await connecting;
    expect((await request('POST', connectionId(), 'now')).status).toBe(200);
  });

  it('is followed by $disconnect also for a client that went away before its answer', async () => {
    const { promise, release } = held();
    const { port, of } = await serve({ handlers: { $connect: () => promise } });
    const socket = connect(port, '127.0.0.1');
    socket.write(HANDSHAKE);
    await invoked(of, '$connect');
    socket.resetAndDestroy();
    await once(socket, 'close');
    release();
    const { requestContext } = await invoked(of, '$disconnect');
    expect(requestContext).toMatchObject({ disconnectStatusCode: 1006 });
  });

  it.each([
    ['another path', '/in/src_1', `${UPGRADE}${KEY}Sec-WebSocket-Version: 13\r\n`, 403],
    ['no key', '/live', `${UPGRADE}Sec-WebSocket-Version: 13\r\n`, 400],
    ['a key that is none', '/live', `${UPGRADE}Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n`, 400],
    ['another version', '/live', `${UPGRADE}${KEY}Sec-WebSocket-Version: 12\r\n`, 400],
    ['too long a URL', `/live?${'x'.repeat(4_096)}`, `${UPGRADE}${KEY}Sec-WebSocket-Version: 13\r\n`, 414],
    ['no upgrade', '/live', 'Host: h\r\nConnection: close\r\n', 404],
    ['an upgrade to something else', '/live', 'Host: h\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n', 404],
  ])('is not asked for a handshake with %s', async (_, path, headers, status) => {
    const { port, events } = await serve();
    const answer = await exchange(port, `GET ${path} HTTP/1.1\r\n${headers}\r\n`);
    expect(answer.toString()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(events).toEqual([]);
  });
});

describe('a message', () => {
  it('is an event of the documented shape', async () => {
    const { url, of, clock, connectionId } = await serve();
    const client = await TestClient.connect(url, [], { headers: { 'User-Agent': 'test/1' } });
    const connectedAt = clock.nowMs();
    await clock.advance(1_000);
    client.send('hello ✓');
    expect(await invoked(of, '$default')).toEqual({
      requestContext: {
        routeKey: '$default',
        messageId: expect.stringMatching(/^[\w-]{15}=$/),
        eventType: 'MESSAGE',
        extendedRequestId: expect.any(String),
        requestTime: '01/Jan/2026:00:00:01 +0000',
        messageDirection: 'IN',
        stage: 'live',
        connectedAt,
        requestTimeEpoch: connectedAt + 1_000,
        identity: { userAgent: 'test/1', sourceIp: '127.0.0.1' },
        requestId: expect.any(String),
        domainName: '127.0.0.1',
        connectionId: connectionId(),
        apiId: 'api1',
      },
      body: 'hello ✓',
      isBase64Encoded: false,
    });
  });

  it.each([
    ['{"action":"join"}', 'join'],
    ['{"action":"leave"}', '$default'],
    ['{"action":["join"]}', '$default'],
    ['{"Action":"join"}', '$default'],
    ['"join"', '$default'],
    ['null', '$default'],
    ['', '$default'],
    // A client must not be able to pose as the gateway.
    ['{"action":"$connect"}', '$default'],
    ['{"action":"$disconnect"}', '$default'],
  ])('%s selects the route %s', async (text, routeKey) => {
    const { url, of } = await serve();
    const client = await TestClient.connect(url);
    client.send(text);
    expect((await invoked(of, routeKey)).body).toBe(text);
  });

  it.each<[string, Handler]>([
    ['throws', () => Promise.reject(new Error('no'))],
    ['answers nothing', () => undefined],
  ])('whose function %s is answered with an error, and the client stays', async (_, $default) => {
    const { url, connectionId } = await serve({ handlers: { $default } });
    const client = await TestClient.connect(url);
    for (const text of ['one', 'two']) {
      client.send(text);
      expect(JSON.parse(await client.next())).toEqual({
        message: 'Internal server error',
        connectionId: connectionId(),
        requestId: expect.any(String),
      });
    }
  });

  it('gets nothing of what its function answers, whatever the status', async () => {
    const { url, request, connectionId, of } = await serve({
      handlers: { $default: () => ({ statusCode: 500, body: 'answer' }) },
    });
    const client = await TestClient.connect(url);
    client.send('hello');
    await invoked(of, '$default');
    await request('POST', connectionId(), 'the first to come');
    expect(await client.next()).toBe('the first to come');
  });

  it('beyond the throttle of its route is answered with an error', async () => {
    const { url, of } = await serve({ spec: { throttle: { rateLimit: 1, burstLimit: 2 } } });
    const client = await TestClient.connect(url);
    for (const text of ['one', 'two', 'three']) client.send(text);
    expect(JSON.parse(await client.next())).toMatchObject({ message: 'Too Many Requests' });
    expect(of('$default').map(({ body }) => body)).toEqual(['one', 'two']);
  });

  it.each([
    ['in the same breath as its handshake', true],
    ['while it waits', false],
  ])('that a client sends %s is heard once it is let in', async (_, atOnce) => {
    const { promise, release } = held();
    const { port, of } = await serve({ handlers: { $connect: () => promise } });
    const socket = connect(port, '127.0.0.1');
    const early = frame(1, 'early');
    socket.write(atOnce ? Buffer.concat([Buffer.from(HANDSHAKE), early]) : HANDSHAKE);
    await invoked(of, '$connect');
    if (!atOnce) socket.write(early);
    expect(of('$default')).toEqual([]);
    release();
    expect((await invoked(of, '$default')).body).toBe('early');
    socket.destroy();
  });

  it('waits in the socket while functions work on many others of the same client', async () => {
    const { promise, release } = held();
    const { url, of } = await serve({ handlers: { $default: () => promise } });
    const client = await TestClient.connect(url);
    // Together, these are larger than what one read takes from the socket, so the gateway can't have read them all at once.
    for (let n = 0; n < 100; n++) client.send('x'.repeat(32_000));
    await expect.poll(() => of('$default').length).toBeGreaterThanOrEqual(ownLimit.messagesInFlight);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(of('$default').length).toBeLessThan(ownLimit.messagesInFlight + 5);
    release();
    await invoked(of, '$default', 100);
  });
});

describe('what is sent to a client', () => {
  it('goes out in frames of at most 32 KB', async () => {
    const { port, request, connectionId } = await serve();
    const socket = await rawClient(port);
    const handshake = String(socket.read());
    expect(handshake).toMatch(/^HTTP\/1.1 101 .*\r\n\r\n$/s);
    const message = 'x'.repeat(limit.messageBytes);
    expect((await request('POST', connectionId(), message)).status).toBe(200);
    const frames = new FrameLengths();
    const headerBytes = 4;
    let bytes = 0;
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      expect(frames.exceed(limit.frameBytes, chunk)).toBe(false);
      bytes += chunk.length;
      if (bytes === message.length + 4 * headerBytes) break;
    }
  });

  it('has no other operations than AWS, and no other bytes than text', async () => {
    const { url, connections, connectionId } = await serve();
    await TestClient.connect(url);
    const path = `/live/@connections/${encodeURIComponent(connectionId())}`;
    const refused = [
      ['PUT', path, 'x'],
      ['POST', `${path}?x=1`, 'x'],
      ['POST', '/live/@connections', 'x'],
      ['POST', path, Buffer.of(0xff)],
    ] as const;
    for (const [method, target, body] of refused) {
      const request = { method, url: target, headers: {}, body: Buffer.from(body) };
      await expect(connections.wire.handle(request)).rejects.toMatchObject({ code: 'NotImplemented', status: 501 });
    }
  });
});

describe('$disconnect', () => {
  it('is an event of the documented shape, with the code and the reason of the client', async () => {
    const { url, of, connectionId, clock } = await serve();
    const client = await TestClient.connect(url);
    client.webSocket.close(4_001, 'enough');
    expect(await invoked(of, '$disconnect')).toEqual({
      headers: { Host: '127.0.0.1', 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' },
      multiValueHeaders: { Host: ['127.0.0.1'], 'x-api-key': [''], 'X-Forwarded-For': [''], 'x-restapi': [''] },
      requestContext: {
        routeKey: '$disconnect',
        disconnectStatusCode: 4_001,
        eventType: 'DISCONNECT',
        disconnectReason: 'enough',
        extendedRequestId: expect.any(String),
        requestTime: '01/Jan/2026:00:00:00 +0000',
        messageDirection: 'IN',
        stage: 'live',
        connectedAt: clock.nowMs(),
        requestTimeEpoch: clock.nowMs(),
        identity: { sourceIp: '127.0.0.1' },
        requestId: expect.any(String),
        domainName: '127.0.0.1',
        connectionId: connectionId(),
        apiId: 'api1',
      },
      isBase64Encoded: false,
    });
  });

  it.each<[string, (client: TestClient) => void, number, string]>([
    ['gave no code', ({ webSocket }) => webSocket.close(), 1005, 'Client-side close frame status not set'],
    ['was cut off', ({ webSocket }) => webSocket.terminate(), 1006, ''],
    ['sent a binary frame', (client) => client.send(Buffer.from('x')), 1003, 'Binary frames are not supported'],
    ['sent too large a frame', (client) => client.send('x'.repeat(32_769)), 1009, 'Frame too large'],
  ])('of a client that %s has its code', async (_, end, disconnectStatusCode, disconnectReason) => {
    const { url, of, connections } = await serve();
    end(await TestClient.connect(url));
    const { requestContext } = await invoked(of, '$disconnect');
    expect(requestContext).toMatchObject({ disconnectStatusCode, disconnectReason });
    expect(of('$default')).toEqual([]);
    expect(connections.of('live')?.size).toBe(0);
  });

  it('follows after 10 idle minutes', async () => {
    const { url, of, clock } = await serve();
    const client = await TestClient.connect(url);
    await clock.advance(limit.idleMs - 1);
    expect(client.webSocket.readyState).toBe(client.webSocket.OPEN);
    await clock.advance(1);
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
    expect((await invoked(of, '$disconnect')).requestContext.disconnectStatusCode).toBe(1001);
  });

  it.each<[string, (client: TestClient, send: () => Promise<unknown>) => Promise<unknown>]>([
    ['a message of the client', async (client) => client.send('busy')],
    ['a message to the client', (_, send) => send()],
    ['a ping', async (client) => client.webSocket.ping()],
  ])('does not follow where %s came in between', async (_, act) => {
    const { url, of, clock, request, connectionId } = await serve();
    const client = await TestClient.connect(url);
    await clock.advance(limit.idleMs - 1);
    await act(client, () => request('POST', connectionId(), 'busy'));
    await expect
      .poll(async () => JSON.parse(String((await request('GET', connectionId())).body)).lastActiveAt)
      .toBe(new Date(clock.nowMs()).toISOString());
    await clock.advance(limit.idleMs - 1);
    expect(client.webSocket.readyState).toBe(client.webSocket.OPEN);
    expect(of('$disconnect')).toEqual([]);
  });

  it('follows after 2 hours of the busiest client', async () => {
    const { url, clock, request, connectionId } = await serve();
    const client = await TestClient.connect(url);
    const connectedMs = clock.nowMs();
    while (clock.nowMs() + limit.idleMs / 2 < connectedMs + limit.durationMs) {
      await clock.advance(limit.idleMs / 2);
      expect((await request('POST', connectionId(), 'busy')).status).toBe(200);
    }
    await clock.advance(limit.idleMs / 2);
    expect((await client.closed).code).toBe(1001);
  });

  it('a client is disconnected after 10 idle minutes although the clock of the machine is set back meanwhile', async () => {
    const { url, of, clock } = await serve();
    const client = await TestClient.connect(url);
    client.send('busy');
    await invoked(of, '$default');
    clock.set(-60 * 60 * 1000);
    await clock.advance(limit.idleMs);
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
  });

  it('comes to all clients, with 1001, when the gateway is closed, and is waited for', async () => {
    const { promise, release } = held();
    const { url, of, gateway } = await serve({ handlers: { $disconnect: () => promise } });
    const clients = await Promise.all([TestClient.connect(url), TestClient.connect(url)]);
    let isClosed = false;
    const closing = gateway.close().then(() => {
      isClosed = true;
    });
    expect((await Promise.all(clients.map(({ closed }) => closed))).map(({ code }) => code)).toEqual([1001, 1001]);
    await invoked(of, '$disconnect', 2);
    expect(isClosed).toBe(false);
    release();
    await closing;
    await expect(TestClient.connect(url)).rejects.toThrow('socket hang up');
  });

  it('follows for a client that is still in its handshake then, once the function has let it in', async () => {
    const { promise, release } = held();
    const { url, of, gateway } = await serve({ handlers: { $connect: () => promise } });
    const connecting = expect(TestClient.connect(url)).rejects.toThrow('socket hang up');
    await invoked(of, '$connect');
    await gateway.close();
    await connecting;
    release();
    expect((await invoked(of, '$disconnect')).requestContext.disconnectStatusCode).toBe(1006);
  });

  it('is not throttled: it is nothing that a client asks for', async () => {
    const { url, of, clock } = await serve({ spec: { throttle: { rateLimit: 1, burstLimit: 1 } } });
    const first = await TestClient.connect(url);
    await clock.advance(1_000);
    const second = await TestClient.connect(url);
    for (const { webSocket } of [first, second]) webSocket.close();
    await expect.poll(() => of('$disconnect')).toHaveLength(2);
  });

  it('comes once the close frame was not answered for 2 s', async () => {
    const { port, of, request, connectionId, clock } = await serve();
    const socket = await rawClient(port);
    expect((await request('DELETE', connectionId())).status).toBe(204);
    await clock.advance(ownLimit.closingMs - 1);
    expect(of('$disconnect')).toEqual([]);
    await clock.advance(1);
    expect((await invoked(of, '$disconnect')).requestContext.disconnectStatusCode).toBe(1000);
    socket.destroy();
  });
});

describe('a hostile client', () => {
  it('that never reads can be sent 1 MiB beyond what its socket takes, and no more', async () => {
    const { port, request, connectionId } = await serve();
    const socket = await rawClient(port);
    const message = 'x'.repeat(limit.messageBytes);
    let sent = 0;
    // The socket itself takes some megabytes on loopback.
    while ((await request('POST', connectionId(), message)).status === 200 && sent < 1_000) sent += 1;
    expect(sent).toBeLessThan(1_000);
    const { status, headers } = await request('POST', connectionId(), message);
    expect([status, headers['x-amzn-errortype']]).toEqual([429, 'LimitExceededException']);
    socket.destroy();
  });

  it('that never reads and goes on sending is cut off', async () => {
    const { port, of, request, connectionId } = await serve({ handlers: { $default: () => undefined } });
    const socket = await rawClient(port);
    for (const bytes of [limit.messageBytes, 1_000, 1]) {
      while ((await request('POST', connectionId(), 'x'.repeat(bytes))).status === 200);
    }
    socket.write(frame(1, 'what?'));
    expect((await invoked(of, '$disconnect')).requestContext.disconnectStatusCode).toBe(1006);
    socket.destroy();
  });

  it.each([
    ['announces a frame of a terabyte', Buffer.from('81ff0000010000000000', 'hex'), 1009],
    ['uses a reserved opcode', frame(3, 'x'), 1002],
    ['sends text that is not UTF-8', frame(1, Buffer.of(0xff)), 1007],
    ['does not mask', Buffer.of(0x81, 1, 0x78), 1002],
  ])('that %s is closed before any function hears of it', async (_, bytes, code) => {
    const { port, of } = await serve();
    const socket = await rawClient(port);
    socket.write(bytes);
    socket.resume();
    socket.on('end', () => socket.end());
    const { requestContext } = await invoked(of, '$disconnect');
    expect(requestContext.disconnectStatusCode).toBe(code);
    expect(of('$default')).toEqual([]);
    socket.destroy();
  });

  it('that was refused and does not hang up is hung up on', async () => {
    const { port } = await serve();
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write(HANDSHAKE.replace('/live', '/elsewhere'));
    socket.resume();
    await once(socket, 'end');
    const writing = setInterval(() => socket.write('x'), 1);
    const [error] = await once(socket, 'error');
    clearInterval(writing);
    expect(error.code).toMatch(/^(ECONNRESET|EPIPE)$/);
  });

  it('that pings and never reads is cut off', async () => {
    const { port, of } = await serve();
    const socket = await rawClient(port);
    const pings = Buffer.concat(Array.from({ length: 500 }, () => frame(9, 'x'.repeat(125))));
    socket.on('drain', () => socket.write(pings));
    socket.write(pings);
    expect((await invoked(of, '$disconnect')).requestContext.disconnectStatusCode).toBe(1006);
    socket.destroy();
  });
});
