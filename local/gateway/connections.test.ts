import { once } from 'node:events';
import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../clock.ts';
import { RestApiGateway } from './gateway.ts';
import { MAX_PENDING_REPLIES } from './pending-replies.ts';
import { everythingTo } from './spec.fixture.ts';

let gateway: RestApiGateway;
let clock: ManualClock;
let port: number;
let complaints: number;
let content: string;
const replies: ServerResponse[] = [];
/** Functions that end the invocations, the one that has waited longest first. */
const waiting: (() => void)[] = [];
const sockets: Socket[] = [];

beforeEach(async () => {
  complaints = 0;
  content = 'done';
  replies.length = 0;
  clock = new ManualClock();
  gateway = new RestApiGateway({
    clock,
    log: () => {},
    spec: everythingTo('arn:f'),
    runner: {
      invoke: () =>
        new Promise((resolve) =>
          waiting.push(() => resolve({ ok: true, payload: JSON.stringify({ statusCode: 200, body: content }) })),
        ),
    },
  });
  const server = await gateway.listen(0);
  server.on('clientError', () => complaints++);
  server.on('request', (_, reply) => replies.push(reply));
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const response of waiting.splice(0)) response();
  const closed = gateway.close(0);
  await clock.advance(30_000);
  await closed;
});

function open() {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  return { socket, received: () => Buffer.concat(chunks).toString() };
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;

describe('invalid HTTP after a request', () => {
  it('bytes that are not HTTP are refused once and then no longer read', async () => {
    const { socket, received } = open();
    socket.write(`${get('/a')}\x01\r\n\r\n`);
    for (let piece = 0; piece < 20; piece++) {
      await sleep(2);
      socket.write('more\r\n\r\n');
    }
    await vi.waitUntil(() => waiting.length === 1);
    expect(complaints).toBe(1);
    waiting.shift()?.();
    await once(socket, 'close');
    expect(received().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  it('a client that sends everything before it reads still gets its 400', async () => {
    const { socket, received } = open();
    const closed = once(socket, 'close');
    socket.pause();
    socket.write('POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nno length\r\n');
    for (let piece = 0; piece < 20; piece++) {
      socket.write(Buffer.alloc(16 * 1024, 'x'));
      await sleep(3);
    }
    expect(complaints).toBeGreaterThan(1);
    socket.resume();
    socket.end();
    await closed;
    expect(received()).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('the connection ends after 30 s if the previous response is not ready', async () => {
    const { socket } = open();
    socket.write(`${get('/a')}\x01\r\n\r\n`);
    await vi.waitUntil(() => complaints === 1);
    const closed = once(socket, 'close');
    await clock.advance(30_000);
    await closed;
  });
});

describe('pipelined requests', () => {
  it(`up to ${MAX_PENDING_REPLIES} pipelined requests are accepted`, async () => {
    const { socket, received } = open();
    socket.write(get('/a').repeat(MAX_PENDING_REPLIES));
    await vi.waitUntil(() => waiting.length === MAX_PENDING_REPLIES);
    for (const response of waiting.splice(0)) response();
    await vi.waitUntil(() => received().match(/HTTP\/1\.1 200/g)?.length === MAX_PENDING_REPLIES);
  });

  it('one pipelined request too many ends the connection', async () => {
    const { socket } = open();
    const closed = once(socket, 'close');
    socket.write(get('/a').repeat(MAX_PENDING_REPLIES + 1));
    await closed;
  });
});

describe('a gateway that stops', () => {
  it('a stopping gateway answers all pending requests of a connection and closes it with the last', async () => {
    const { socket, received } = open();
    socket.write(get('/a') + get('/b') + get('/c'));
    await vi.waitUntil(() => waiting.length === 3);
    const closed = Promise.all([once(socket, 'close'), gateway.close(60_000)]);
    for (const response of waiting.splice(0)) response();
    await closed;
    expect(received().match(/HTTP\/1\.1 \d+|Connection: \S+/g)).toEqual([
      ...['HTTP/1.1 200', 'Connection: keep-alive'],
      ...['HTTP/1.1 200', 'Connection: keep-alive'],
      ...['HTTP/1.1 200', 'Connection: close'],
    ]);
  });

  it('a stopping gateway sends Connection: close on open connections and serves them no further', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const outgoing = request({ host: '127.0.0.1', port, path: '/a', agent }).end();
    const responded = once(outgoing, 'response') as Promise<[IncomingMessage]>;
    await vi.waitUntil(() => waiting.length === 1);
    const closed = gateway.close(60_000);
    waiting.shift()?.();
    const [response] = await responded;
    response.resume();
    expect(response.headers.connection).toBe('close');
    await closed;
    agent.destroy();
  });

  it('a response that ended before the stop is delivered in full to a slow client', async () => {
    content = 'x'.repeat(5_900_000);
    const { socket, received } = open();
    socket.pause();
    socket.write(get('/a'));
    await vi.waitUntil(() => waiting.length === 1);
    waiting.shift()?.();
    await vi.waitUntil(() => replies[0]?.writableEnded);
    expect(replies[0]?.writableFinished).toBe(false);
    const closed = Promise.all([once(socket, 'close'), gateway.close(60_000)]);
    socket.resume();
    await closed;
    expect(received().split('\r\n\r\n')[1]).toHaveLength(content.length);
  });

  it('a connection ends with its last response, even if that was ready before the stop without saying so', async () => {
    const { socket, received } = open();
    socket.write(get('/a') + get('/b'));
    await vi.waitUntil(() => waiting.length === 2);
    waiting.pop()?.();
    await vi.waitUntil(() => replies[1]?.writableEnded);
    const closed = Promise.all([once(socket, 'close'), gateway.close(60_000)]);
    waiting.shift()?.();
    await closed;
    expect(received().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
  });

  it('a stopping gateway does not wait for responses whose client is gone', async () => {
    const { socket: idle, received } = open();
    idle.write(get('/a'));
    await vi.waitUntil(() => waiting.length === 1);
    waiting.shift()?.();
    await vi.waitUntil(() => received().endsWith('done'));
    const { socket: gone } = open();
    gone.write(get('/b') + get('/c'));
    await vi.waitUntil(() => waiting.length === 2);
    waiting.pop()?.();
    await vi.waitUntil(() => replies[2]?.writableEnded);
    gone.destroy();
    await vi.waitUntil(() => replies[1]?.destroyed);
    await Promise.all([once(idle, 'close'), gateway.close(60_000)]);
    // The invocation of the client that is gone still waits for its answer.
    expect(waiting).toHaveLength(1);
  });
});
