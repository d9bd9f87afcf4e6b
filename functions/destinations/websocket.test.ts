import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApiKey } from '../../core/access/api-key.ts';
import type { Client } from '../../core/clients/client.ts';
import { parseClientMessage } from '../../core/clients/client-message.ts';
import { MAX_FRAME_BYTES } from '../../core/clients/event-frame.ts';
import { websocket } from '../../core/destination-types/websocket.ts';
import { newId } from '../../core/ids.ts';
import { digestOf, newSecretText, type SecretDigest } from '../../core/secrets/secret-text.ts';
import { answer, hang, Receiver } from '../../test/support/receiver.ts';
import { resourceNames, startServices, type TestServices } from '../../test/support/services.ts';
import { type TestClient, WebSocketApiUnderTest } from '../../test/support/web-socket-clients.ts';
import { logger } from '../shared/logger.ts';
import { ClientStore } from '../stores/clients/client-store.ts';
import { ClientAnswerLog } from '../stores/deliveries/client-answer-log.ts';
import { DeliveryReader } from '../stores/deliveries/delivery-reader.ts';
import { ClientAnswers } from '../websocket/client-answers.ts';
import { awsDestination, deliveryOf } from './delivery.fixture.ts';
import type { AttemptInput } from './destination-type.ts';
import { websocketDestination } from './websocket.ts';

const destinationId = newId('dst');
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

let services: TestServices;
let sockets: WebSocketApiUnderTest;
/** Stands in for API Gateway's connection API in tests in which that fails. */
let peer: Receiver;
let store: ClientStore;
/** The ids of the clients, in the order in which they connected. */
const ids: string[] = [];
const keys = new Map<SecretDigest, ApiKey>();
const apiKeys = { get: async (digest: SecretDigest) => keys.get(digest) };
let nowMs: number;
let reader: DeliveryReader;
/** The pauses between reads of what clients have reported. */
const pauses: number[] = [];
/** Called in the `n`th pause. Time passes only in pauses. */
let during: (n: number) => Promise<void>;

beforeAll(async () => {
  services = await startServices();
  peer = await Receiver.start();
  const deliveries = { dynamodb: services.clients.dynamodb, table: resourceNames.deliveries };
  store = new ClientStore({ dynamodb: services.clients.dynamodb, table: resourceNames.clients });
  reader = new DeliveryReader(deliveries);
  const log = new ClientAnswerLog({ ...deliveries, retentionDays: 30 });
  const answers = new ClientAnswers({ clients: store, apiKeys, log, now: () => nowMs });
  sockets = await WebSocketApiUnderTest.start(services, async (event) => {
    const { requestContext, body = '' } = event as {
      requestContext: { routeKey: string; connectionId: string };
      body?: string;
    };
    if (requestContext.routeKey === '$connect') ids.push(requestContext.connectionId);
    const message = parseClientMessage(body);
    if (message.kind === 'result') await answers.take(requestContext.connectionId, message.result);
    return { statusCode: 200 };
  });
});
afterAll(async () => {
  await sockets.close();
  await peer.stop();
  await services.close();
});
beforeEach(() => {
  nowMs = Date.now();
  ids.length = 0;
  pauses.length = 0;
  during = async () => {};
  peer.received.length = 0;
});
afterEach(async () => {
  for (const client of await store.of(destinationId, nowMs)) await store.remove(client);
});

const api = (endpoint: string) => new ApiGatewayManagementApiClient({ endpoint, region: 'us-east-1', credentials });

function destination(endpoint = sockets.endpoint, clients: Pick<ClientStore, 'of' | 'remove'> = store) {
  return websocketDestination(
    () => ({ clients, apiKeys, api: api(endpoint), answers: reader }),
    () => nowMs,
    async (ms) => {
      nowMs += ms;
      await during(pauses.push(ms));
    },
  );
}

