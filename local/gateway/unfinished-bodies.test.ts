import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../clock.ts';
import { call, exchange } from './client.fixture.ts';
import { RestApiGateway } from './gateway.ts';
import { limit } from './rest-api.ts';
import { everythingTo } from './spec.fixture.ts';

const MIB = 1024 * 1024;

const gateways: RestApiGateway[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const gateway of gateways.splice(0)) await gateway.close();
});

/** A gateway with room for this many bytes of unfinished bodies, in front of a function that answers with the size of a body. */
async function serve(unfinishedBytes: number) {
  const clock = new ManualClock();
  const gateway = new RestApiGateway({
    clock,
    unfinishedBytes,
    log: () => {},
    spec: everythingTo('arn:ingest'),
    runner: {
      async invoke(_functionArn, payload) {
        const { body } = JSON.parse(payload);
        const length = Buffer.from(body ?? '', 'base64').byteLength;
        return { ok: true, payload: JSON.stringify({ statusCode: 200, body: String(length) }) };
      },
    },
  });
  gateways.push(gateway);
  const server = await gateway.listen(0);
  return { clock, port: (server.address() as AddressInfo).port };
}

/** Announces a body and sends its first bytes. */
async function begin(port: number, declared: number, sent: number) {
  const { socket, closed } = await open(port, `Content-Length: ${declared}`);
  await write(socket, Buffer.alloc(sent));
  return { socket, closed };
}

/** Sends the head of a request. */
async function open(port: number, header: string) {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  const chunks: Buffer[] = [];
  socket.on('error', () => {});
  socket.on('data', (chunk) => chunks.push(chunk));
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(Buffer.concat(chunks).toString())));
  await write(socket, `POST /in HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${header}\r\n\r\n`);
  return { socket, closed };
}

function write(socket: Socket, bytes: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => socket.write(bytes, () => resolve()));
}

const post = (port: number, bytes: number) => call(port, 'POST', '/in', { body: Buffer.alloc(bytes) });

/** The gateway's response to a client that sends `Expect: 100-continue` for a body of this size. */
function asked(port: number, bytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', reject);
    socket.once('data', (reply) => {
      socket.destroy();
      resolve(reply.toString().slice(0, 'HTTP/1.1 100'.length));
    });
    socket.write(`POST /in HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: ${bytes}\r\n\r\n`);
  });
}

/**
 * Begins a body with 600,000 of its 700,000 bytes, as all these tests do, and waits until the gateway has them: they arrive a
 * little after they were written.
 */
async function beginLarge(port: number) {
  const body = await begin(port, 700_000, 600_000);
  // Three quarters of 1 MiB are 786,432.
  await vi.waitFor(async () => expect(await asked(port, 186_433)).toBe('HTTP/1.1 429'), { timeout: 10_000 });
  expect(await asked(port, 186_432)).toBe('HTTP/1.1 100');
  return body;
}

