import type { lookup as systemLookup } from 'node:dns';
import { v1 } from '@google-cloud/pubsub';
import { JWT, OAuth2Client } from 'google-auth-library';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { DestinationAuth } from '../../core/destination-types/auth.ts';
import { pubsub } from '../../core/destination-types/pubsub.ts';
import { answer, type Behaviour, hang } from '../../test/support/receiver.ts';
import { awsDestination, deliveryOf } from './delivery.fixture.ts';
import type { AttemptInput, AttemptResult } from './destination-type.ts';
import { GooglePeer, newServiceAccount } from './google-peer.fixture.ts';
import { pubsubDestination } from './pubsub.ts';

const TOPIC = 'projects/my-project/topics/orders';
const account = newServiceAccount();
const other = newServiceAccount();

let nowMs: number;
let google: GooglePeer;
let type: ReturnType<typeof newType>;
const newType = (over: Parameters<typeof pubsubDestination>[2] = {}) =>
  pubsubDestination('loopback', () => nowMs, { token: `${google.url}/token`, pubsub: () => google.url, ...over });
beforeEach(async () => {
  // Ahead of the real clock. Google's own libraries use that for the time of a request, which is then never in the future.
  nowMs = Date.now() + 1_800_000;
  google = await GooglePeer.start(() => nowMs);
  google.know(account);
  google.know(other);
  type = newType();
});
afterEach(() => google.stop());

interface Given {
  readonly config?: object;
  readonly auth?: DestinationAuth;
  readonly timeoutSeconds?: number;
}

function send(delivery: AttemptInput, { config, ...over }: Given = {}, by = type): Promise<AttemptResult> {
  const target = { type: 'pubsub' as const, config: pubsub.config.parse({ topic: TOPIC, ...config }) };
  return by.bind({ ...awsDestination(target), auth: account, ...over, target }).attempt(delivery);
}

const answered = ({ response }: AttemptResult) => JSON.parse(Buffer.from(response?.body ?? []).toString());
const delivered = { verdict: { kind: 'delivered' } };
const failedForNow = { kind: 'failed', failure: 'temporary' };

/** Google's own way to get a token, pointed at the peer. */
const googleJwt = () =>
  new JWT({
    email: account.client_email,
    key: account.private_key,
    scopes: ['https://www.googleapis.com/auth/pubsub'],
    transporterOptions: {
      fetchImplementation: (url: string | URL | Request, init?: RequestInit) =>
        fetch(String(url).replace('https://oauth2.googleapis.com', google.url), init),
    },
  });

const lifetimeOf = ({ iat, exp }: Readonly<Record<string, unknown>> = {}) => Number(exp) - Number(iat);