function send(delivery: AttemptInput, { config = {}, timeoutSeconds = 5, type = destination() } = {}) {
  const target = { type: 'websocket' as const, config: websocket.config.parse(config) };
  return type.bind(awsDestination(target, { id: destinationId, auth: undefined, timeoutSeconds })).attempt(delivery);
}

function list(id: string, over: Partial<Client> = {}): Promise<void> {
  return store.add({ id, destinationId, connectedAtMs: nowMs - 60_000, keyDigest: null, ...over });
}

/** Connects a client, which is listed as connected a minute ago. */
async function connect(over: Partial<Client> = {}): Promise<TestClient> {
  const client = await sockets.connect('');
  await list(String(ids.at(-1)), over);
  return client;
}

const next = async (client: TestClient) => JSON.parse(await client.next());
const listed = async () => (await store.of(destinationId, nowMs)).map(({ id }) => id);

describe('a webhook for a WebSocket destination', () => {
  it('a webhook is sent to every client as one frame', async () => {
    const clients = [await connect(), await connect(), await connect()];
    const delivery = deliveryOf('{"order": 12345678901234567890}', [['X-Shop', 'one']]);
    const result = await send(delivery);
    for (const client of clients) {
      expect(await next(client)).toMatchObject({
        type: 'event',
        event_id: delivery.job.eventId,
        delivery_id: delivery.job.deliveryId,
        headers: { 'X-Shop': 'one' },
        body: '{"order": 12345678901234567890}',
      });
      client.webSocket.close();
    }
    expect(result).toEqual({
      requestHeaders: [
        ['event_id', delivery.job.eventId],
        ['delivery_id', delivery.job.deliveryId],
        ['source_id', delivery.job.sourceId],
        ['attempt', '1'],
        ['body_encoding', 'utf8'],
      ],
      response: {
        statusCode: 200,
        headers: [],
        body: Buffer.from('{"reached":3,"gone":0,"missed":0}'),
        bodyTruncated: false,
      },
      verdict: { kind: 'delivered' },
    });
  });

  it('a webhook that fits in the largest frame arrives whole, and a larger one as a reference', async () => {
    const client = await connect();
    await send(deliveryOf('x'));
    const overhead = Buffer.byteLength(await client.next()) - 1;
    const body = 'x'.repeat(MAX_FRAME_BYTES - overhead - ('130000'.length - '1'.length));
    expect((await send(deliveryOf(body))).verdict.kind).toBe('delivered');
    expect((await next(client)).body).toBe(body);
    const delivery = deliveryOf(`${body}x`);
    const { requestHeaders } = await send(delivery);
    expect(Object.fromEntries(requestHeaders)).toMatchObject({ body_encoding: 'reference' });
    expect(await next(client)).toMatchObject({ body: null, body_url: `/v1/events/${delivery.job.eventId}` });
    client.webSocket.close();
  });

  it('a webhook reaches a client that has just connected', async () => {
    const type = destination();
    const [first] = [await connect()];
    await send(deliveryOf('1'), { type });
    const second = await connect();
    await send(deliveryOf('2'), { type });
    expect(await next(second)).toMatchObject({ body: '2' });
    for (const client of [first, second]) client?.webSocket.close();
  });

  it('a webhook is sent only to clients of its destination', async () => {
    const mine = await connect();
    const other = await sockets.connect('');
    const elsewhere = { id: String(ids.at(-1)), destinationId: newId('dst') };
    await store.add({ ...elsewhere, connectedAtMs: nowMs, keyDigest: null });
    const { response } = await send(deliveryOf('{}'));
    expect(response?.body.toString()).toBe('{"reached":1,"gone":0,"missed":0}');
    await store.remove(elsewhere);
    for (const client of [mine, other]) client.webSocket.close();
  });
});

