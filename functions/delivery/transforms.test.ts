import { gzipSync } from 'node:zlib';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { firstJob } from '../../core/deliveries/delivery.ts';
import { newEventId, newId } from '../../core/ids.ts';
import { compressTransform } from '../../core/transform/stored-transform.ts';
import { answer, Receiver } from '../../test/support/receiver.ts';
import { resourceNames } from '../../test/support/services.ts';
import { ApiUnderTest, PUBLIC_URL } from '../management/testing/api.fixture.ts';
import { variable } from '../shared/environment.ts';
import { TransformsUnderTest } from './transforms.fixture.ts';
import { Transforms } from './transforms.ts';

let api: ApiUnderTest;
let receiver: Receiver;
let tests: TransformsUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start({ [variable.destinationNetwork]: 'loopback' });
  receiver = await Receiver.start();
});
afterAll(async () => {
  await receiver.stop();
  await api.close();
});
beforeEach(() => {
  receiver.received.length = 0;
  receiver.behave = answer(200, 'ok');
  tests = new TransformsUnderTest(api);
});

const connected = (transform: string | null, fields: object = {}, source: object = {}) =>
  tests.connected({ url: receiver.url, transform, ...fields }, source);
const change = (connection: string, transform: string | null) =>
  tests.ok('PATCH', `/v1/connections/${connection}`, { body: { transform } });
/** The last request received, its body as text. */
const received = () => {
  const last = receiver.received.at(-1);
  return last && { ...last, body: last.body.toString() };
};

