import { type AddressInfo, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { forward } from './forward.ts';
import { frameOf } from './hawser.fixture.ts';

it('a response that is not HTTP is reported as INVALID_RESPONSE, as for an http destination', async () => {
  const server = createServer((socket) =>
    socket.on('error', () => {}).once('data', () => socket.write('HELLO WORLD\r\n')),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const to = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`);
  const answer = await forward(
    to,
    { frame: frameOf('evt_1'), headers: {}, body: Buffer.from('{}') },
    5_000,
    new AbortController().signal,
  );
  expect(answer).toMatchObject({
    kind: 'failed',
    code: 'INVALID_RESPONSE',
    message: expect.stringMatching(/^the answer can't be read as HTTP\/1\.1: Expected HTTP\//),
  });
});