describe('a delivery to a topic', () => {
  it('the message has the body as received, and attributes that identify the event', async () => {
    const body = '{"id": 12345678901234567890,\r\n "name":"Łódź 🪢"}';
    const delivery = deliveryOf(body, [
      ['Content-Type', 'application/json; charset=utf-8'],
      ['Content-Encoding', 'identity'],
    ]);
    const result = await send(delivery, { config: { attributes: { team: 'blue' } } });
    expect(result).toMatchObject(delivered);
    expect(result.response?.statusCode).toBe(200);
    expect(answered(result)).toEqual({ messageIds: ['1'] });
    const attributes = {
      team: 'blue',
      event_id: delivery.job.eventId,
      delivery_id: delivery.job.deliveryId,
      source_id: delivery.job.sourceId,
      attempt: '1',
      content_type: 'application/json; charset=utf-8',
      content_encoding: 'identity',
    };
    expect(google.published).toEqual([
      { topic: TOPIC, message: expect.objectContaining({ data: Buffer.from(body), attributes, orderingKey: '' }) },
    ]);
    expect(Object.fromEntries(result.requestHeaders)).toEqual(attributes);
  });

  it.each([
    ['bytes that are not text', Buffer.from([0xff, 0x00, 0xfe])],
    ['an empty body, as attributes are enough', Buffer.from('')],
  ])('a message can have %s', async (_, body) => {
    expect(await send(deliveryOf(body))).toMatchObject(delivered);
    expect(Buffer.from((google.published[0]?.message.data ?? []) as Uint8Array)).toEqual(body);
  });

  it('the ordering key of the destination is set, with its placeholders filled', async () => {
    const config = { region: 'europe-west3', ordering_key: 'hawser-{source_id}-{event_id}' };
    const delivery = deliveryOf('{}');
    expect(await send(delivery, { config })).toMatchObject(delivered);
    const { sourceId, eventId } = delivery.job;
    expect(google.published[0]?.message.orderingKey).toBe(`hawser-${sourceId}-${eventId}`);
  });

  it('attempts and replays send the same message, except for the attempt number', async () => {
    const config = { region: 'europe-west3', ordering_key: '{delivery_id}' };
    const first = deliveryOf('{}');
    const retry = { ...first, job: { ...first.job, attempt: 2 } };
    const replay = { ...first, job: { ...first.job, attempt: 3, roundStart: 3, startsReplay: true } };
    for (const delivery of [first, retry, replay]) await send(delivery, { config });
    const [one, two, three] = google.published.map(({ message }) => message);
    expect(one?.attributes?.attempt).toBe('1');
    expect(two).toEqual({ ...one, attributes: { ...one?.attributes, attempt: '2' } });
    expect(three).toEqual({ ...one, attributes: { ...one?.attributes, attempt: '3' } });
  });

  it('topic names with special characters are reached', async () => {
    const topic = 'projects/example.com:my-project/topics/a%2F..~+b';
    google.topics.add(topic);
    const result = await send(deliveryOf('{}'), { config: { topic } });
    expect(result).toMatchObject({ ...delivered, request: { method: 'POST' } });
    expect(result.request?.target).toMatch(
      /\/v1\/projects\/example\.com%3Amy-project\/topics\/a%252F\.\.~%2Bb:publish$/,
    );
    expect(google.published[0]?.topic).toBe(topic);
  });

  it("the publish request equals that of Google's own client", async () => {
    const topic = 'projects/my-project/topics/a%2Bb+c';
    google.topics.add(topic);
    await send(deliveryOf('{"a":1}'), { config: { topic, region: 'europe-west3', ordering_key: '{source_id}' } });
    const { data = null, attributes = null, orderingKey = null } = google.published[0]?.message ?? {};
    const client = new v1.PublisherClient({
      fallback: true,
      protocol: 'http',
      apiEndpoint: '127.0.0.1',
      port: Number(new URL(google.url).port),
      authClient: new OAuth2Client({ credentials: await googleJwt().authorize() }),
    });
    await client.publish({ topic, messages: [{ data, attributes, orderingKey }] });
    await client.close();
    const [ours, theirs] = google.publishRequests;
    expect(theirs?.url.replace(/\?.*/, '')).toBe(ours?.url);
    expect(JSON.parse(String(theirs?.body))).toEqual(JSON.parse(String(ours?.body)));
    expect(google.published[1]).toEqual(google.published[0]);
  });

  it('a request above 10 MB fails permanently, and one of exactly 10 MB is delivered', async () => {
    await send(deliveryOf('x'));
    const frameBytes = String(google.publishRequests[0]?.body).replace('eA==', '').length;
    const most = Math.floor((10_000_000 - frameBytes) / 4) * 3;
    expect(await send(deliveryOf('x'.repeat(most)), { timeoutSeconds: 60 })).toMatchObject(delivered);
    const { error, verdict } = await send(deliveryOf('x'.repeat(most + 1)), { timeoutSeconds: 60 });
    expect(error).toMatchObject({
      code: 'BODY_TOO_LARGE',
      message: expect.stringContaining('Pub/Sub takes 10,000,000'),
    });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'permanent' });
    expect(google.published).toHaveLength(2);
  });
});