describe('a transform of a connection', () => {
  it('a transform makes the request, which is signed as it is sent', async () => {
    const transform = `function transform(event, variables) {
      return {
        method: 'PATCH',
        path: '/' + event.json.id,
        query: 'type=' + event.type,
        headers: { 'x-page': event.url, 'x-variables': JSON.stringify(variables), authorization: 'of the transform' },
        body: { id: event.json.id, from: event.headers['x-shop'], at: event.path + '?' + event.query },
      };
    }`;
    const github = { verification: { type: 'github', secret: 'a secret of the sender' } };
    const { source } = await connected(null, {}, github);
    const headers = { Authorization: 'of the destination' };
    const created = await tests.ok('POST', `/v1/sources/${source}/destinations`, {
      body: { url: `${receiver.url}?key=1`, transform, headers },
    });
    const ends = { source, destination: created.id, connection: created.connection_id };
    const id = await tests.send(ends, '{"id":7}', [
      ['X-Shop', 'a'],
      ['X-Shop', 'b'],
      ['X-GitHub-Event', 'push'],
    ]);
    const got = received();
    expect(got).toMatchObject({
      method: 'PATCH',
      url: '/hook/7?key=1&type=push',
      headers: {
        'content-type': 'application/json',
        'x-page': `https://hawser.example/events/${id}`,
        'x-variables': '{}',
        authorization: 'of the destination',
      },
      body: '{"id":7,"from":"a, b","at":"/orders?a=1&a=2"}',
    });
    expect(got?.headers).not.toHaveProperty('x-shop');
    const verified = new Webhook(created.secret).verify(got?.body ?? '', got?.headers as Record<string, string>);
    expect(verified).toMatchObject({ id: 7 });
    expect(await tests.delivery(id, ends)).toMatchObject({ status: 'succeeded', attempt_count: 1 });
  });

  it('a transform that returns no part of a request changes none', async () => {
    const ends = await connected('function transform() { return {}; }');
    const body = gzipSync('{ "n": 12345678901234567890 }');
    await tests.send(ends, body, [
      ['Content-Encoding', 'gzip'],
      ['X-A', '1'],
    ]);
    expect(Buffer.compare(receiver.received[0]?.body ?? Buffer.alloc(0), body)).toBe(0);
    expect(received()).toMatchObject({ url: '/hook', headers: { 'content-encoding': 'gzip', 'x-a': '1' } });
  });

  it.each([
    ['has made another body', "{ body: 'other' }", 'transform'],
    ['has left the body alone', "{ headers: { 'x-a': '1' } }", 'event'],
    ['has made the very same body', '{ body: event.body }', 'event'],
  ])('the attempt says whose body it sent, when the transform %s', async (_, result, from) => {
    const ends = await connected(`function transform(event) { return ${result}; }`);
    const id = await tests.send(ends, 'as it came');
    await change(ends.connection, null);
    const { attempts } = await tests.delivery(id, ends);
    expect(attempts).toMatchObject([{ request_method: 'POST', request_target: receiver.url, request_body_from: from }]);
  });

  it('a transform sees a body from the bucket', async () => {
    const ends = await connected('function transform(event) { return { body: String(event.body.length) }; }');
    await tests.send(ends, JSON.stringify(Array.from({ length: 50_000 }, Math.random)));
    expect(Number(received()?.body)).toBeGreaterThan(500_000);
  });

  it('a transform that drops an event cancels its delivery, without an attempt', async () => {
    const ends = await connected('function transform(event) { return event.json.draft ? null : {}; }');
    const [dropped, sent] = [await tests.send(ends, '{"draft":true}'), await tests.send(ends, '{}')];
    expect(await tests.delivery(dropped, ends)).toMatchObject({
      status: 'cancelled',
      reason: 'dropped_by_transform',
      attempt_count: 0,
      attempts: [],
    });
    expect(await tests.delivery(sent, ends)).toMatchObject({ status: 'succeeded' });
    expect(receiver.received).toHaveLength(1);
    expect(tests.announced).toEqual([]);
  });

  it('a transform that fails makes a dead letter at once, with its cause and an announcement', async () => {
    const ends = await connected('function transform(event) {\n  return { body: event.json.a.b };\n}');
    const id = await tests.send(ends, '{}');
    const shown = await tests.delivery(id, ends);
    expect(shown).toMatchObject({ status: 'dead', reason: 'transform_failed', attempt_count: 0 });
    expect(shown.reason_message).toMatch(/^line 2: .*undefined/);
    const query = { destination_id: ends.destination };
    const { dead_letters } = await tests.ok('GET', '/v1/dead-letters', { query });
    expect(dead_letters).toMatchObject([{ id: shown.id, reason: 'transform_failed' }]);
    expect(tests.announced).toMatchObject([
      { type: 'delivery.dead_lettered', detail: { delivery_id: shown.id, reason: 'transform_failed' } },
    ]);
    expect(receiver.received).toEqual([]);
  });

  it.each([
    ["{ path: '/a%2f..%2fadmin' }", 'path has a dot segment'],
    ["{ headers: { 'x-a': 'a\\nb' } }", 'headers.x-a must not have control characters'],
  ])('a transform that asks for what cannot be sent fails: %s', async (result, why) => {
    const ends = await connected(`function transform() { return ${result}; }`);
    const id = await tests.send(ends, '{}');
    const shown = await tests.delivery(id, ends);
    expect(shown).toMatchObject({ reason: 'transform_failed' });
    expect(shown.reason_message).toContain(why);
  });

  it('dead letters of a transform that has been fixed can be replayed at once', async () => {
    const ends = await connected('function transform() { return absent; }');
    const id = await tests.send(ends, '{"n":1}');
    await change(ends.connection, "function transform() { return { body: 'mended' }; }");
    await tests.ok('POST', `/v1/dead-letters/${tests.history.jobFor(id, ends).deliveryId}/replay`);
    await tests.deliver();
    expect(await tests.delivery(id, ends)).toMatchObject({ status: 'succeeded', reason: null, reason_message: null });
    expect(received()?.body).toBe('mended');
  });

  it('a transform runs anew for each attempt', async () => {
    const ends = await connected("function transform() { return { body: 'before' }; }", { retry_intervals: [1] });
    receiver.behave = answer(500);
    const id = await tests.send(ends, '{}');
    receiver.behave = answer(200);
    await change(ends.connection, "function transform() { return { body: 'after' }; }");
    tests = new TransformsUnderTest(api);
    await api.services.clock.advance(5_000);
    await tests.deliver();
    expect(await tests.delivery(id, ends)).toMatchObject({ status: 'succeeded', attempt_count: 2 });
    expect(receiver.received.map(({ body }) => body.toString())).toEqual(['before', 'after']);
  });

  it('a transform is applied in a line, where what it drops or fails on keeps nobody waiting', async () => {
    const transform = `function transform(event) {
      if (event.body === 'drop') return null;
      if (event.body === 'fail') throw new Error('no');
      return { body: event.body.toUpperCase() };
    }`;
    const ends = await connected(transform, { ordering: 'fifo' });
    const ids = [];
    for (const body of ['drop', 'fail', 'a', 'b']) ids.push(await tests.send(ends, body));
    const shown = await Promise.all(ids.map((id) => tests.delivery(id, ends)));
    expect(shown.map(({ status }) => status)).toEqual(['cancelled', 'dead', 'succeeded', 'succeeded']);
    expect(receiver.received.map(({ body }) => body.toString())).toEqual(['A', 'B']);
  });

  it('a transform is applied to what was held', async () => {
    const ends = await connected("function transform() { return { body: 'made' }; }");
    await tests.ok('PATCH', `/v1/destinations/${ends.destination}`, { body: { enabled: false } });
    const id = await tests.send(ends, '{}');
    expect(await tests.delivery(id, ends)).toMatchObject({ status: 'held' });
    await tests.ok('PATCH', `/v1/destinations/${ends.destination}`, { body: { enabled: true } });
    await api.services.clock.advance(60_000);
    await tests.deliver();
    expect(received()?.body).toBe('made');
  });

  it.each(['connections', 'sources'] as const)(
    'a transform is still applied to what is pending once its connection is deleted: with %s',
    async (resource) => {
      const ends = await connected("function transform() { return { body: 'made' }; }", { retry_intervals: [1] });
      receiver.behave = answer(500);
      const id = await tests.send(ends, '{}');
      receiver.behave = answer(200);
      const deleted = resource === 'sources' ? ends.source : ends.connection;
      await tests.ok('DELETE', `/v1/${resource}/${deleted}`);
      tests = new TransformsUnderTest(api);
      await api.services.clock.advance(5_000);
      await tests.deliver();
      expect(await tests.delivery(id, ends)).toMatchObject({ status: 'succeeded' });
      expect(received()?.body).toBe('made');
    },
  );

  it('a transform is applied for destinations of other types', async () => {
    const transform = 'function transform(event) { return { path: "/ignored", body: { form: event.body } }; }';
    const auth = { type: 'aws_access_key', access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: 'any' };
    const form = [['Content-Type', 'application/x-www-form-urlencoded']] as const;
    const { simulators } = api.services;
    const queue = simulators.sqs.ensureQueue({ name: 'orders', attributes: {} });
    const queue_url = `https://sqs.us-east-1.amazonaws.com/${queue.queueUrl.split('/').slice(-2).join('/')}`;
    const toQueue = await tests.connected({ type: 'sqs', config: { queue_url }, auth, transform });
    await tests.send(toQueue, 'a=1', form);
    const [message] = await simulators.sqs.receiveMessages(queue.queueArn, { maxMessages: 10, waitTimeMs: 0 });
    expect(message?.body).toBe('{"form":"a=1"}');
    expect(JSON.stringify(message)).toContain('application/json');
    const config = { event_bus: resourceNames.eventBus, source: 'shop', detail_type: 'order', region: 'us-east-1' };
    const statusWith = async (one: string | null) => {
      const ends = await tests.connected({ type: 'eventbridge', config, auth, transform: one });
      return (await tests.delivery(await tests.send(ends, 'a=1', form), ends)).status;
    };
    expect([await statusWith(transform), await statusWith(null)]).toEqual(['succeeded', 'dead']);
  });

  it('a transform is read once in five seconds, whether there is one or not', async () => {
    for (const transform of [null, 'function transform() { return {}; }']) {
      tests = new TransformsUnderTest(api);
      const ends = await connected(transform);
      for (const body of ['1', '2', '3']) await tests.send(ends, body);
      expect(tests.connectionReads).toBe(1);
    }
  });
});

