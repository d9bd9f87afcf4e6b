import { once } from 'node:events';
import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../clock.ts';
import { RestApiGateway } from './gateway.ts';
import { MAX_UNDER_WAY } from './replies-under-way.ts';
import { everythingTo } from './spec.fixture.ts';

let gateway: RestApiGateway;
let clock: ManualClock;
let port: number;
let complaints: number;
let content: string;
const replies: ServerResponse[] = [];
/** Calling the first of these answers the invocation that has waited longest. */
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
  for (const answer of waiting.splice(0)) answer();
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

describe('bytes that are no HTTP, behind a request', () => {
  it('are refused once and then not read, however many come', async () => {
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

  it('leave its answer to a client that sends all it has before it reads', async () => {
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

  it('end the connection after 30 s where the answer before is not taken', async () => {
    const { socket } = open();
    socket.write(`${get('/a')}\x01\r\n\r\n`);
    await vi.waitUntil(() => complaints === 1);
    const closed = once(socket, 'close');
    await clock.advance(30_000);
    await closed;
  });
});

describe('requests that do not wait for the answers before', () => {
  it(`are taken up to ${MAX_UNDER_WAY}`, async () => {
    const { socket, received } = open();
    socket.write(get('/a').repeat(MAX_UNDER_WAY));
    await vi.waitUntil(() => waiting.length === MAX_UNDER_WAY);
    for (const answer of waiting.splice(0)) answer();
    await vi.waitUntil(() => received().match(/HTTP\/1\.1 200/g)?.length === MAX_UNDER_WAY);
  });

  it('end the connection beyond', async () => {
    const { socket } = open();
    const closed = once(socket, 'close');
    socket.write(get('/a').repeat(MAX_UNDER_WAY + 1));
    await closed;
  });
});

describe('a gateway that stops', () => {
  it('gives the answers to all requests of a connection that are under way, and ends it with the last', async () => {
    const { socket, received } = open();
    socket.write(get('/a') + get('/b') + get('/c'));
    await vi.waitUntil(() => waiting.length === 3);
    const closed = Promise.all([once(socket, 'close'), gateway.close(60_000)]);
    for (const answer of waiting.splice(0)) answer();
    await closed;
    expect(received().match(/HTTP\/1\.1 \d+|Connection: \S+/g)).toEqual([
      ...['HTTP/1.1 200', 'Connection: keep-alive'],
      ...['HTTP/1.1 200', 'Connection: keep-alive'],
      ...['HTTP/1.1 200', 'Connection: close'],
    ]);
  });

  it('tells the clients of open connections so, and serves them no further', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const asked = request({ host: '127.0.0.1', port, path: '/a', agent }).end();
    const answered = once(asked, 'response') as Promise<[IncomingMessage]>;
    await vi.waitUntil(() => waiting.length === 1);
    const closed = gateway.close(60_000);
    waiting.shift()?.();
    const [answer] = await answered;
    answer.resume();
    expect(answer.headers.connection).toBe('close');
    await closed;
    agent.destroy();
  });

  it('gives an answer as a whole that has ended before, to a client that is slow to take it', async () => {
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

  it('ends a connection with its last answer, also where that was ready before the stop and told of none', async () => {
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

  it('does not wait for answers whose client is gone', async () => {
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
