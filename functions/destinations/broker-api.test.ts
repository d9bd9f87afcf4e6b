import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../core/ids.ts';
import { BrokerApi } from './broker-api.ts';

/** A broker that answers only when told to. */
let server: Server;
let arrived: Promise<void>;
let answer: () => void;
beforeEach(async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  arrived = promise;
  server = createServer((request, response) => {
    answer = () => response.end('{}');
    request.resume().on('end', resolve);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterEach(() => server.close());

describe("publishing through a broker's API", () => {
  it('only the request, not the equally large message, is kept in memory while the broker answers', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const api = new BrokerApi(() => undefined, 'loopback', Date.now);
    const destination = { id: newId('dst'), auth: undefined, timeoutSeconds: 10 };
    const begin = () => {
      const message = { payload: Buffer.alloc(1_000_000, '.').toString('base64') };
      const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const published = api.publish(destination, {
        apiUrl,
        path: ['publish'],
        mediaType: 'application/json',
        accept: 'application/json',
        body: message,
        routing: [],
        attributes: [],
      });
      return { published, message: new WeakRef(message) };
    };
    const { published, message } = begin();
    await arrived;
    // A WeakRef keeps its target alive until the end of the turn in which it was created.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(message.deref()).toBeUndefined();
    answer();
    expect((await published).verdict).toEqual({ kind: 'delivered' });
  });
});
