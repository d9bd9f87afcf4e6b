import type { LookupAddress, lookup } from 'node:dns';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Receiver } from '../../test/support/receiver.ts';
import { deliveryOf } from './delivery.fixture.ts';
import { httpDestination } from './http.ts';
import { httpTarget } from './http-target.fixture.ts';

/** An address where nobody listens, one where nobody accepts, and one with a receiver; all on the same port. */
const REFUSES = { address: '127.0.0.3', family: 4 };
const SILENT = { address: '127.0.0.2', family: 4 };
const WORKS = { address: '127.0.0.1', family: 4 };

/** Reports that it listens, and then blocks, so that it never accepts a connection. */
const LISTENER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ ...workerData, backlog: 1 }, () => {
    parentPort.postMessage('listens');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

let receiver: Receiver;
let listener: Worker;
let waiting: Socket[];
beforeEach(async () => {
  receiver = await Receiver.start();
  const port = Number(new URL(receiver.url).port);
  listener = new Worker(LISTENER, { eval: true, workerData: { host: SILENT.address, port } });
  await once(listener, 'message');
  // The kernel accepts two connections for a backlog of one, and leaves all further ones waiting as if their packets were lost.
  waiting = Array.from({ length: 2 }, () => connect(port, SILENT.address).on('error', () => {}));
  await Promise.all(waiting.map((socket) => once(socket, 'connect')));
});
afterEach(async () => {
  for (const socket of waiting) socket.destroy();
  await listener.terminate();
  await receiver.stop();
});

async function attempt(addresses: readonly LookupAddress[], timeoutSeconds: number) {
  const lookedUp = ((_host: string, _options: object, callback: (error: null, all: typeof addresses) => void) =>
    callback(null, addresses)) as typeof lookup;
  const url = receiver.url.replace(WORKS.address, 'several.example');
  const startedMs = performance.now();
  const result = await httpDestination('loopback', Date.now, lookedUp)
    .bind(httpTarget({ url, timeoutSeconds }))
    .attempt(deliveryOf('{}'));
  return { ...result, tookMs: performance.now() - startedMs };
}

describe('a host with several addresses', { timeout: 60_000 }, () => {
  it('each address gets 3 s to accept the connection, enough for a long route or a lost first packet', async () => {
    const { verdict, tookMs } = await attempt([SILENT, WORKS], 60);
    expect(verdict).toEqual({ kind: 'delivered' });
    expect(tookMs).toBeGreaterThan(2_900);
  });

  it('each address gets a third of a short timeout', async () => {
    const { verdict, tookMs } = await attempt([SILENT, WORKS], 6);
    expect(verdict).toEqual({ kind: 'delivered' });
    expect(tookMs).toBeGreaterThan(1_900);
  });

  it('a refusal by one address is reported even if another one timed out', async () => {
    const { error } = await attempt([SILENT, REFUSES], 30);
    expect(error?.code).toBe('CONNECTION_REFUSED');
    expect(error?.message).toContain(`ETIMEDOUT ${SILENT.address}`);
    expect(error?.message).toContain(`ECONNREFUSED ${REFUSES.address}`);
  });
});
