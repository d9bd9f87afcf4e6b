import type { Socket } from 'node:net';
import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { answer, Receiver } from '../../test/support/receiver.ts';
import { variable } from './environment.ts';
import { clientsApiFromEnvironment } from './websocket-clients-api.ts';

let gateway: Receiver;
beforeEach(async () => {
  // How soon a connection broke must not depend on this machine.
  vi.useFakeTimers({ toFake: ['performance'] });
  gateway = await Receiver.start();
  vi.stubEnv(variable.clientsEndpoint, new URL('/live', gateway.url).href);
  for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'us-east-1');
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
  return gateway.stop();
});

it('a client is reached even if all connections of an earlier message have been closed', async () => {
  const used = new WeakSet<Socket>();
  gateway.behave = (webhook, response) => {
    const { socket } = response;
    if (!socket || used.has(socket)) return void socket?.resetAndDestroy();
    used.add(socket);
    answer(200)(webhook, response);
  };
  const api = clientsApiFromEnvironment();
  const send = (ConnectionId: string) =>
    api.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.from('1') }));
  await Promise.all(['a=', 'b=', 'c=', 'd='].map(send));
  expect((await send('a=')).$metadata.attempts).toBe(2);
});
