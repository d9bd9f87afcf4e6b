import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { startHttpServer } from '../test/support/http-server.ts';
import { Api } from './api.ts';
import { Failure } from './failure.ts';
import { howToRepeat } from './idempotent-post.ts';

type Answer = (reply: ServerResponse) => void;

const lost: Answer = (reply) => reply.socket?.destroy();
const made: Answer = (reply) => reply.writeHead(201).end('{"secret":"whsec_new"}');
const refused =
  (status: number, code: string, headers = {}): Answer =>
  (reply) =>
    reply.writeHead(status, headers).end(JSON.stringify({ message: 'Not so', code }));

/** The outcome of a POST to be done once, what is told meanwhile, and what the API received. It gives these answers in turn. */
const posted = (...answers: Answer[]) => postedWith(undefined, ...answers);

/** The same with the key of an earlier run. */
async function postedWith(key: string | undefined, ...answers: Answer[]) {
  const got: { key: string | undefined; body: unknown }[] = [];
  await using server = await startHttpServer(async (message: IncomingMessage, reply) => {
    got.push({ key: message.headers['idempotency-key']?.toString(), body: await json(message) });
    (answers.shift() ?? lost)(reply);
  });
  const api = new Api({ url: server.url, apiKey: 'hwk_1', organization: undefined });
  const told: string[] = [];
  const tell = (message: string) => void told.push(message);
  const outcome = await api
    .postOnce('/v1/api-keys', { name: 'laptop' }, { key, tell })
    .catch((error: unknown) => error);
  return { outcome, told, got, keys: new Set(got.map(({ key }) => key)) };
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

it.each([
  ['is lost', lost],
  ['reports an internal error', refused(500, 'INTERNAL_ERROR')],
  ['comes from API Gateway', (reply) => reply.writeHead(504).end('{"message":"Endpoint request timed out"}')],
] satisfies [string, Answer][])(
  'a POST whose response %s is sent again unchanged, with the same key',
  async (_, answer) => {
    const { outcome, got, keys } = await posted(answer, made);
    expect(outcome).toEqual({ response: { secret: 'whsec_new' }, key: got[0]?.key });
    expect(got.map(({ body }) => body)).toEqual([{ name: 'laptop' }, { name: 'laptop' }]);
    expect([...keys]).toEqual([expect.stringMatching(UUID)]);
  },
);

it('a repeat that comes too early is sent again after Retry-After', async () => {
  const begun = Date.now();
  const { outcome, told, keys } = await posted(lost, refused(409, 'CONFLICT', { 'retry-after': '1' }), made);
  expect(outcome).toMatchObject({ response: { secret: 'whsec_new' } });
  expect(keys.size).toBe(1);
  // Somebody who does not want to wait has the key by then.
  expect(told).toEqual([
    expect.stringMatching(new RegExp(`Trying once more, with --idempotency-key ${[...keys][0]}$`)),
    'Trying again in 1 s.',
  ]);
  expect(Date.now() - begun).toBeGreaterThan(1_000);
});

it.each([
  ['a refusal', refused(400, 'VALIDATION_FAILED')],
  ['too many requests', refused(429, 'TOO_MANY_REQUESTS', { 'retry-after': '1' })],
  ['a conflict of the first', refused(409, 'CONFLICT', { 'retry-after': '1' })],
  ['a refusal of another server', (reply) => reply.writeHead(404).end('<h1>Not here</h1>')],
  ['a redirect', (reply) => reply.writeHead(301, { location: 'https://example.com' }).end()],
] satisfies [string, Answer][])(
  'a first request that gets %s is not repeated, and the failure does not mention the key',
  async (_, answer) => {
    const { outcome, told, got } = await posted(answer, made);
    expect(got).toHaveLength(1);
    expect(told).toEqual([]);
    expect(outcome).toBeInstanceOf(Failure);
    expect(JSON.stringify(outcome)).not.toContain('idempotency-key');
  },
);

it('a POST that is not answered twice fails and names the key that still retrieves the secret', async () => {
  const { outcome, got } = await posted(lost, lost, made);
  expect(got).toHaveLength(2);
  expect(outcome).toMatchObject({
    exitCode: 5,
    details: { hint: expect.stringContaining(howToRepeat(got[0]?.key ?? '')) },
  });
});

it.each([
  [400, 'VALIDATION_FAILED'],
  [404, 'RESOURCE_NOT_FOUND'],
  [409, 'CONFLICT'],
])('a repeat refused with %i fails without naming a key, since nothing was done', async (status, code) => {
  const { outcome, got } = await posted(lost, refused(status, code));
  expect(got).toHaveLength(2);
  expect(outcome).toMatchObject({ message: 'Not so' });
  expect(JSON.stringify(outcome)).not.toContain('idempotency-key');
});

it.each([
  ['is refused because the API key was revoked meanwhile', refused(401, 'UNAUTHORIZED')],
  ['is refused for its scope', refused(403, 'FORBIDDEN')],
  ['is rate limited', refused(429, 'RATE_LIMITED')],
  ['is told to wait longer than the CLI does', refused(409, 'CONFLICT', { 'retry-after': '60' })],
  ['is refused by another server', (reply) => reply.writeHead(404).end('<h1>Not here</h1>')],
  ['is redirected', (reply) => reply.writeHead(301, { location: 'https://example.com' }).end()],
] satisfies [string, Answer][])(
  'a repeat that %s may have been done, and the failure names its key',
  async (_, answer) => {
    const { outcome, got } = await posted(lost, answer);
    expect(got).toHaveLength(2);
    expect(outcome).toMatchObject({ details: { hint: expect.stringContaining(howToRepeat(got[0]?.key ?? '')) } });
  },
);

it('each run uses its own key', async () => {
  expect([...(await posted(made)).keys]).not.toEqual([...(await posted(made)).keys]);
});

it('a run given the key of an earlier one uses it and waits for Retry-After', async () => {
  const { outcome, keys } = await postedWith('of-before', refused(409, 'CONFLICT', { 'retry-after': '1' }), made);
  expect(outcome).toEqual({ response: { secret: 'whsec_new' }, key: 'of-before' });
  expect([...keys]).toEqual(['of-before']);
});

/** The outcome of a POST that nobody receives. */
async function unsent(url: string) {
  const told: string[] = [];
  const api = new Api({ url, apiKey: 'hwk_1', organization: undefined });
  const tell = (message: string) => void told.push(message);
  const outcome = await api.postOnce('/v1/api-keys', {}, { key: undefined, tell }).catch((error: unknown) => error);
  return { outcome, told };
}

async function urlOfNobody(): Promise<string> {
  const server = await startHttpServer(() => {});
  await server[Symbol.asyncDispose]();
  return server.url;
}

it.each([
  ['to a port that nobody listens on', urlOfNobody],
  ['to a name with two addresses', async () => (await urlOfNobody()).replace('127.0.0.1', 'localhost')],
  ['to a name that does not exist', async () => 'http://nobody.invalid'],
  ['to a port that fetch refuses', async () => 'http://127.0.0.1:6000'],
])('a request %s is not repeated, because it was never sent', async (_, url) => {
  const { outcome, told } = await unsent(await url());
  const hint = expect.not.stringContaining('idempotency-key');
  expect(outcome).toMatchObject({ exitCode: 5, details: { isUnsent: true, hint } });
  expect(told).toEqual([]);
});

it('a request to a server without TLS is not repeated', async () => {
  await using server = await startHttpServer(() => {});
  const { outcome, told } = await unsent(server.url.replace('http:', 'https:'));
  expect([outcome, told]).toMatchObject([{ exitCode: 5, details: { isUnsent: true } }, []]);
});