describe('a token of the service account', () => {
  it("a token request has the same claims as that of Google's own library", async () => {
    await send(deliveryOf('{}'));
    await googleJwt().authorize();
    const [ours, theirs] = google.assertions;
    expect(ours?.header).toEqual({ alg: 'RS256', typ: 'JWT', kid: account.private_key_id });
    expect(ours?.claims).toEqual({ ...theirs?.claims, iat: expect.any(Number), exp: expect.any(Number) });
    expect(lifetimeOf(ours?.claims)).toBe(lifetimeOf(theirs?.claims));
  });

  it('a token serves all destinations with the same key until shortly before it expires', async () => {
    await Promise.all([send(deliveryOf('{}')), send(deliveryOf('{}'))]);
    nowMs += 3_568_000;
    expect(await send(deliveryOf('{}'))).toMatchObject(delivered);
    expect(google.tokenRequests).toHaveLength(1);
    nowMs += 1_000;
    expect(await send(deliveryOf('{}'))).toMatchObject(delivered);
    expect(google.tokenRequests).toHaveLength(2);
  });

  it('accounts and keys do not share tokens', async () => {
    const rotated = { ...newServiceAccount(), client_email: account.client_email };
    google.know(rotated);
    const colleague = newServiceAccount('colleague');
    google.know(colleague);
    for (const auth of [account, rotated, colleague, account]) {
      expect(await send(deliveryOf('{}'), { auth })).toMatchObject(delivered);
    }
    expect(google.tokenRequests).toHaveLength(3);
    const tokens = new Set(google.publishRequests.map(({ headers }) => headers.authorization));
    expect(tokens.size).toBe(3);
    const mistyped = { ...account, private_key_id: 'another' };
    expect((await send(deliveryOf('{}'), { auth: mistyped })).error?.code).toBe('TOKEN_FAILED');
  });

  it('a token request omits an unknown key id', async () => {
    const { private_key_id: _, ...auth } = account;
    expect(await send(deliveryOf('{}'), { auth: { ...auth, private_key_id: undefined } })).toMatchObject(delivered);
    expect(google.assertions[0]?.header).toEqual({ alg: 'RS256', typ: 'JWT' });
  });

  it('a cached token answered with 401 is replaced once within the same attempt', async () => {
    await send(deliveryOf('{}'));
    google.revokeTokens();
    expect(await send(deliveryOf('{}'))).toMatchObject(delivered);
    expect(google.publishRequests).toHaveLength(3);
    expect(google.tokenRequests).toHaveLength(2);
    google.answerPublish = answer(401, '{"error":{"status":"UNAUTHENTICATED","message":"no"}}');
    expect((await send(deliveryOf('{}'))).error?.code).toBe('ACCESS_DENIED');
    expect(google.publishRequests).toHaveLength(5);
    expect(google.tokenRequests).toHaveLength(3);
  });

  it('a new token answered with 401 is not replaced', async () => {
    google.answerPublish = answer(401);
    const { error, verdict } = await send(deliveryOf('{}'));
    expect(error).toEqual({ code: 'ACCESS_DENIED', message: 'it answered 401' });
    expect(verdict).toMatchObject({ ...failedForNow, statusCode: 401 });
    expect(google.publishRequests).toHaveLength(1);
    expect(google.tokenRequests).toHaveLength(1);
  });

  const unknown = { ...newServiceAccount(), client_email: account.client_email };

  it.each<[string, DestinationAuth, Behaviour | undefined, string]>([
    ['was deleted', unknown, undefined, 'it answered 400: invalid_grant Invalid JWT Signature.'],
    [
      'belongs to a deleted account',
      newServiceAccount('gone'),
      undefined,
      'it answered 400: invalid_grant Invalid grant: account not found',
    ],
    ['is valid, while the endpoint is down', account, answer(503), 'it answered 503'],
    [
      'is valid, while the endpoint answers without a token',
      account,
      answer(200, '{"id_token":"x"}'),
      'without a bearer token',
    ],
    [
      'is valid, while the endpoint breaks the connection',
      account,
      (_, response) => void response.socket?.destroy(),
      'no token from',
    ],
  ])('no token for a key that %s is reported as TOKEN_FAILED and retried', async (_, auth, answerToken, message) => {
    google.answerToken = answerToken;
    const { error, verdict } = await send(deliveryOf('{}'), { auth });
    expect(error).toEqual({ code: 'TOKEN_FAILED', message: expect.stringContaining(message) });
    expect(verdict).toMatchObject(failedForNow);
    expect(google.publishRequests).toHaveLength(0);
    // The failure is not cached.
    google.answerToken = undefined;
    if (auth === account) expect(await send(deliveryOf('{}'))).toMatchObject(delivered);
  });
});