describe('the memory for unfinished bodies', () => {
  it('a body that exceeds the memory left gets 429, and its connection ends', async () => {
    const { port } = await serve(MIB);
    await beginLarge(port);
    const head = 'POST /in HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n';
    const reply = (await exchange(port, head, Buffer.alloc(300_000))).toString();
    expect(reply).toMatch(/^HTTP\/1\.1 429 /);
    expect(reply).toContain('x-amzn-ErrorType: TooManyRequestsException');
    expect(reply).toContain('Connection: close');
    expect(reply).toContain('{"message":"Too Many Requests"}');
  });

  it('a quarter of the memory is reserved for small bodies', async () => {
    const { port } = await serve(MIB);
    await beginLarge(port);
    expect((await post(port, 100_000)).body.toString()).toBe('100000');
  });

  it('the memory of a body is freed when it ends', async () => {
    const { port } = await serve(MIB);
    const { socket, closed } = await beginLarge(port);
    await write(socket, Buffer.alloc(100_000));
    expect(await closed).toMatch(/\r\n\r\n700000$/);
    expect((await post(port, 700_000)).body.toString()).toBe('700000');
  });

  it('the memory of a body is freed when its client disconnects', async () => {
    const { port } = await serve(MIB);
    const { socket } = await beginLarge(port);
    socket.destroy();
    await vi.waitFor(async () => expect((await post(port, 700_000)).status).toBe(200), { timeout: 10_000 });
  });

  it('the memory of a body is freed when it turns out too large', async () => {
    const { port } = await serve(16 * MIB);
    const body = Buffer.alloc(limit.payloadBytes + 1);
    const tooLarge = () => call(port, 'POST', '/in', { headers: { 'transfer-encoding': 'chunked' }, body });
    expect([(await tooLarge()).status, (await tooLarge()).status]).toEqual([413, 413]);
  });

  it('a body in one-byte pieces counts little more than another', async () => {
    const { port } = await serve(4 * MIB);
    for (let count = 0; count < 16; count++) {
      const { socket } = await open(port, 'Transfer-Encoding: chunked');
      await write(socket, '1\r\nx\r\n'.repeat(32_768));
    }
    expect((await post(port, 10_000)).body.toString()).toBe('10000');
    // Large bodies may take 3 MiB. Each of the sixteen takes buffers of 512, 1,024, … and 32,768 bytes.
    const left = 3 * MIB - 16 * 65_024;
    await vi.waitFor(async () => expect(await asked(port, left + 1)).toBe('HTTP/1.1 429'), { timeout: 10_000 });
    expect(await asked(port, left)).toBe('HTTP/1.1 100');
  });

  it('a body is accepted in any number of pieces', async () => {
    const { port } = await serve(16 * MIB);
    const head = 'POST /in HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
    const pieces = Buffer.from(`64\r\n${'x'.repeat(100)}\r\n`.repeat(42_000));
    expect((await exchange(port, head, pieces, '0\r\n\r\n')).toString()).toMatch(/\r\n\r\n4200000$/);
  });

  it('bytes count as they arrive, not as declared', async () => {
    const { port } = await serve(MIB);
    for (let count = 0; count < 5; count++) await begin(port, 700_000, 1);
    expect((await post(port, 700_000)).status).toBe(200);
  });

  it('a body that runs out of memory midway gets a 429 that the client can read, and frees its memory', async () => {
    const { port } = await serve(MIB);
    const { socket, closed } = await beginLarge(port);
    const body = Buffer.alloc(900_000);
    const chunked = await call(port, 'POST', '/in', { headers: { 'transfer-encoding': 'chunked' }, body });
    expect([chunked.status, chunked.headers.connection]).toEqual([429, 'close']);
    await write(socket, Buffer.alloc(100_000));
    expect(await closed).toMatch(/\r\n\r\n700000$/);
  });

  it('a client that asks with Expect is refused without a 100 Continue', async () => {
    const { port } = await serve(MIB);
    await beginLarge(port);
    const head = 'POST /in HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 300000\r\n\r\n';
    expect((await exchange(port, head)).toString()).toMatch(/^HTTP\/1\.1 429 /);
  });
});

it('a refused body is read to its end, even with Connection: close, so that the client can read the reason', async () => {
  const { port } = await serve(MIB);
  const { socket, closed } = await open(port, 'Content-Length: 20000000');
  socket.pause();
  await write(socket, Buffer.alloc(20_000_000));
  socket.resume();
  expect(await closed).toMatch(/^HTTP\/1\.1 413 /);
});

describe('a body that never ends', () => {
  it('an unfinished body gets 408 after a minute, and its memory is freed', async () => {
    const { port, clock } = await serve(MIB);
    const { closed } = await beginLarge(port);
    await clock.advance(60_000);
    const reply = await closed;
    expect(reply).toMatch(/^HTTP\/1\.1 408 /);
    expect(reply).toContain('{"message":"The request did not arrive in time"}');
    expect((await post(port, 700_000)).status).toBe(200);
  });

  it('a body has the whole minute', async () => {
    const { port, clock } = await serve(MIB);
    const { socket, closed } = await beginLarge(port);
    await clock.advance(59_999);
    await write(socket, Buffer.alloc(100_000));
    expect(await closed).toMatch(/\r\n\r\n700000$/);
  });

  it('a refused body is cut off after a minute, even if it trickles in', async () => {
    const { port, clock } = await serve(MIB);
    const { closed } = await begin(port, limit.payloadBytes + 1, 1_000);
    await vi.waitFor(() => expect(clock.nextDueMs()).toBeDefined());
    await clock.advance(60_000);
    expect(await closed).toMatch(/^HTTP\/1\.1 413 /);
  });
});