describe('without a transform', () => {
  it('a webhook without a transform is sent as it came, and not looked into', async () => {
    const transforms = new Transforms({
      connections: { transformOf: async () => ({ transform: null }) },
      eventTransforms: { transformStored: () => Promise.reject(new Error('it is looked into')) },
      ttlMs: 5_000,
      now: Date.now,
    });
    const request = {
      head: { method: 'POST', path: '', query: '', headers: [], sourceIp: '' },
      body: Buffer.from('x'),
    };
    const { kind, ...made } = await transforms.apply(job(), { template: undefined }, request, PUBLIC_URL);
    expect(kind).toBe('ready');
    expect('request' in made && made.request).toBe(request);
  });

  it('nothing is sent over a connection that no longer exists', async () => {
    const ends = await connected(null);
    const unknown = { ...ends, connection: newId('con') };
    const id = await tests.send(unknown, '{}');
    expect(receiver.received).toEqual([]);
    const query = { destination_id: ends.destination };
    const { dead_letters } = await tests.ok('GET', '/v1/dead-letters', { query });
    expect(dead_letters).toMatchObject([{ event_id: id, reason: 'event_expired' }]);
  });
});

describe('what an instance remembers of a connection', () => {
  it('what is remembered of a connection is at most five seconds old, and for a replay no older than its request', async () => {
    let nowMs = 10_000;
    let reads = 0;
    const transforms = new Transforms({
      connections: { transformOf: async () => ({ transform: compressTransform(String(++reads)) }) },
      eventTransforms: {
        transformStored: async ({ code }) => ({ kind: 'failed', message: code, line: undefined, logs: [] }),
      },
      ttlMs: 5_000,
      now: () => nowMs,
    });
    const request = {
      head: { method: 'POST', path: '', query: '', headers: [], sourceIp: '' },
      body: Buffer.from('x'),
    };
    const one = job();
    const seen = async (replayedAtMs?: number) => {
      const made = await transforms.apply(
        { ...one, ...(replayedAtMs && { replayedAtMs }) },
        { template: undefined },
        request,
        PUBLIC_URL,
      );
      return 'message' in made && made.message;
    };
    expect(await seen()).toBe('1');
    nowMs = 14_999;
    expect([await seen(), await seen(10_000)]).toEqual(['1', '1']);
    expect([await seen(14_000), await seen(14_000), await seen()]).toEqual(['2', '2', '2']);
    nowMs = 19_999;
    expect(await seen()).toBe('3');
  });
});

function job() {
  const sourceId = newId('src');
  return firstJob(
    { id: newEventId(sourceId, Date.now()), organizationId: newId('org'), sourceId },
    { id: newId('con'), destinationId: newId('dst') },
  );
}
