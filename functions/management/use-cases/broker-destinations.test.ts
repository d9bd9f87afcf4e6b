import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { KafkaRestProxy } from '../../../test/support/kafka-rest-proxy.ts';
import { answer, Receiver } from '../../../test/support/receiver.ts';
import { variable } from '../../shared/environment.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start({ [variable.destinationNetwork]: 'loopback' });
});
afterAll(() => api.close());

const PASSWORD = 'correct horse battery';
const basic = { type: 'basic', username: 'hawser', password: PASSWORD };

const kafka = {
  type: 'kafka',
  config: { rest_url: 'https://rest.example.com', cluster_id: 'lkc-abc123', topic: 'webhooks' },
  auth: basic,
};
const v2 = { rest_url: 'https://rest.example.com', api_version: 'v2', topic: 'webhooks' };
const rabbitmq = {
  type: 'rabbitmq',
  config: { management_url: 'https://rabbitmq.example.com:15671', exchange: 'hooks' },
  auth: basic,
};
type Body = Record<string, unknown> & { readonly config: object };

const create = (body: object) => api.ok('POST', '/v1/destinations', { body });
const pathsOf = async (method: string, path: string, body: object, code = 'VALIDATION_FAILED'): Promise<string[]> => {
  const { details } = await api.refused(400, code, method, path, { body });
  return details.map((detail: { path: string }) => detail.path);
};

const kafkaDefaults = { api_version: 'v3', cluster_id: null, key: '{event_id}', partition: null, headers: {} };
const rabbitmqDefaults = { vhost: '/', exchange: '', routing_key: null, persistent: true, headers: {} };

