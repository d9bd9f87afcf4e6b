import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { startHttpServer } from '../test/support/http-server.ts';
import { Api } from './api.ts';
import { Failure } from './failure.ts';

type Answer = (reply: ServerResponse) => void;

const lost: Answer = (reply) => reply.socket?.destroy();
const made: Answer = (reply) => reply.writeHead(201).end('{"secret":"whsec_new"}');
const refused =
  (status: number, code: string, headers = {}): Answer =>
  (reply) =>
    reply.writeHead(status, headers).end(JSON.stringify({ message: 'Not so', code }));

/** What comes of a POST that is to be done once, what is told meanwhile, and what the API has got, which gives these answers one after the other. */
async function posted(...answers: Answer[]) {
  const got: { key: string | undefined; body: unknown }[] = [];
  await using server = await startHttpServer(async (message: IncomingMessage, reply) => {
    got.push({ key: message.headers['idempotency-key']?.toString(), body: await json(message) });
    (answers.shift() ?? lost)(reply);
  });
  const api = new Api({ url: server.url, apiKey: 'hwk_1', organization: undefined });
  const told: string[] = [];
  const tell = (message: string) => void told.push(message);
  const outcome = await api.postOnce('/v1/api-keys', { name: 'laptop' }, tell).catch((error: unknown) => error);
  return { outcome, told, got, keys: new Set(got.map(({ key }) => key)) };
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

it.each([
  ['is lost', lost],
  ['is that of a fault', refused(500, 'INTERNAL_ERROR')],
  ["is API Gateway's", (reply) => reply.writeHead(504).end('{"message":"Endpoint request timed out"}')],
] satisfies [string, Answer][])(
  'a POST whose answer %s is sent again as it was, with the same key',
  async (_, answer) => {
    const { outcome, got, keys } = await posted(answer, made);
    expect(outcome).toEqual({ secret: 'whsec_new' });
    expect(got.map(({ body }) => body)).toEqual([{ name: 'laptop' }, { name: 'laptop' }]);
    expect([...keys]).toEqual([expect.stringMatching(UUID)]);
  },
);

it('a repeat that comes too early comes again when it is told to', async () => {
  const begun = Date.now();
  const { outcome, told, keys } = await posted(lost, refused(409, 'CONFLICT', { 'retry-after': '1' }), made);
  expect(outcome).toEqual({ secret: 'whsec_new' });
  expect(keys.size).toBe(1);
  // Whoever does not want to wait has the key by then.
  expect(told).toEqual([
    expect.stringMatching(new RegExp(`asked once more, with Idempotency-Key: ${[...keys][0]}$`)),
    'It is to be asked again in 1 s, and will be.',
  ]);
  expect(Date.now() - begun).toBeGreaterThan(1_000);
});

it.each([
  ['a refusal', refused(400, 'VALIDATION_FAILED')],
  ['too many requests', refused(429, 'TOO_MANY_REQUESTS', { 'retry-after': '1' })],
  ['a conflict of the first', refused(409, 'CONFLICT', { 'retry-after': '1' })],
  ['what another server refuses', (reply) => reply.writeHead(404).end('<h1>Not here</h1>')],
  ['what leads elsewhere', (reply) => reply.writeHead(301, { location: 'https://example.com' }).end()],
] satisfies [string, Answer][])('%s is not asked again, and says nothing of the key', async (_, answer) => {
  const { outcome, told, got } = await posted(answer, made);
  expect(got).toHaveLength(1);
  expect(told).toEqual([]);
  expect(outcome).toBeInstanceOf(Failure);
  expect(JSON.stringify(outcome)).not.toContain('Idempotency-Key');
});

it('what finds nobody is not asked again, as nothing can have come of it', async () => {
  const server = await startHttpServer(() => {});
  await server[Symbol.asyncDispose]();
  const told: string[] = [];
  const api = new Api({ url: server.url, apiKey: 'hwk_1', organization: undefined });
  const asked = api.postOnce('/v1/api-keys', { name: 'laptop' }, (message) => void told.push(message));
  const hint = expect.not.stringContaining('Idempotency-Key');
  await expect(asked).rejects.toMatchObject({ exitCode: 5, details: { isUnsent: true, hint } });
  expect(told).toEqual([]);
});

it('what has no answer twice fails, and says by which key the secret is still to be had', async () => {
  const { outcome, got } = await posted(lost, lost, made);
  expect(got).toHaveLength(2);
  expect(outcome).toMatchObject({
    exitCode: 5,
    details: { hint: expect.stringContaining(`Idempotency-Key: ${got[0]?.key} shows its secret for a day`) },
  });
});

it('a repeat that is refused was not done before', async () => {
  const { outcome, got } = await posted(lost, refused(400, 'VALIDATION_FAILED'));
  expect(got).toHaveLength(2);
  expect(outcome).toMatchObject({ message: 'Not so', details: { hint: undefined } });
});

it('each run has a key of its own', async () => {
  expect([...(await posted(made)).keys]).not.toEqual([...(await posted(made)).keys]);
});
