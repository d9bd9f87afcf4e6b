import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../clock.ts';
import { RestApiGateway } from './gateway.ts';
import { everythingTo } from './spec.fixture.ts';

let gateway: RestApiGateway;
let clock: ManualClock;
let server: Server;
let socket: Socket;

beforeEach(async () => {
  clock = new ManualClock();
  gateway = new RestApiGateway({
    clock,
    spec: everythingTo('arn:f'),
    runner: { invoke: async () => ({ ok: true, payload: JSON.stringify({ statusCode: 200, body: 'done' }) }) },
  });
  server = await gateway.listen(0);
  const { port } = server.address() as AddressInfo;
  socket = connect(port, '127.0.0.1');
  await once(server, 'connection');
});
afterEach(async () => {
  socket.destroy();
  await gateway.close(0);
});

const head = 'GET /a HTTP/1.1\r\nHost: h\r\n\r\n';

describe('a gateway that stops', () => {
  it('a stopping gateway does not wait for silent connections, such as browsers preopen', async () => {
    await Promise.all([once(socket, 'close'), gateway.close(60_000)]);
  });

  it('a request that arrived unread before the stop is answered', async () => {
    const response = text(socket);
    socket.write(head);
    await gateway.close(60_000);
    expect(await response).toMatch(/^HTTP\/1\.1 200 .*done$/s);
  });

  it('a request head begun before the stop gets the full grace period', async () => {
    const response = text(socket);
    socket.write(head.slice(0, 20));
    await sleep(100);
    const closed = gateway.close(60_000);
    await sleep(100);
    socket.write(head.slice(20));
    await closed;
    expect(await response).toMatch(/^HTTP\/1\.1 200 .*done$/s);
  });

  it('a request head that is still incomplete after the grace period is cut off', async () => {
    socket.on('error', () => {});
    socket.write(head.slice(0, 20));
    await sleep(100);
    const closed = Promise.all([once(socket, 'close'), gateway.close(60_000)]);
    await clock.advance(60_000);
    await closed;
  });
});
