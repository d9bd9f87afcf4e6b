import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noRabbitmq, RabbitmqServer } from '../../test/support/rabbitmq-server.ts';
import { answer, type Behaviour, hang, Receiver } from '../../test/support/receiver.ts';
import { PASSWORD, rabbitmqTarget } from './broker-targets.fixture.ts';
import { deliveryOf } from './delivery.fixture.ts';
import type { AttemptInput, AttemptResult } from './destination-type.ts';
import { rabbitmqDestination } from './rabbitmq.ts';

const destination = rabbitmqDestination('loopback', Date.now);
const sendTo = (
  url: string,
  delivery: AttemptInput,
  config: object = {},
  over: Parameters<typeof rabbitmqTarget>[1] = {},
): Promise<AttemptResult> =>
  destination.bind(rabbitmqTarget({ management_url: url, ...config }, over)).attempt(delivery);

const why = noRabbitmq === undefined ? '' : `, skipped because ${noRabbitmq}`;
const MAX_MESSAGE_BYTES = 300_000;

describe.skipIf(why !== '')(`a delivery to RabbitMQ${why}`, () => {
  let rabbitmq: RabbitmqServer;
  beforeAll(async () => {
    rabbitmq = await RabbitmqServer.start([
      `max_message_size = ${MAX_MESSAGE_BYTES}`,
      'management.http.max_body_size = 1000000',
    ]);
    await rabbitmq.api('PUT', '/queues/%2F/orders', {});
    await rabbitmq.api('PUT', '/exchanges/%2F/hooks', { type: 'topic' });
    await rabbitmq.api('PUT', '/queues/%2F/all', {});
    await rabbitmq.api('POST', '/bindings/%2F/e/hooks/q/all', { routing_key: 'src.#' });
  });
  afterAll(() => rabbitmq?.stop());

  const guest = { type: 'basic', username: 'guest', password: 'guest' } as const;
  const send = (delivery: AttemptInput, config: object = {}, over: Parameters<typeof rabbitmqTarget>[1] = {}) =>
    sendTo(rabbitmq.url, delivery, config, { auth: guest, ...over });

  it.each([
    ['JSON with a big number and spaces', Buffer.from('{"id": 12345678901234567890,\r\n "name":"Łódź 🪢"}')],
    ['bytes that are not UTF-8', Buffer.from([0xff, 0x00, 0xfe])],
    ['an empty body', Buffer.alloc(0)],
  ])('the message has the body exactly as received: %s', async (_, body) => {
    const { verdict, response, error } = await send(deliveryOf(body));
    expect([verdict, response?.statusCode, error]).toEqual([{ kind: 'delivered' }, 200, undefined]);
    expect((await rabbitmq.messages('orders')).map(({ payload }) => payload)).toEqual([body]);
  });

  it("the message is persistent, and has headers that identify the event and the destination's own", async () => {
    const delivery = deliveryOf('{}', [
      ['Content-Type', 'application/json; charset=utf-8'],
      ['content-encoding', 'gzip'],
    ]);
    const { requestHeaders } = await send(delivery, { headers: { team: 'orders', source: 'of-{source_id}' } });
    const { eventId: event_id, deliveryId: delivery_id, sourceId: source_id } = delivery.job;
    const headers = { event_id, delivery_id, source_id, attempt: '1', team: 'orders', source: `of-${source_id}` };
    const contents = { content_type: 'application/json; charset=utf-8', content_encoding: 'gzip' };
    const [message] = await rabbitmq.messages('orders');
    expect(message).toMatchObject({ exchange: '', routing_key: 'orders' });
    expect(message?.properties).toEqual({
      message_id: event_id,
      // When the event was accepted, so it is the same for each attempt.
      timestamp: Date.UTC(2026, 10, 22, 3, 23) / 1000,
      delivery_mode: 2,
      ...contents,
      headers,
    });
    expect(Object.fromEntries(requestHeaders)).toMatchObject({ routing_key: 'orders', ...contents, ...headers });
  });

  it('the message is not persistent if the destination says so', async () => {
    await send(deliveryOf('{}'), { persistent: false });
    expect((await rabbitmq.messages('orders'))[0]?.properties).toMatchObject({ delivery_mode: 1 });
  });

  it('the message is routed through an exchange by its routing key', async () => {
    const delivery = deliveryOf('{}');
    await send(delivery, { exchange: 'hooks', routing_key: 'src.{source_id}' });
    const [message] = await rabbitmq.messages('all');
    expect(message).toMatchObject({ exchange: 'hooks', routing_key: `src.${delivery.job.sourceId}` });
  });

  it('names of virtual hosts, exchanges and queues may have special characters', async () => {
    const [vhost, exchange, queue] = ['a/b %2F?#ü', 'x/../y', 'q'];
    const at = (...names: string[]) => names.map(encodeURIComponent).join('/');
    await rabbitmq.api('PUT', `/vhosts/${at(vhost)}`, {});
    await rabbitmq.api('PUT', `/exchanges/${at(vhost, exchange)}`, { type: 'fanout' });
    await rabbitmq.api('PUT', `/queues/${at(vhost, queue)}`, {});
    await rabbitmq.api('POST', `/bindings/${at(vhost)}/e/${at(exchange)}/q/${at(queue)}`, {});
    const { verdict } = await send(deliveryOf('{}'), { vhost, exchange, routing_key: null });
    expect(verdict).toEqual({ kind: 'delivered' });
    expect(await rabbitmq.messages(queue, vhost)).toMatchObject([{ exchange, routing_key: '' }]);
  });

  it.each([
    ['no queue is bound by the routing key', { exchange: 'hooks', routing_key: 'nobody' }],
    ['the default exchange has no such queue', { routing_key: 'not-there' }],
  ])('NOT_ROUTED is reported and retried if %s, although RabbitMQ answers 200', async (_, config) => {
    const { error, verdict, response } = await send(deliveryOf('{}'), config);
    expect(Buffer.from(response?.body ?? []).toString()).toBe('{"routed":false}');
    expect(error?.code).toBe('NOT_ROUTED');
    expect(verdict).toEqual({ kind: 'failed', failure: 'temporary', retryAfterSeconds: 0 });
  });

  it('a missing exchange is reported as TARGET_NOT_FOUND', async () => {
    const { error, verdict } = await send(deliveryOf('{}'), { exchange: 'not-there' });
    expect(error).toMatchObject({
      code: 'TARGET_NOT_FOUND',
      message: expect.stringContaining("no exchange 'not-there'"),
    });
    expect(verdict).toEqual({ kind: 'failed', failure: 'temporary', statusCode: 400, retryAfterSeconds: 0 });
  });

  it('a wrong password is reported as ACCESS_DENIED, and masked in the log', async () => {
    const auth = { ...guest, password: PASSWORD };
    const result = await send(deliveryOf('{}'), {}, { auth });
    expect(result.error).toEqual({ code: 'ACCESS_DENIED', message: 'not_authorized: Login failed' });
    expect(result.verdict).toMatchObject({ failure: 'temporary', statusCode: 401 });
    for (const secret of [PASSWORD, Buffer.from(`guest:${PASSWORD}`).toString('base64')]) {
      expect(JSON.stringify(result)).not.toContain(secret);
    }
  });

  it.each([
    ['is no user of the management plugin', '', '.*', 401],
    ['may not write to the exchange', 'management', '', 400],
  ])('a user who %s is reported as ACCESS_DENIED', async (_, tags, write, statusCode) => {
    const [username, password] = ['hawser', PASSWORD];
    await rabbitmq.api('PUT', `/users/${username}`, { password, tags });
    await rabbitmq.api('PUT', `/permissions/%2F/${username}`, { configure: '', write, read: '' });
    const { error, verdict } = await send(deliveryOf('{}'), {}, { auth: { type: 'basic', username, password } });
    expect(error?.code).toBe('ACCESS_DENIED');
    expect(verdict).toMatchObject({ failure: 'temporary', statusCode });
  });

  it('a user with the documented tag and permission can publish', async () => {
    const [username, password] = ['hawser', PASSWORD];
    await rabbitmq.api('PUT', `/users/${username}`, { password, tags: 'management' });
    await rabbitmq.api('PUT', `/permissions/%2F/${username}`, { configure: '^$', write: '^hooks$', read: '^$' });
    const config = { exchange: 'hooks', routing_key: 'src.x' };
    const { verdict } = await send(deliveryOf('{}'), config, { auth: { type: 'basic', username, password } });
    expect(verdict).toEqual({ kind: 'delivered' });
    expect(await rabbitmq.messages('all')).toHaveLength(1);
  });

  it('a missing virtual host is reported as ACCESS_DENIED, as RabbitMQ does not distinguish them', async () => {
    expect((await send(deliveryOf('{}'), { vhost: 'not-there' })).error?.code).toBe('ACCESS_DENIED');
  });

  it('a delivery refused by a full queue is retried', async () => {
    await rabbitmq.api('PUT', '/queues/%2F/full', { arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' } });
    expect((await send(deliveryOf('{}'), { routing_key: 'full' })).verdict).toEqual({ kind: 'delivered' });
    const { error, verdict } = await send(deliveryOf('{}'), { routing_key: 'full' });
    expect(error).toMatchObject({ code: 'REQUEST_REFUSED', message: expect.stringContaining('Check queue limits') });
    expect(verdict).toMatchObject({ failure: 'temporary' });
  });

  it("a message above the broker's limit fails permanently, and one at the limit is delivered", async () => {
    const { verdict } = await send(deliveryOf('x'.repeat(MAX_MESSAGE_BYTES)));
    expect(verdict).toEqual({ kind: 'delivered' });
    await rabbitmq.messages('orders');
    const larger = await send(deliveryOf('x'.repeat(MAX_MESSAGE_BYTES + 1)));
    expect(larger.error).toMatchObject({ code: 'BODY_TOO_LARGE', message: expect.stringContaining('size 300001') });
    expect(larger.verdict).toMatchObject({ kind: 'failed', failure: 'permanent' });
  });

  it("a message above the management plugin's limit fails permanently", async () => {
    // It counts in parts of 8 MB as it reads, so whatever its limit, it only notices bodies above that.
    const { error, verdict } = await send(deliveryOf('x'.repeat(7_000_000)));
    expect(error).toEqual({ code: 'BODY_TOO_LARGE', message: 'bad_request: Exceeded HTTP request body size limit' });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'permanent' });
  });
});

