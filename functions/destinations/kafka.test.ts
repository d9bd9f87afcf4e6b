import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { KafkaRestProxy, type KafkaRestProxyOptions } from '../../test/support/kafka-rest-proxy.ts';
import { answer, type Behaviour, hang, Receiver } from '../../test/support/receiver.ts';
import { kafkaTarget, PASSWORD } from './broker-targets.fixture.ts';
import { deliveryOf } from './delivery.fixture.ts';
import type { AttemptInput, AttemptResult } from './destination-type.ts';
import { kafkaDestination } from './kafka.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 3, 23);
const destination = kafkaDestination('loopback', () => NOW_MS);
const V2 = { api_version: 'v2', cluster_id: null };
const versions: readonly (readonly [version: string, config: object])[] = [
  ['v2', V2],
  ['v3', {}],
];

const sendTo = (
  url: string,
  delivery: AttemptInput,
  config: object = {},
  over: Parameters<typeof kafkaTarget>[1] = {},
): Promise<AttemptResult> => destination.bind(kafkaTarget({ rest_url: url, ...config }, over)).attempt(delivery);

async function newProxy(options: KafkaRestProxyOptions = {}): Promise<KafkaRestProxy> {
  const proxy = await KafkaRestProxy.start(options);
  onTestFinished(() => proxy.stop());
  return proxy;
}

const jsonBody = ({ response }: AttemptResult) => JSON.parse(Buffer.from(response?.body ?? []).toString());