describe('a failing Pub/Sub', () => {
  it('a topic that does not exist (yet) is retried', async () => {
    const { error, verdict } = await send(deliveryOf('{}'), { config: { topic: `${TOPIC}-new` } });
    expect(error).toEqual({
      code: 'TARGET_NOT_FOUND',
      message: 'NOT_FOUND: Resource not found (resource=orders-new).',
    });
    expect(verdict).toMatchObject({ ...failedForNow, statusCode: 404 });
  });

  it.each([
    ['ACCESS_DENIED', 403, 'PERMISSION_DENIED'],
    ['ACCESS_DENIED', 403, 'SOMETHING_NEW'],
    ['TARGET_NOT_FOUND', 404, 'NOT_FOUND'],
    ['THROTTLED', 429, 'RESOURCE_EXHAUSTED'],
    ['SERVICE_ERROR', 503, 'UNAVAILABLE'],
    ['SERVICE_ERROR', 500, 'INTERNAL'],
    ['SERVICE_ERROR', 500, 'UNKNOWN'],
    ['TIMEOUT', 504, 'DEADLINE_EXCEEDED'],
    ['REQUEST_REFUSED', 400, 'INVALID_ARGUMENT'],
    ['REQUEST_REFUSED', 400, 'FAILED_PRECONDITION'],
    ['REQUEST_REFUSED', 409, 'ABORTED'],
  ])('%s is reported for %i %s, after a single request', async (code, status, name) => {
    google.answerPublish = answer(
      status,
      JSON.stringify({ error: { code: status, message: 'no\u0007pe', status: name } }),
    );
    const { error, verdict } = await send(deliveryOf('{}'));
    expect(error).toEqual({ code, message: `${name}: no pe` });
    expect(verdict).toEqual({ ...failedForNow, statusCode: status, retryAfterSeconds: 0 });
    expect(google.publishRequests).toHaveLength(1);
  });

  it.each([
    [502, '<html>', 'SERVICE_ERROR', 'it answered 502'],
    [302, '', 'REQUEST_REFUSED', 'it answered 302'],
    [200, '<html>', 'SERVICE_ERROR', 'it answered 200 without the id of a message'],
    [200, '{"messageIds":[]}', 'SERVICE_ERROR', 'it answered 200 without the id of a message'],
  ])('a response of %i %s does not count as published', async (status, body, code, message) => {
    google.answerPublish = answer(status, body, { location: `${google.url}/elsewhere` });
    const { error, verdict, response } = await send(deliveryOf('{}'));
    expect(error).toEqual({ code, message });
    expect(verdict).toEqual({ ...failedForNow, ...(status !== 200 && { statusCode: status }), retryAfterSeconds: 0 });
    expect(response).toMatchObject({ statusCode: status, body: Buffer.from(body) });
    expect(google.publishRequests).toHaveLength(1);
  });

  it('Retry-After sets the delay before the retry', async () => {
    google.answerPublish = answer(429, '', { 'retry-after': '120' });
    expect((await send(deliveryOf('{}'))).verdict).toMatchObject({ ...failedForNow, retryAfterSeconds: 120 });
    google.answerToken = answer(503, '', { 'retry-after': '60' });
    const { verdict } = await send(deliveryOf('{}'), { auth: other });
    expect(verdict).toMatchObject({ ...failedForNow, retryAfterSeconds: 60 });
  });

  it('a hanging Pub/Sub is reported as TIMEOUT', async () => {
    await send(deliveryOf('{}'));
    google.answerPublish = hang;
    const { error, verdict } = await send(deliveryOf('{}'), { timeoutSeconds: 0.2 });
    expect(error).toEqual({ code: 'TIMEOUT', message: 'no answer within 0.2 s' });
    expect(verdict).toMatchObject(failedForNow);
  });

  it("a slow token request delays no delivery beyond its own destination's timeout", async () => {
    const asked = Promise.withResolvers<() => void>();
    google.answerToken = (request, response) => {
      google.answerToken = undefined;
      asked.resolve(() => google.handOutToken(request, response));
    };
    const patient = send(deliveryOf('{}'), { timeoutSeconds: 60 });
    const handOut = await asked.promise;
    const { error } = await send(deliveryOf('{}'), { timeoutSeconds: 0.2 });
    expect(error).toEqual({ code: 'TOKEN_FAILED', message: expect.stringContaining('no answer within') });
    handOut();
    expect(await patient).toMatchObject(delivered);
    expect(google.tokenRequests).toHaveLength(1);
  });

  it('one timeout covers the whole attempt: token, message, another token, another message', async () => {
    await send(deliveryOf('{}'));
    const second = Promise.withResolvers<void>();
    google.answerPublish = (_, response) => {
      google.answerPublish = () => second.resolve();
      vi.advanceTimersByTime(59_000);
      response.writeHead(401).end();
    };
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const attempt = send(deliveryOf('{}'), { timeoutSeconds: 60 });
    await second.promise;
    vi.advanceTimersByTime(1_000);
    expect((await attempt).error).toEqual({ code: 'TIMEOUT', message: 'no answer within 60 s' });
  });

  it('a Pub/Sub that is down is reported as CONNECTION_REFUSED, or TOKEN_FAILED without a token', async () => {
    await send(deliveryOf('{}'));
    await google.stop();
    expect((await send(deliveryOf('{}'))).error?.code).toBe('CONNECTION_REFUSED');
    const { error } = await send(deliveryOf('{}'), { auth: other });
    expect(error).toMatchObject({ code: 'TOKEN_FAILED', message: expect.stringContaining('ECONNREFUSED') });
    google = await GooglePeer.start(() => nowMs);
  });
});