describe('a client that has vanished silently', () => {
  it('a vanished client is removed, and the others receive the webhook', async () => {
    const client = await connect();
    await list('AAAAAAAAAAAAAAA=');
    const { response } = await send(deliveryOf('{}'));
    expect(response?.body.toString()).toBe('{"reached":1,"gone":1,"missed":0}');
    expect(await listed()).toEqual([ids[0]]);
    client.webSocket.close();
  });

  it('a client stays listed for its first half minute, as API Gateway may not know it yet', async () => {
    await list('BBBBBBBBBBBBBBB=', { connectedAtMs: nowMs - 29_000 });
    expect((await send(deliveryOf('{}'))).error?.code).toBe('NO_CLIENTS');
    expect(await listed()).toEqual(['BBBBBBBBBBBBBBB=']);
    nowMs += 2_000;
    await send(deliveryOf('{}'));
    expect(await listed()).toEqual([]);
  });

  it('a failure to remove a vanished client does not fail the delivery', async () => {
    const warn = vi.spyOn(logger, 'warn').mockImplementation(() => {});
    const client = await connect();
    await list('CCCCCCCCCCCCCCC=');
    const clients = { of: store.of.bind(store), remove: () => Promise.reject(new Error('throttled')) };
    const type = destination(sockets.endpoint, clients);
    expect((await send(deliveryOf('{}'), { type })).verdict.kind).toBe('delivered');
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
    client.webSocket.close();
  });
});

describe('a destination without clients', () => {
  const noClients = { code: 'NO_CLIENTS', message: 'no client is connected' };

  it('a delivery is left unclaimed', async () => {
    const { error, verdict } = await send(deliveryOf('{}'));
    expect([error, verdict]).toEqual([noClients, { kind: 'unclaimed' }]);
  });

  it('a delivery fails and is retried if the destination says so', async () => {
    const { error, verdict } = await send(deliveryOf('{}'), { config: { without_clients: 'fail' } });
    expect(error).toEqual(noClients);
    expect(verdict).toEqual({ kind: 'failed', failure: 'temporary', retryAfterSeconds: 0 });
  });

  it('a delivery is left unclaimed if the last clients have disconnected', async () => {
    await Promise.all([list('DDDDDDDDDDDDDDD='), list('EEEEEEEEEEEEEEE=')]);
    const { error, verdict } = await send(deliveryOf('{}'));
    expect(error).toEqual({ code: 'NO_CLIENTS', message: 'no client is connected any more: 2 had disconnected' });
    expect(verdict).toEqual({ kind: 'unclaimed' });
  });
});

describe('the API key of a client', () => {
  const newKey = (expiresAt: string | null = null): SecretDigest => {
    const digest = digestOf(newSecretText('hwk'));
    keys.set(digest, { digest, expiresAt } as ApiKey);
    return digest;
  };

  it('a client whose key was revoked is disconnected within five seconds and receives nothing more', async () => {
    const keyDigest = newKey();
    const type = destination();
    const client = await connect({ keyDigest });
    await send(deliveryOf('1'), { type });
    expect(await next(client)).toMatchObject({ body: '1' });
    keys.delete(keyDigest);
    nowMs += 5_000;
    expect((await send(deliveryOf('2'), { type })).verdict).toEqual({ kind: 'unclaimed' });
    expect(await client.closed).toMatchObject({ code: expect.any(Number) });
    expect(await listed()).toEqual([]);
  });

  it('a client whose key has expired is disconnected', async () => {
    const client = await connect({ keyDigest: newKey(new Date(nowMs - 1).toISOString()) });
    expect((await send(deliveryOf('{}'))).verdict).toEqual({ kind: 'unclaimed' });
    await client.closed;
  });

  it('a key is readKey up once for all its clients', async () => {
    const keyDigest = newKey();
    const clients = await Promise.all(Array.from({ length: 5 }, () => sockets.connect('')));
    await Promise.all(ids.map((id) => list(id, { keyDigest })));
    const readKey = vi.spyOn(apiKeys, 'get');
    await send(deliveryOf('{}'));
    expect(readKey).toHaveBeenCalledOnce();
    readKey.mockRestore();
    for (const client of clients) client.webSocket.close();
  });
});