describe.each(versions)('a delivery to a topic by %s', (version, of) => {
  it.each([
    ['JSON with a big number and spaces', Buffer.from('{"id": 12345678901234567890,\r\n "name":"Łódź 🪢"}')],
    ['bytes that are not UTF-8', Buffer.from([0xff, 0x00, 0xfe])],
    ['an empty body', Buffer.alloc(0)],
  ])('the record has the body exactly as received: %s', async (_, body) => {
    const proxy = await newProxy();
    const delivery = deliveryOf(body);
    const { verdict, response, error } = await sendTo(proxy.url, delivery, of);
    expect([verdict, response?.statusCode, error]).toEqual([{ kind: 'delivered' }, 200, undefined]);
    const [record] = proxy.records.webhooks ?? [];
    // Not null, which deletes the key from a compacted topic.
    expect(record?.value).toEqual(body);
    expect(record?.key?.toString()).toBe(delivery.job.eventId);
  });

  it('the record has the key and the partition of the destination', async () => {
    const proxy = await newProxy();
    const delivery = deliveryOf('{}');
    await sendTo(proxy.url, delivery, { ...of, key: 'of-{source_id}', partition: 2 });
    await sendTo(proxy.url, delivery, { ...of, key: null, partition: 0 });
    expect(proxy.records.webhooks).toMatchObject([
      { key: Buffer.from(`of-${delivery.job.sourceId}`), partition: 2 },
      { key: null, partition: 0 },
    ]);
  });

  it('every attempt uses the same key, so consumers can recognize the event', async () => {
    const proxy = await newProxy();
    const first = deliveryOf('{}');
    await sendTo(proxy.url, first, of);
    await sendTo(proxy.url, { ...first, job: { ...first.job, attempt: 2 } }, of);
    const keys = proxy.records.webhooks?.map(({ key }) => key?.toString());
    expect(keys).toEqual([first.job.eventId, first.job.eventId]);
  });

  it("requests go below the URL's own path", async () => {
    const proxy = await newProxy({ basePath: '/kafka' });
    expect((await sendTo(proxy.url, deliveryOf('{}'), of)).verdict).toEqual({ kind: 'delivered' });
    expect((await sendTo(`${proxy.url}/`, deliveryOf('{}'), of)).verdict).toEqual({ kind: 'delivered' });
  });

  it.each<[string, Parameters<typeof kafkaTarget>[1], string]>([
    [
      'basic, which an API key of Confluent Cloud is',
      { auth: { type: 'basic', username: 'ABCDEFGH12345678', password: PASSWORD } },
      `Basic ${Buffer.from(`ABCDEFGH12345678:${PASSWORD}`).toString('base64')}`,
    ],
    ['bearer', { auth: { type: 'bearer', token: 'correct-horse-battery' } }, 'Bearer correct-horse-battery'],
    [
      'a header of its own',
      { auth: { type: 'api_key', in: 'header', name: 'Authorization', value: 'correct-horse-battery' } },
      'correct-horse-battery',
    ],
  ])('credentials (%s) are sent, and masked in the log', async (_, over, authorization) => {
    const proxy = await newProxy({ authorization });
    const result = await sendTo(proxy.url, deliveryOf('{}'), of, over);
    expect(result.verdict).toEqual({ kind: 'delivered' });
    expect(Object.fromEntries(result.requestHeaders).Authorization).toBe(`••••${authorization.slice(-4)}`);
    expect(JSON.stringify(result)).not.toContain(authorization);
  });

  it('wrong credentials are reported as ACCESS_DENIED and retried, as the owner may correct them', async () => {
    const proxy = await newProxy({ authorization: 'Bearer another' });
    const { error, verdict, response } = await sendTo(proxy.url, deliveryOf('{}'), of);
    expect(error).toEqual({ code: 'ACCESS_DENIED', message: '401: Unauthorized' });
    expect(verdict).toEqual({ kind: 'failed', failure: 'temporary', statusCode: 401, retryAfterSeconds: 0 });
    expect(response?.statusCode).toBe(401);
  });

  it.each([
    ['topic', { topic: 'not-there' }],
    ['partition', { partition: 3 }],
  ])('a missing %s is reported as TARGET_NOT_FOUND, although the proxy answers 200', async (_, config) => {
    const proxy = await newProxy();
    const { error, verdict, response } = await sendTo(proxy.url, deliveryOf('{}'), { ...of, ...config });
    expect(response?.statusCode).toBe(200);
    expect(error).toMatchObject({
      code: 'TARGET_NOT_FOUND',
      message: expect.stringContaining('not present in metadata'),
    });
    // Without a status, so that `retry_on` treats a failure reported within a 200 as an error.
    expect(verdict).toEqual({ kind: 'failed', failure: 'temporary', retryAfterSeconds: 0 });
  });

  it("a record above Kafka's limit fails permanently, and one at the limit is delivered", async () => {
    const proxy = await newProxy({ maxMessageBytes: 1_048_576 });
    const most = 1_048_576 - 'evt_'.length - 32;
    expect((await sendTo(proxy.url, deliveryOf('x'.repeat(most)), of)).verdict).toEqual({ kind: 'delivered' });
    const { error, verdict } = await sendTo(proxy.url, deliveryOf('x'.repeat(most + 1)), of);
    expect(error).toMatchObject({ code: 'BODY_TOO_LARGE', message: expect.stringContaining('larger than 1048576') });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'permanent' });
  });

  it.each([
    ['SERVICE_ERROR', 50003, 'NotEnoughReplicasException'],
    ['SERVICE_ERROR', 50002, 'Kafka error'],
    ['ACCESS_DENIED', 40301, 'Not authorized to access topics: [webhooks]'],
    ['ACCESS_DENIED', 40101, 'Authentication failed'],
    ['BODY_TOO_LARGE', 413, 'The request included a message larger than the max message size the server will accept.'],
  ])('a refused record within an accepted request is reported as %s: %i', async (code, error_code, message) => {
    const proxy = await newProxy();
    proxy.nextError = { error_code, message };
    const { error, verdict } = await sendTo(proxy.url, deliveryOf('{}'), of);
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(verdict).toMatchObject({ kind: 'failed', failure: code === 'BODY_TOO_LARGE' ? 'permanent' : 'temporary' });
    expect(proxy.records.webhooks).toEqual([]);
  });

  it('the request has the path and the media types of the API version', async () => {
    const proxy = await newProxy();
    const { requestHeaders } = await sendTo(proxy.url, deliveryOf('{}'), of);
    const { 'Content-Type': contentType, Accept: accept } = Object.fromEntries(requestHeaders);
    expect([proxy.received[0]?.path, contentType, accept]).toEqual(
      version === 'v2'
        ? ['/topics/webhooks', 'application/vnd.kafka.binary.v2+json', 'application/vnd.kafka.v2+json']
        : ['/v3/clusters/lkc-abc123/topics/webhooks/records', 'application/json', 'application/json'],
    );
  });
});

