import { type AddressInfo, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { forward } from './forward.ts';

it('a program whose answer is no HTTP is an INVALID_RESPONSE, as it is for an http destination', async () => {
  const server = createServer((socket) =>
    socket.on('error', () => {}).once('data', () => socket.write('HELLO WORLD\r\n')),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const frame = {
    type: 'event',
    event_id: 'evt_1',
    delivery_id: 'dlv_1',
    source_id: 'src_1',
    attempt: 1,
    method: 'POST',
    path: '',
    query: '',
    headers: {},
    body: '{}',
    body_encoding: 'utf8',
    body_url: null,
  } as const;
  const to = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`);
  const answer = await forward(
    to,
    { frame, headers: {}, body: Buffer.from('{}') },
    5_000,
    new AbortController().signal,
  );
  expect(answer).toMatchObject({
    kind: 'failed',
    code: 'INVALID_RESPONSE',
    message: expect.stringMatching(/^the answer can't be read as HTTP\/1\.1: Expected HTTP\//),
  });
});