describe("API Gateway's connection API", () => {
  const failing = () => send(deliveryOf('{}'), { type: destination(peer.url), timeoutSeconds: 20 });
  const refusal = (status: number, name: string) =>
    answer(status, '{"message":"no"}', { 'x-amzn-errortype': name, 'content-type': 'application/json' });

  it.each([
    ['THROTTLED', 429, 'LimitExceededException', 3],
    ['SERVICE_ERROR', 500, 'InternalServerError', 3],
    ['ACCESS_DENIED', 403, 'ForbiddenException', 1],
    ['REQUEST_REFUSED', 400, 'BadRequestException', 1],
  ])('%s is reported for %i %s, after %i tries', async (code, status, name, tries) => {
    peer.behave = refusal(status, name);
    await list('FFFFFFFFFFFFFFF=');
    const { error, verdict } = await failing();
    expect(error).toMatchObject({ code, message: expect.stringContaining(`${name}: no`) });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'temporary', statusCode: status });
    expect(peer.received).toHaveLength(tries);
    expect(await listed()).toEqual(['FFFFFFFFFFFFFFF=']);
  });

  it('requests go to the endpoint of the environment, with a signature', async () => {
    peer.behave = answer(200);
    process.env.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI = peer.url.replace('/hook', '/live');
    const client = new ApiGatewayManagementApiClient({ region: 'us-east-1', credentials });
    await list('GGGGGGGGGGGGGGG=');
    const type = websocketDestination(
      () => ({ clients: store, apiKeys, api: client, answers: reader }),
      () => nowMs,
    );
    expect((await send(deliveryOf('{}'), { type })).verdict.kind).toBe('delivered');
    const [{ method = '', url = '', headers = {} } = {}] = peer.received;
    expect([method, url]).toEqual(['POST', '/live/@connections/GGGGGGGGGGGGGGG%3D']);
    expect(headers.authorization).toContain('/us-east-1/execute-api/aws4_request');
    delete process.env.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI;
  });

  it('a webhook that reached one of two clients is delivered, and the log counts the missed one', async () => {
    peer.behave = (webhook, response) =>
      (webhook.url.includes('HHH') ? answer(200) : refusal(400, 'BadRequestException'))(webhook, response);
    await Promise.all([list('HHHHHHHHHHHHHHH='), list('IIIIIIIIIIIIIII=')]);
    const { response, verdict } = await failing();
    expect(verdict).toEqual({ kind: 'delivered' });
    expect(response?.body.toString()).toBe('{"reached":1,"gone":0,"missed":1}');
  });

  it('an error for the only client left is reported as such, not as NO_CLIENTS', async () => {
    peer.behave = (webhook, response) =>
      (webhook.url.includes('HHH') ? refusal(410, 'GoneException') : refusal(403, 'ForbiddenException'))(
        webhook,
        response,
      );
    await Promise.all([list('HHHHHHHHHHHHHHH='), list('IIIIIIIIIIIIIII=')]);
    expect((await failing()).error?.code).toBe('ACCESS_DENIED');
  });

  it('a hanging API is reported as TIMEOUT, unless a client was already reached', async () => {
    peer.behave = hang;
    await list('JJJJJJJJJJJJJJJ=');
    const late = () => send(deliveryOf('{}'), { type: destination(peer.url), timeoutSeconds: 0.2 });
    const { error, verdict } = await late();
    expect(error).toEqual({ code: 'TIMEOUT', message: 'no answer within 0.2 s' });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'temporary' });
    peer.behave = (webhook, response) => (webhook.url.includes('KKK') ? answer(200) : hang)(webhook, response);
    await list('KKKKKKKKKKKKKKK=');
    expect((await late()).response?.body.toString()).toBe('{"reached":1,"gone":0,"missed":1}');
  });
});