describe('a record sent by v3', () => {
  it("a record has headers that identify the event, and the destination's own", async () => {
    const proxy = await newProxy();
    const delivery = deliveryOf('{}', [
      ['Content-Type', 'application/json; charset=utf-8'],
      ['content-encoding', 'gzip'],
    ]);
    const result = await sendTo(proxy.url, delivery, { headers: { team: 'orders', source: 'of-{source_id}' } });
    const { eventId, deliveryId, sourceId } = delivery.job;
    const headers = [
      ['event_id', eventId],
      ['delivery_id', deliveryId],
      ['source_id', sourceId],
      ['attempt', '1'],
      ['content_type', 'application/json; charset=utf-8'],
      ['content_encoding', 'gzip'],
      ['team', 'orders'],
      ['source', `of-${sourceId}`],
    ];
    expect(proxy.records.webhooks?.[0]?.headers).toEqual(headers);
    expect(result.requestHeaders.slice(-headers.length - 1)).toEqual([['key', eventId], ...headers]);
    expect(jsonBody(result)).toMatchObject({ error_code: 200, topic_name: 'webhooks', offset: 0 });
  });

  it('a wrong cluster is reported as TARGET_NOT_FOUND', async () => {
    const proxy = await newProxy();
    const { error, verdict } = await sendTo(proxy.url, deliveryOf('{}'), { cluster_id: 'lkc-other' });
    expect(error?.code).toBe('TARGET_NOT_FOUND');
    expect(verdict).toMatchObject({ failure: 'temporary', statusCode: 404 });
  });
});

it('a record sent by v2 has no headers', async () => {
  const proxy = await newProxy();
  const delivery = deliveryOf('{}', [['Content-Type', 'application/json']]);
  const result = await sendTo(proxy.url, delivery, V2);
  expect(proxy.records.webhooks?.[0]?.headers).toEqual([]);
  expect(jsonBody(result)).toMatchObject({ offsets: [{ error_code: null, offset: 0 }] });
});