describe('a failing management API', () => {
  let peer: Receiver;
  beforeEach(async () => {
    peer = await Receiver.start();
  });
  afterEach(() => peer.stop());
  const attempt = (behave: Behaviour, over: Parameters<typeof rabbitmqTarget>[1] = {}, config: object = {}) => {
    peer.behave = behave;
    return sendTo(peer.url, deliveryOf('{"a":1}'), config, over);
  };

  it.each([
    ['/', '', '/hook/api/exchanges/%2F/amq.default/publish'],
    ['tenant', 'a/b', '/hook/api/exchanges/tenant/a%2Fb/publish'],
  ])("requests go below the URL's own path: virtual host %j, exchange %j", async (vhost, exchange, path) => {
    const { verdict } = await attempt(answer(200, '{"routed":true}'), {}, { vhost, exchange });
    expect(verdict).toEqual({ kind: 'delivered' });
    const [request] = peer.received;
    expect([request?.method, request?.url]).toEqual(['POST', path]);
    expect(JSON.parse(request?.body.toString() ?? '')).toMatchObject({
      payload: 'eyJhIjoxfQ==',
      payload_encoding: 'base64',
    });
  });

  it.each([
    [
      400,
      '{"error":"bad_request","reason":"541 INTERNAL_ERROR - no"}',
      'SERVICE_ERROR',
      'bad_request: 541 INTERNAL_ERROR - no',
    ],
    [400, '{"error":"bad_request","reason":{"a":1}}', 'REQUEST_REFUSED', 'bad_request: '.trim()],
    [404, '{"error":"Object Not Found","reason":"Not Found"}', 'TARGET_NOT_FOUND', 'Object Not Found: Not Found'],
    [405, '', 'REQUEST_REFUSED', 'it answered 405'],
    [429, '', 'THROTTLED', 'it answered 429'],
    [503, '<html>', 'SERVICE_ERROR', 'it answered 503'],
    [302, '{"routed":true}', 'REQUEST_REFUSED', 'it answered 302'],
  ])('a response of %i %s is reported as %s and retried', async (status, body, code, message) => {
    const { error, verdict } = await attempt(answer(status, body));
    expect(error).toEqual({ code, message });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'temporary', statusCode: status });
  });

  it('a 413 response from a server in front of the API fails permanently', async () => {
    const { error, verdict } = await attempt(answer(413, ''));
    expect([error?.code, verdict]).toEqual(['BODY_TOO_LARGE', expect.objectContaining({ failure: 'permanent' })]);
  });

  it('a 429 response is retried after its Retry-After', async () => {
    expect((await attempt(answer(429, '', { 'retry-after': '9' }))).verdict).toMatchObject({ retryAfterSeconds: 9 });
  });

  it.each(['', 'ok', '<html></html>', '{}', '{"routed":"true"}', '[true]'])(
    'a 200 response that does not tell whether the message was routed is reported as SERVICE_ERROR: %j',
    async (body) => {
      const { error, verdict } = await attempt(answer(200, body));
      expect(error).toEqual({
        code: 'SERVICE_ERROR',
        message: 'it answered 200 without telling whether the message was routed',
      });
      expect(verdict).toEqual({ kind: 'failed', failure: 'temporary', retryAfterSeconds: 0 });
    },
  );

  it.each<[string, Behaviour]>([
    // A broker that is short of memory or disk does this.
    ['before the response', hang],
    ['within the response', (_, response) => void response.writeHead(200).write('{"routed":')],
  ])('an API that hangs %s is reported as TIMEOUT', async (_, behave) => {
    const { error, verdict } = await attempt(behave, { timeoutSeconds: 0.2 });
    expect(error).toEqual({ code: 'TIMEOUT', message: 'no answer within 0.2 s' });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'temporary' });
  });

  it('an API that is down is reported as CONNECTION_REFUSED', async () => {
    const { url } = peer;
    await peer.stop();
    expect((await sendTo(url, deliveryOf('{}'))).error?.code).toBe('CONNECTION_REFUSED');
    peer = await Receiver.start();
  });
});