describe('a destination that is a message broker', () => {
  it.each<[Body, string, object]>([
    [kafka, 'webhooks', { ...kafkaDefaults, ...kafka.config }],
    [{ ...kafka, config: v2 }, 'webhooks', { ...kafkaDefaults, ...v2 }],
    [rabbitmq, 'hooks', { ...rabbitmqDefaults, ...rabbitmq.config }],
    [
      { ...rabbitmq, config: { ...rabbitmq.config, exchange: '', routing_key: 'orders' } },
      'orders',
      { ...rabbitmqDefaults, ...rabbitmq.config, exchange: '', routing_key: 'orders' },
    ],
  ])(
    'a broker is shown with its config, its password masked, and no fields of http: %j',
    async (body, name, config) => {
      const created = await create(body);
      const shown = {
        type: body.type,
        name,
        config,
        auth: { ...basic, password: '••••tery' },
        url: null,
        method: null,
        secret: null,
        signing: { scheme: 'none' },
      };
      expect(created).toMatchObject(shown);
      expect(await api.ok('GET', `/v1/destinations/${created.id}`)).toMatchObject(shown);
      expect(await api.credentialsOf(created.id)).toEqual({ headers: {}, auth: basic });
      expect(api.storedText()).not.toContain(PASSWORD);
      const { destinations } = await api.ok('GET', '/v1/destinations', {
        query: { type: String(body.type), limit: '100' },
      });
      expect(destinations.map(({ id }: { id: string }) => id)).toContain(created.id);
    },
  );

  it('config and auth are each replaced as a whole, independently of each other', async () => {
    const { id } = await create({ ...rabbitmq, config: { ...rabbitmq.config, persistent: false } });
    const change = (body: object) => api.ok('PATCH', `/v1/destinations/${id}`, { body });
    const config = { ...rabbitmq.config, exchange: 'others' };
    expect(await change({ config })).toMatchObject({ config: { exchange: 'others', persistent: true } });
    expect(await change({ auth: { ...basic, username: 'other' } })).toMatchObject({ config: { exchange: 'others' } });
    expect((await api.credentialsOf(id)).auth).toEqual({ ...basic, username: 'other' });
  });

  it('Kafka accepts an API key, a token or no auth; RabbitMQ only a password', async () => {
    const bearer = { type: 'bearer', token: '3f7d0e5b9a1c4d2e' };
    const apiKey = { type: 'api_key', in: 'header', name: 'X-Api-Key', value: '3f7d0e5b9a1c4d2e' };
    for (const auth of [bearer, apiKey, null]) expect((await create({ ...kafka, auth })).type).toBe('kafka');
    expect((await create({ type: 'kafka', config: v2 })).auth).toBeNull();
    expect(await pathsOf('POST', '/v1/destinations', { ...rabbitmq, auth: bearer })).toEqual(['auth.type']);
    expect(await pathsOf('POST', '/v1/destinations', { ...rabbitmq, auth: null })).toEqual(['auth']);
  });

  const manyHeaders = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`h${index}`, 'x']));
  it.each<[string, Body, object]>([
    ['config.rest_url', kafka, { rest_url: 'https://rest.example.com?topic=x' }],
    ['config.rest_url', kafka, { rest_url: 'https://rest.example.com/#' }],
    ['config.rest_url', kafka, { rest_url: undefined }],
    ['config.api_version', kafka, { api_version: 'v1' }],
    ['config.cluster_id', kafka, { cluster_id: undefined }],
    ['config.cluster_id', kafka, { cluster_id: '../../topics' }],
    ['config.cluster_id', kafka, { api_version: 'v2' }],
    ['config.headers', kafka, { ...v2, cluster_id: undefined, headers: { team: 'orders' } }],
    ['config.topic', kafka, { topic: '' }],
    ['config.topic', kafka, { topic: '..' }],
    ['config.topic', kafka, { topic: 'a/b' }],
    ['config.topic', kafka, { topic: 'x'.repeat(250) }],
    ['config.key', kafka, { key: '{event}' }],
    ['config.key', kafka, { key: '' }],
    ['config.key', kafka, { key: 'x'.repeat(513) }],
    ['config.partition', kafka, { partition: -1 }],
    ['config.partition', kafka, { partition: 2_147_483_648 }],
    ['config.headers.event_id', kafka, { headers: { event_id: 'x' } }],
    ['config.headers.a b', kafka, { headers: { 'a b': 'x' } }],
    ['config.headers.team', kafka, { headers: { team: '{nobody}' } }],
    ['config.headers.team', kafka, { headers: { team: 'x'.repeat(257) } }],
    ['config.headers', kafka, { headers: manyHeaders }],
    ['config.brokers', kafka, { brokers: '10.0.0.1:9092' }],
    ['config.management_url', rabbitmq, { management_url: 'https://rabbitmq.example.com/?' }],
    ['config.vhost', rabbitmq, { vhost: '' }],
    ['config.vhost', rabbitmq, { vhost: '..' }],
    ['config.vhost', rabbitmq, { vhost: 'a\nb' }],
    ['config.exchange', rabbitmq, { exchange: '.' }],
    ['config.exchange', rabbitmq, { exchange: '🪢'.repeat(64) }],
    ['config.exchange', rabbitmq, { exchange: '\ud800' }],
    ['config.routing_key', rabbitmq, { exchange: '' }],
    ['config.routing_key', rabbitmq, { routing_key: '{event_id}'.repeat(8) }],
    ['config.persistent', rabbitmq, { persistent: 2 }],
    ['config.headers.attempt', rabbitmq, { headers: { attempt: '1' } }],
  ])('an invalid %s is rejected on creation and on change: %#', async (path, body, wrong) => {
    const config = { ...body.config, ...wrong };
    expect(await pathsOf('POST', '/v1/destinations', { ...body, config })).toEqual([path]);
    const { id } = await create(body);
    expect(await pathsOf('PATCH', `/v1/destinations/${id}`, { config })).toEqual([path]);
  });

  const named: readonly (readonly [Body, string])[] = [
    [kafka, 'rest_url'],
    [rabbitmq, 'management_url'],
  ];
  it.each(
    named.flatMap(([body, name]) =>
      [
        'not a URL',
        'ftp://example.com',
        'https://user:password@example.com',
        'https://10.0.0.1',
        'https://example.com:25',
      ].map((url) => [body, name, url] as const),
    ),
  )('a URL that nothing may be sent to is rejected: %j, %s: %s', async (body, name, url) => {
    const config = { ...body.config, [name]: url };
    expect(await pathsOf('POST', '/v1/destinations', { ...body, config }, 'INVALID_URL')).toEqual([`config.${name}`]);
    const { id } = await create(body);
    const paths = await pathsOf('PATCH', `/v1/destinations/${id}`, { config }, 'INVALID_URL');
    expect(paths).toEqual([`config.${name}`]);
  });

  it('a Kafka destination can be tested', async () => {
    const proxy = await KafkaRestProxy.start({ topics: { webhooks: 1 } });
    onTestFinished(() => proxy.stop());
    const { id } = await create({ ...kafka, config: { ...kafka.config, rest_url: proxy.url } });
    const test = () => api.ok('POST', `/v1/destinations/${id}/test`, { body: { body: '{"a":1}' } });
    const { succeeded, attempt } = await test();
    expect([succeeded, attempt.status_code, attempt.error_code]).toEqual([true, 200, null]);
    expect(proxy.records.webhooks?.map(({ value }) => value?.toString())).toEqual(['{"a":1}']);
    await api.ok('PATCH', `/v1/destinations/${id}`, {
      body: { config: { ...kafka.config, rest_url: proxy.url, topic: 'not-there' } },
    });
    expect(await test()).toMatchObject({
      succeeded: false,
      attempt: { status_code: 200, error_code: 'TARGET_NOT_FOUND' },
    });
  });

  it('a RabbitMQ destination can be tested', async () => {
    const peer = await Receiver.start();
    onTestFinished(() => peer.stop());
    peer.behave = answer(200, '{"routed":false}');
    const { id } = await create({ ...rabbitmq, config: { ...rabbitmq.config, management_url: peer.url } });
    expect(await api.ok('POST', `/v1/destinations/${id}/test`, { body: {} })).toMatchObject({
      succeeded: false,
      attempt: { status_code: 200, error_code: 'NOT_ROUTED', response_body: '{"routed":false}' },
    });
  });
});