describe('a failing proxy', () => {
  let peer: Receiver;
  beforeEach(async () => {
    peer = await Receiver.start();
  });
  afterEach(() => peer.stop());
  const attempt = (behave: Behaviour, over: Parameters<typeof kafkaTarget>[1] = {}, config: object = {}) => {
    peer.behave = behave;
    return sendTo(peer.url, deliveryOf('{}'), config, over);
  };

  it.each([
    [400, { error_code: 40002, message: 'no' }, 'REQUEST_REFUSED', '40002: no'],
    [403, { error_code: 40301, message: 'no' }, 'ACCESS_DENIED', '40301: no'],
    [404, { error_code: 40403, message: 'no' }, 'TARGET_NOT_FOUND', '40403: no'],
    [415, { error_code: 415, message: 'no' }, 'REQUEST_REFUSED', '415: no'],
    [422, { error_code: 42206, message: 'no' }, 'REQUEST_REFUSED', '42206: no'],
    [429, { error_code: 429, message: 'no' }, 'THROTTLED', '429: no'],
    [500, { error_code: 50003, message: 'no' }, 'SERVICE_ERROR', '50003: no'],
    [503, { error_code: 50302, message: 'no' }, 'SERVICE_ERROR', '50302: no'],
    [302, { error_code: 200, message: 'ok' }, 'REQUEST_REFUSED', '200: ok'],
    [401, {}, 'ACCESS_DENIED', 'it answered 401'],
    [502, {}, 'SERVICE_ERROR', 'it answered 502'],
  ])('a response of %i %j is reported as %s and retried', async (status, body, code, message) => {
    const result = await attempt(answer(status, JSON.stringify(body)));
    expect(result.error).toEqual({ code, message });
    expect(result.verdict).toEqual({ kind: 'failed', failure: 'temporary', statusCode: status, retryAfterSeconds: 0 });
  });

  it.each([
    ['with an error code', '{"error_code":413,"message":"no"}'],
    ['from a server in front of the proxy', '<html>413</html>'],
  ])('a 413 response %s fails permanently', async (_, body) => {
    const { error, verdict } = await attempt(answer(413, body));
    expect(error?.code).toBe('BODY_TOO_LARGE');
    expect(verdict).toMatchObject({ failure: 'permanent', statusCode: 413 });
  });

  it.each([
    ['429', 429, '{"error_code":429,"message":"no"}'],
    ['200 for a record that is throttled', 200, '{"error_code":429,"message":"no"}'],
  ])('Retry-After sets the delay before the retry: %s', async (_, status, body) => {
    const { error, verdict } = await attempt(answer(status, body, { 'retry-after': '17' }));
    expect(error?.code).toBe('THROTTLED');
    expect(verdict).toMatchObject({ retryAfterSeconds: 17 });
  });

  it.each([
    ['1, as v2 is documented', { offsets: [{ partition: null, offset: null, error_code: 1, error: 'no' }] }],
    ['2, as v2 is documented', { offsets: [{ partition: null, offset: null, error_code: 2, error: 'no' }] }],
    ['no report', {}],
    ['a report of no record', { offsets: [] }],
    ['a report of two records', { offsets: [{ offset: 1 }, { offset: 2 }] }],
    ['a report without an offset', { offsets: [{ partition: 1 }] }],
    ['not an object', 'ok'],
  ])('a 200 response that does not confirm the record is reported as SERVICE_ERROR: %s', async (_, body) => {
    const { error, verdict } = await attempt(answer(200, JSON.stringify(body)));
    expect(error?.code).toBe('SERVICE_ERROR');
    expect(verdict).toEqual({ kind: 'failed', failure: 'temporary', retryAfterSeconds: 0 });
  });

  it.each([
    ['HTML', '<html>Welcome</html>'],
    ['an empty body', ''],
    ['a body too long to be read', JSON.stringify({ error_code: 200, offset: 0, padding: 'x'.repeat(20_000) })],
  ])('a 200 response that is not from a proxy is reported as SERVICE_ERROR: %s', async (_, body) => {
    const { error, response } = await attempt(answer(200, body));
    expect(error).toMatchObject({
      code: 'SERVICE_ERROR',
      message: 'it answered 200 without telling whether the record was written',
    });
    expect(response?.body.byteLength).toBeLessThanOrEqual(16_384);
  });

  it("the proxy's message is shortened, and loses its control characters", async () => {
    const message = `no\u0000\n${'x'.repeat(5_000)}`;
    const { error } = await attempt(answer(400, JSON.stringify({ error_code: 400, message })));
    expect(error?.message).toMatch(/^400: no {2}x+$/);
    expect(error?.message).toHaveLength(1_000);
  });

  it.each<[string, Behaviour]>([
    ['before the response', hang],
    // v3 starts to answer as soon as it reads, and reports the record once Kafka has confirmed it.
    ['within the response', (_, response) => void response.writeHead(200).flushHeaders()],
    ['within the report', (_, response) => void response.writeHead(200).write('{"error_code":200,')],
  ])('a proxy that hangs %s is reported as TIMEOUT', async (_, behave) => {
    const { error, verdict, response } = await attempt(behave, { timeoutSeconds: 0.2 });
    expect(error).toEqual({ code: 'TIMEOUT', message: 'no answer within 0.2 s' });
    expect(verdict).toEqual({ kind: 'failed', failure: 'temporary', retryAfterSeconds: 0 });
    expect(response).toBeUndefined();
  });

  it('a proxy that breaks off within its report is reported as CONNECTION_RESET', async () => {
    const { error } = await attempt((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"error_code":200,', () => response.destroy());
    });
    expect(error).toEqual({
      code: 'CONNECTION_RESET',
      message: 'the connection broke off in the middle of the response',
    });
  });

  it('a proxy that is down is reported as CONNECTION_REFUSED', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    expect((await sendTo(`http://127.0.0.1:${port}`, deliveryOf('{}'))).error?.code).toBe('CONNECTION_REFUSED');
  });

  it('an API key in the query is sent, and masked in the log', async () => {
    const auth = { type: 'api_key', in: 'query', name: 'key', value: 'correct-horse' } as const;
    const result = await attempt(answer(200, '{"error_code":200,"offset":0}'), { auth });
    expect(peer.received[0]?.url).toMatch(/\/records\?key=correct-horse$/);
    expect(JSON.stringify(result)).not.toContain('correct-horse');
    expect(result.request?.method).toBe('POST');
    expect(result.request?.target).toMatch(/\/records\?key=••••$/);
  });

  it("the proxy's cookies are masked in the log", async () => {
    const result = await attempt(answer(403, '{}', { 'set-cookie': 'session=correct-horse-battery' }));
    expect(JSON.stringify(result)).not.toContain('correct-horse-b');
  });
});