describe('the endpoints', () => {
  const asked: string[] = [];
  const lookup = ((host: string, _options: object, done: (error: null, found: object[]) => void) => {
    asked.push(host);
    done(null, [{ address: '10.0.0.1', family: 4 }]);
  }) as unknown as typeof systemLookup;
  beforeEach(() => void asked.splice(0));

  it.each([
    ['pubsub.googleapis.com', {}],
    ['europe-west3-pubsub.googleapis.com', { region: 'europe-west3' }],
  ])('messages go to %s by the config %j, unless it resolves to a private address', async (host, config) => {
    const strict = pubsubDestination('public', () => nowMs, { token: `${google.url}/token`, lookup });
    const { error, verdict } = await send(deliveryOf('{}'), { config }, strict);
    expect(error).toMatchObject({ code: 'BLOCKED_ADDRESS', message: expect.stringContaining(host) });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'permanent' });
    expect(asked).toEqual([host]);
  });

  it("token requests go to Google's own endpoint, unless it resolves to a private address", async () => {
    const { error } = await send(
      deliveryOf('{}'),
      {},
      pubsubDestination('public', () => nowMs, { lookup }),
    );
    expect(error).toMatchObject({ code: 'BLOCKED_ADDRESS', message: expect.stringContaining('oauth2.googleapis.com') });
    expect(asked).toEqual(['oauth2.googleapis.com']);
  });
});

it('no result contains a secret: no key, no assertion, no token', async () => {
  const results = [await send(deliveryOf('{}'))];
  google.answerPublish = answer(403, '{"error":{"status":"PERMISSION_DENIED","message":"no"}}');
  results.push(await send(deliveryOf('{}')));
  google.answerToken = answer(400, '{"error":"invalid_grant"}');
  results.push(await send(deliveryOf('{}'), { auth: other }));
  const shown = JSON.stringify(results);
  const sent = google.tokenRequests.map(({ body }) => new URLSearchParams(String(body)).get('assertion'));
  const tokens = google.publishRequests.map(({ headers }) => headers.authorization?.replace('Bearer ', ''));
  for (const secret of [...sent, ...tokens, 'PRIVATE KEY', account.private_key.split('\n')[3]]) {
    expect(secret).toBeTruthy();
    expect(shown).not.toContain(secret);
  }
});