describe('a destination that waits for the answer', () => {
  const config = { wait_for: 'answer' };

  /** Distinguishes the results. */
  let durationMs = 0;

  /** Resolves once the report has been received and stored. */
  async function report(
    client: TestClient,
    { job }: AttemptInput,
    result: object,
    attempt = job.attempt,
  ): Promise<void> {
    const { deliveryId } = job;
    durationMs += 1;
    const about = { action: 'result', delivery_id: deliveryId, attempt, duration_ms: durationMs };
    client.send(JSON.stringify({ ...about, ...result }));
    await expect
      .poll(() => reader.clientAnswer({ destinationId, deliveryId }, attempt), { timeout: 10_000 })
      .toMatchObject({ durationMs });
  }

  /** The result arrives in the attempt's second pause. */
  async function attemptWithReport(result: object) {
    const client = await connect();
    const delivery = deliveryOf('{}');
    during = async (n) => void (n === 2 && (await report(client, delivery, result)));
    const attempt = await send(delivery, { config });
    client.webSocket.close();
    return attempt;
  }

  it("the answer of the program behind the client becomes the attempt's response", async () => {
    const { requestHeaders, ...came } = await attemptWithReport({
      status_code: 201,
      headers: { 'X-Trace': '7', 'Set-Cookie': 'session=0123456789abcdef' },
      body: '{"created":true}',
    });
    expect(Object.fromEntries(requestHeaders)).toMatchObject({ attempt: '1' });
    expect(came).toEqual({
      response: {
        statusCode: 201,
        headers: [
          ['X-Trace', '7'],
          ['Set-Cookie', expect.not.stringContaining('0123456789')],
        ],
        body: Buffer.from('{"created":true}'),
        bodyTruncated: false,
      },
      verdict: { kind: 'delivered' },
    });
    expect(pauses).toEqual([50, 100]);
  });

  it.each([100, 302, 404, 500, 999])('an answer of %i is a failure that is retried', async (status) => {
    const { response, verdict } = await attemptWithReport({ status_code: status, body: 'no' });
    expect([response?.statusCode, String(response?.body)]).toEqual([status, 'no']);
    expect(verdict).toEqual({ kind: 'failed', failure: 'temporary', statusCode: status, retryAfterSeconds: 0 });
  });

  it("the program's Retry-After delays the retry", async () => {
    const { verdict } = await attemptWithReport({ status_code: 429, headers: { 'Retry-After': '120' } });
    expect(verdict).toMatchObject({ kind: 'failed', statusCode: 429, retryAfterSeconds: 120 });
  });

  it('an answer of 410 does not disable the destination', async () => {
    const { verdict } = await attemptWithReport({ status_code: 410 });
    expect(verdict).toEqual({ kind: 'failed', failure: 'temporary', statusCode: 410, retryAfterSeconds: 0 });
  });

  it.each(['CONNECTION_REFUSED', 'BLOCKED_ADDRESS', 'MADE_UP'])(
    'an error reported by the client as %s is a temporary failure',
    async (code) => {
      expect(await attemptWithReport({ error_code: code, error_message: 'nobody at 3000' })).toMatchObject({
        error: { code, message: 'nobody at 3000' },
        verdict: { kind: 'failed', failure: 'temporary', retryAfterSeconds: 0 },
      });
    },
  );

  it('a missing answer is reported as TIMEOUT, after 23 reads in ten seconds', async () => {
    const client = await connect();
    const { error, response, verdict } = await send(deliveryOf('{}'), { config, timeoutSeconds: 10 });
    expect(error).toEqual({
      code: 'TIMEOUT',
      message: 'a client received the webhook, but reported no outcome within 10 s',
    });
    expect(response).toBeUndefined();
    expect(verdict).toEqual({ kind: 'failed', failure: 'temporary', retryAfterSeconds: 0 });
    expect(pauses).toHaveLength(23);
    expect(pauses.slice(0, 6)).toEqual([50, 100, 200, 400, 500, 500]);
    expect(pauses.reduce((sum, ms) => sum + ms)).toBe(10_000);
    client.webSocket.close();
  });

  it('an answer in the last moment counts', async () => {
    const client = await connect();
    const delivery = deliveryOf('{}');
    during = async (n) => void (n === 5 && (await report(client, delivery, { status_code: 200 })));
    expect((await send(delivery, { config, timeoutSeconds: 1 })).verdict).toEqual({ kind: 'delivered' });
    expect(pauses).toEqual([50, 100, 200, 400, 250]);
    client.webSocket.close();
  });

  it('a late answer does not count for the next attempt', async () => {
    const client = await connect();
    const first = deliveryOf('{}');
    expect((await send(first, { config })).error?.code).toBe('TIMEOUT');
    const second = { ...first, job: { ...first.job, attempt: 2 } };
    pauses.length = 0;
    during = async (n) => void (n === 1 && (await report(client, second, { status_code: 200 }, 1)));
    expect((await send(second, { config })).error?.code).toBe('TIMEOUT');
    client.webSocket.close();
  });

  it('the first answer seen from several clients ends the wait', async () => {
    const [silent, quick] = [await connect(), await connect()];
    const delivery = deliveryOf('{}');
    during = async (n) => void (n === 1 && (await report(quick, delivery, { status_code: 202 })));
    expect((await send(delivery, { config })).response?.statusCode).toBe(202);
    expect(pauses).toEqual([50]);
    for (const client of [silent, quick]) client.webSocket.close();
  });

  it("answers of other destinations' clients do not count", async () => {
    const [mine, stranger] = [await connect(), await sockets.connect('')];
    const elsewhere = { id: String(ids.at(-1)), destinationId: newId('dst'), connectedAtMs: nowMs, keyDigest: null };
    await store.add(elsewhere);
    const delivery = deliveryOf('{}');
    const result = { action: 'result', delivery_id: delivery.job.deliveryId, attempt: 1, duration_ms: 1 };
    const at = { destinationId: elsewhere.destinationId, deliveryId: delivery.job.deliveryId };
    during = async (n) => {
      if (n > 1) return;
      stranger.send(JSON.stringify({ ...result, status_code: 200 }));
      await expect.poll(() => reader.clientAnswer(at, 1), { timeout: 10_000 }).toBeDefined();
    };
    expect((await send(delivery, { config })).error?.code).toBe('TIMEOUT');
    await store.remove(elsewhere);
    for (const client of [mine, stranger]) client.webSocket.close();
  });

  it('a delivery without clients is left unclaimed without waiting', async () => {
    expect((await send(deliveryOf('{}'), { config })).verdict).toEqual({ kind: 'unclaimed' });
    expect(pauses).toEqual([]);
  });

  it('the answer of one client counts even if API Gateway hangs for another', async () => {
    const delivery = deliveryOf('{}');
    const client = await connect();
    await report(client, delivery, { status_code: 200, body: 'mine' });
    peer.behave = (webhook, response) => (webhook.url.includes('LLL') ? answer(200) : hang)(webhook, response);
    await list('LLLLLLLLLLLLLLL=');
    const { response } = await send(delivery, { config, type: destination(peer.url), timeoutSeconds: 3 });
    expect(String(response?.body)).toBe('mine');
    client.webSocket.close();
  });
});

it('a read of the connected clients that hangs is reported as TIMEOUT', async () => {
  const of: ClientStore['of'] = (_id, _now, abortSignal) =>
    new Promise((_, reject) => abortSignal?.addEventListener('abort', () => reject(new Error('aborted'))));
  const type = destination(sockets.endpoint, { of, remove: store.remove.bind(store) });
  const { error, verdict } = await send(deliveryOf('{}'), { type, timeoutSeconds: 0.05 });
  expect(error).toEqual({ code: 'TIMEOUT', message: 'no answer within 0.05 s' });
  expect(verdict).toMatchObject({ kind: 'failed', failure: 'temporary' });
});
