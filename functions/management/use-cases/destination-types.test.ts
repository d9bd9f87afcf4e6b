import { generateKeyPairSync } from 'node:crypto';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest, WEBSOCKET_URL } from '../testing/api.fixture.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.close());

const SECRET_KEY = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const accessKey = { type: 'aws_access_key', access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: SECRET_KEY };
const role = { type: 'aws_role', role_arn: 'arn:aws:iam::111122223333:role/hawser-orders' };

const sqs = {
  type: 'sqs',
  config: { queue_url: 'https://sqs.us-east-1.amazonaws.com/000000000000/orders' },
  auth: accessKey,
};
const s3 = { type: 's3', config: { bucket: 'webhooks-archive', region: 'eu-central-1' }, auth: accessKey };
const eventbridge = { type: 'eventbridge', config: { event_bus: 'orders', region: 'us-east-1' }, auth: accessKey };
type Body = Record<string, unknown> & { readonly config: object; readonly auth: object };

const create = (body: object) => api.ok('POST', '/v1/destinations', { body });
const pathsOf = async (method: string, path: string, body: object): Promise<string[]> => {
  const { details } = await api.refused(400, 'VALIDATION_FAILED', method, path, { body });
  return details.map((detail: { path: string }) => detail.path);
};

describe('a destination of an AWS type', () => {
  it.each<[Body, string, object]>([
    [sqs, 'orders', { ...sqs.config, message_group_id: null }],
    [
      s3,
      'webhooks-archive',
      { ...s3.config, key: '{source_id}/{year}/{month}/{day}/{event_id}', content_type: null, metadata: {} },
    ],
    [eventbridge, 'orders', { ...eventbridge.config, source: 'hawser', detail_type: 'webhook.received' }],
  ])(
    'the destination is shown with its config, its secrets masked, and no fields of http: %j',
    async (body, name, config) => {
      const created = await create(body);
      const shown = {
        type: body.type,
        name,
        slug: name,
        config,
        auth: { ...accessKey, secret_access_key: '••••EKEY' },
        url: null,
        method: null,
        headers: {},
        secret: null,
        signing: { scheme: 'none' },
        template: null,
        timeout_seconds: 10,
      };
      expect(created).toMatchObject(shown);
      expect(await api.ok('GET', `/v1/destinations/${created.id}`)).toMatchObject(shown);
      expect(await api.credentialsOf(created.id)).toEqual({ headers: {}, auth: accessKey });
      expect(api.storedText()).not.toContain(SECRET_KEY);
      const { destinations } = await api.ok('GET', '/v1/destinations', { query: { type: String(body.type) } });
      expect(destinations.map(({ id }: { id: string }) => id)).toContain(created.id);
    },
  );

  it('the external id of a role is always the id of the organization', async () => {
    const { organization_id } = await api.ok('GET', '/v1/session');
    const { id, auth } = await create({ ...sqs, auth: role });
    expect(auth).toEqual({ ...role, external_id: organization_id });
    expect((await api.ok('GET', `/v1/destinations/${id}`)).auth).toEqual(auth);
    expect(await pathsOf('POST', '/v1/destinations', { ...sqs, auth: { ...role, external_id: 'mine' } })).toEqual([
      'auth.external_id',
    ]);
  });

  it('config and auth are each replaced as a whole, independently of each other', async () => {
    const { id } = await create({ ...s3, config: { ...s3.config, metadata: { team: 'blue' } } });
    const change = (body: object) => api.ok('PATCH', `/v1/destinations/${id}`, { body });
    expect(await change({ config: { ...s3.config, bucket: 'another-one' } })).toMatchObject({
      config: { bucket: 'another-one', metadata: {} },
      auth: { access_key_id: accessKey.access_key_id },
    });
    expect(await change({ auth: role })).toMatchObject({ config: { bucket: 'another-one' }, auth: role });
    expect((await api.credentialsOf(id)).auth).toEqual(role);
    expect(await change({ timeout_seconds: 5 })).toMatchObject({ config: { bucket: 'another-one' }, auth: role });
  });

  it('an AWS destination can be tested', async () => {
    const { clients } = api.services;
    const { QueueUrl } = await clients.sqs.send(new CreateQueueCommand({ QueueName: 'orders' }));
    const { id } = await create(sqs);
    const test = () => api.ok('POST', `/v1/destinations/${id}/test`, { body: { body: '{"a":1}' } });
    const { succeeded, attempt } = await test();
    expect(succeeded).toBe(true);
    expect(attempt).toMatchObject({ status_code: 200, error_code: null, request_headers: { body_encoding: 'utf8' } });
    const { Messages } = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages?.map(({ Body }) => Body)).toEqual(['{"a":1}']);
    await api.ok('PATCH', `/v1/destinations/${id}`, {
      body: { config: { queue_url: `${sqs.config.queue_url}-not-there` } },
    });
    expect(await test()).toMatchObject({
      succeeded: false,
      attempt: { status_code: null, error_code: 'TARGET_NOT_FOUND' },
    });
  });

  it('an AWS destination has no secret to rotate', async () => {
    const { id } = await create(sqs);
    const { message } = await api.refused(409, 'CONFLICT', 'POST', `/v1/destinations/${id}/rotate-secret`, {
      body: {},
    });
    expect(message).toContain('of the type sqs is not signed');
  });

  it.each([
    ['config.queue_url', sqs, { config: { queue_url: 'https://example.com/000000000000/orders' } }],
    [
      'config.queue_url',
      sqs,
      { config: { queue_url: 'https://sqs.us-east-1.amazonaws.com.evil.example/000000000000/o' } },
    ],
    ['config.queue_url', sqs, { config: { queue_url: 'http://sqs.us-east-1.amazonaws.com/000000000000/orders' } }],
    ['config.queue_url', sqs, { config: { queue_url: 'https://sqs.x@10.0.0.1/.amazonaws.com/000000000000/orders' } }],
    ['config.queue_url', sqs, { config: {} }],
    ['config.message_group_id', sqs, { config: { ...sqs.config, message_group_id: '{event}' } }],
    ['config.message_group_id', sqs, { config: { ...sqs.config, message_group_id: 'a b' } }],
    [
      'config.message_group_id',
      sqs,
      { config: { ...sqs.config, message_group_id: '{event_id}{event_id}{event_id}{event_id}' } },
    ],
    ['config.region', s3, { config: { ...s3.config, region: 'evil.example/' } }],
    ['config.region', s3, { config: { ...s3.config, region: 'us-east-1.evil' } }],
    ['config.bucket', s3, { config: { ...s3.config, bucket: 'arn:aws:s3:us-east-1:111122223333:accesspoint/x' } }],
    ['config.bucket', s3, { config: { ...s3.config, bucket: 'express--use1-az4--x-s3' } }],
    ['config.key', s3, { config: { ...s3.config, key: 'the-same-for-all' } }],
    ['config.key', s3, { config: { ...s3.config, key: `${'x'.repeat(1_000)}{event_id}` } }],
    ['config.content_type', s3, { config: { ...s3.config, content_type: 'a\r\nb' } }],
    ['config.metadata.Team', s3, { config: { ...s3.config, metadata: { Team: 'x' } } }],
    ['config.metadata.hawser-event-id', s3, { config: { ...s3.config, metadata: { 'hawser-event-id': 'x' } } }],
    ['config.metadata', s3, { config: { ...s3.config, metadata: { a: 'x'.repeat(1_801) } } }],
    ['config.source', eventbridge, { config: { ...eventbridge.config, source: 'aws.s3' } }],
    ['config.detail_type', eventbridge, { config: { ...eventbridge.config, detail_type: 'x'.repeat(129) } }],
    ['config.event_bus', eventbridge, { config: { ...eventbridge.config, event_bus: 'a bus' } }],
    [
      'config.region',
      eventbridge,
      { config: { event_bus: 'arn:aws:events:eu-west-1:111122223333:event-bus/orders', region: 'us-east-1' } },
    ],
    ['config.endpoint', eventbridge, { config: { ...eventbridge.config, endpoint: 'http://10.0.0.1/' } }],
    ['auth.type', sqs, { auth: { type: 'bearer', token: '3f7d0e5b9a1c4d2e' } }],
    ['auth', sqs, { auth: null }],
    ['auth.role_arn', sqs, { auth: { ...role, role_arn: 'arn:aws:iam::111122223333:role/cdk-hnb659fds-deploy-role' } }],
    ['auth.role_arn', sqs, { auth: { ...role, role_arn: 'arn:aws:iam::111122223333:role/path/hawser-orders' } }],
    ['auth.secret_access_key', sqs, { auth: { ...accessKey, secret_access_key: '••••EKEY' } }],
    ['url', sqs, { url: 'https://example.com/' }],
    ['headers', sqs, { headers: {} }],
    ['signing', sqs, { signing: { scheme: 'standard' } }],
    ['secret', sqs, { secret: 'correct horse battery' }],
  ])('an invalid %s is rejected on creation and on change: %#', async (path, body: object, wrong) => {
    expect(await pathsOf('POST', '/v1/destinations', { ...body, ...wrong })).toEqual([path]);
    const { id } = await create(body);
    expect(await pathsOf('PATCH', `/v1/destinations/${id}`, wrong)).toEqual([path]);
  });

  it.each([
    ['config', { ...sqs, config: undefined }],
    ['auth', { ...sqs, auth: undefined }],
  ])('an AWS destination requires %s', async (path, body) => {
    expect((await pathsOf('POST', '/v1/destinations', body))[0]).toContain(path);
  });
});

describe('a destination of pubsub', () => {
  const pem = (modulusLength: number, type: 'pkcs1' | 'pkcs8' = 'pkcs8', publicExponent = 65_537) =>
    generateKeyPairSync('rsa', { modulusLength, publicExponent }).privateKey.export({ type, format: 'pem' }).toString();
  /** The same key with one character of its modulus changed. */
  const damaged = (key: string) => {
    const lines = key.split('\n');
    lines[4] = `${lines[4]?.startsWith('A') ? 'B' : 'A'}${lines[4]?.slice(1)}`;
    return lines.join('\n');
  };
  const private_key = pem(2_048);
  const account = {
    type: 'gcp_service_account',
    client_email: 'hawser@my-project.iam.gserviceaccount.com',
    private_key_id: '6f1c0e8a4b5d4d5e9a7b3c2d1e0f9a8b7c6d5e4f',
  };
  /** A key file as Google generates it. */
  const keyFile = {
    ...account,
    private_key,
    project_id: 'my-project',
    client_id: '112233445566778899001',
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: 'https://oauth2.googleapis.com/token',
    auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
    client_x509_cert_url:
      'https://www.googleapis.com/robot/v1/metadata/x509/hawser%40my-project.iam.gserviceaccount.com',
    universe_domain: 'googleapis.com',
  };
  const topic = 'projects/my-project/topics/orders';
  const pubsub = { type: 'pubsub', config: { topic }, auth: keyFile };
  const config = (over: object) => ({ config: { topic, ...over } });
  const longestOf = (name: string) => [name, 'x'.repeat(1_024)];
  const auth = (over: object) => ({ auth: { ...keyFile, ...over } });

  it('the key file of a service account is accepted, reduced to what is needed, and its key never shown', async () => {
    const created = await create(pubsub);
    const shown = {
      type: 'pubsub',
      name: 'orders',
      config: { topic, region: null, ordering_key: null, attributes: {} },
      auth: { ...account, private_key: '••••' },
      url: null,
      secret: null,
      signing: { scheme: 'none' },
    };
    expect(created).toMatchObject(shown);
    expect(created.auth).toEqual(shown.auth);
    expect(await api.ok('GET', `/v1/destinations/${created.id}`)).toMatchObject(shown);
    expect(await api.credentialsOf(created.id)).toEqual({ headers: {}, auth: { ...account, private_key } });
    expect(api.storedText()).not.toContain(private_key.split('\n')[3]);
    const { destinations } = await api.ok('GET', '/v1/destinations', { query: { type: 'pubsub' } });
    expect(destinations.map(({ id }: { id: string }) => id)).toEqual([created.id]);
  });

  it('the address and the key suffice, in either PEM format', async () => {
    const { type, client_email } = account;
    const least = { type, client_email, private_key: pem(2_048, 'pkcs1') };
    const { id, auth: shownAuth } = await create({ ...pubsub, auth: least });
    expect(shownAuth).toEqual({ type, client_email, private_key: '••••' });
    const change = { auth: { ...least, private_key_id: 'another' }, ...config({ region: 'europe-west3' }) };
    expect(await api.ok('PATCH', `/v1/destinations/${id}`, { body: change })).toMatchObject({
      config: { region: 'europe-west3' },
      auth: { private_key_id: 'another' },
    });
  });

  it('as many and as long attributes are accepted as Pub/Sub allows beside those of Hawser', async () => {
    const attributes = Object.fromEntries(Array.from({ length: 93 }, (_, index) => [`attribute-${index}`, '']));
    const longest = { ['ü'.repeat(128)]: 'ü'.repeat(512) };
    const { config: shownConfig } = await create({
      ...pubsub,
      ...config({ attributes: { ...attributes, ...longest } }),
    });
    expect(shownConfig.attributes).toEqual({ ...attributes, ...longest });
    const more = config({ attributes: { ...attributes, ...longest, more: '' } });
    expect(await pathsOf('POST', '/v1/destinations', { ...pubsub, ...more })).toEqual(['config.attributes']);
  });

  it.each([
    ['config.topic', config({ topic: 'orders' })],
    ['config.topic', config({ topic: 'projects/my-project/topics/ab' })],
    ['config.topic', config({ topic: 'projects/my-project/topics/1st-orders' })],
    ['config.topic', config({ topic: 'projects/my-project/topics/google-orders' })],
    ['config.topic', config({ topic: `projects/my-project/topics/${'x'.repeat(256)}` })],
    ['config.topic', config({ topic: 'projects/my-project/topics/orders/../../x' })],
    ['config.topic', config({ topic: 'projects/my-project/topics/orders?x' })],
    ['config.region', config({ region: 'evil.example/' })],
    ['config.region', config({ region: 'europe-west3.evil' })],
    ['config.region', config({ ordering_key: '{source_id}' })],
    ['config.ordering_key', config({ region: 'europe-west3', ordering_key: '{customer}' })],
    ['config.ordering_key', config({ region: 'europe-west3', ordering_key: 'x'.repeat(1_025) })],
    ['config.attributes.event_id', config({ attributes: { event_id: 'x' } })],
    ['config.attributes.googclient', config({ attributes: { googclient: 'x' } })],
    ['config.attributes.', config({ attributes: { '': 'x' } })],
    [`config.attributes.${'x'.repeat(257)}`, config({ attributes: { ['x'.repeat(257)]: 'x' } })],
    ['config.attributes.team', config({ attributes: { team: 'x'.repeat(1_025) } })],
    ['config.attributes.team', config({ attributes: { team: 5 } })],
    ['config.attributes', config({ attributes: Object.fromEntries([...'0123456789abcdefg'].map(longestOf)) })],
    ['config.endpoint', config({ endpoint: 'http://10.0.0.1/' })],
    ['auth', { auth: null }],
    ['auth.type', auth({ type: 'service_account' })],
    ['auth.type', { auth: accessKey }],
    ['auth.client_email', auth({ client_email: 'somebody@example.com' })],
    ['auth.private_key', auth({ private_key: '••••' })],
    ['auth.private_key', auth({ private_key: 'MIIEvQ' })],
    ['auth.private_key', auth({ private_key: pem(1_024) })],
    ['auth.token_uri', auth({ token_uri: 'https://169.254.169.254/token' })],
    ['auth.token_uri', auth({ token_uri: 'https://oauth2.googleapis.com.evil.example/token' })],
    ['auth.universe_domain', auth({ universe_domain: 'evil.example' })],
    ['auth.subject', auth({ subject: 'admin@example.com' })],
  ])('an invalid %s is rejected on creation and on change: %#', async (path, wrong: object) => {
    expect(await pathsOf('POST', '/v1/destinations', { ...pubsub, ...wrong })).toEqual([path]);
    const { id } = await create(pubsub);
    expect(await pathsOf('PATCH', `/v1/destinations/${id}`, wrong)).toEqual([path]);
  });

  it.each([
    ['contains \\n as two characters instead of line breaks', private_key.replaceAll('\n', '\\n')],
    ['is not a private key in PEM, or is encrypted', private_key.slice(0, 400)],
    ['has 1024 bits; 2048 to 4096 are allowed', pem(1_024)],
    ['must have the public exponent 65537', pem(2_048, 'pkcs8', 3)],
    ['is damaged: its parts do not belong together', damaged(private_key)],
    [
      'is not an RSA key',
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ],
  ])('an invalid key is rejected with the reason: %s', async (problem, wrongKey) => {
    const { details } = await api.refused(400, 'VALIDATION_FAILED', 'POST', '/v1/destinations', {
      body: { ...pubsub, ...auth({ private_key: wrongKey }) },
    });
    expect(details).toEqual([{ path: 'auth.private_key', problem }]);
  });
});

describe('a WebSocket destination', () => {
  const DEFAULTS = { without_clients: 'hold', wait_for: 'receipt' };

  it('a WebSocket destination requires nothing but its type', async () => {
    const created = await create({ type: 'websocket' });
    const shown = { name: 'WebSocket', config: DEFAULTS, auth: null, url: null, secret: null };
    expect(created).toMatchObject(shown);
    const changed = { without_clients: 'fail', wait_for: 'answer' };
    const path = `/v1/destinations/${created.id}`;
    expect((await api.ok('PATCH', path, { body: { config: changed } })).config).toEqual(changed);
    expect((await api.ok('PATCH', path, { body: { config: {} } })).config).toEqual(DEFAULTS);
  });

  it.each([
    ['config.without_clients', { config: { without_clients: 'drop' } }],
    ['config.url', { config: { url: 'wss://example.com/' } }],
    ['auth', { auth: accessKey }],
    ['url', { url: 'https://example.com/' }],
  ])('an invalid %s is rejected', async (path, wrong) => {
    expect(await pathsOf('POST', '/v1/destinations', { type: 'websocket', ...wrong })).toEqual([path]);
    const { id } = await create({ type: 'websocket' });
    expect(await pathsOf('PATCH', `/v1/destinations/${id}`, wrong)).toEqual([path]);
  });

  it('each request for a ticket makes a new one, even with an Idempotency-Key', async () => {
    const { id } = await create({ type: 'websocket' });
    const path = `/v1/destinations/${id}/tickets`;
    const [one, other] = [
      await api.ok('POST', path, { idempotencyKey: 'the-same' }),
      await api.ok('POST', path, { idempotencyKey: 'the-same' }),
    ];
    expect(one.ticket).toMatch(/^hwt_[0-9A-Za-z]{43}$/);
    expect(one.url).toBe(`${WEBSOCKET_URL}?ticket=${one.ticket}`);
    expect(other.ticket).not.toBe(one.ticket);
  });

  it('archived destinations and those of other types issue no tickets', async () => {
    const { id } = await create({ type: 'websocket' });
    await api.ok('POST', `/v1/destinations/${id}/archive`);
    const conflict = (of: string) => api.refused(409, 'CONFLICT', 'POST', `/v1/destinations/${of}/tickets`);
    expect((await conflict(id)).message).toContain('is archived');
    const http = await create({ url: 'https://example.com/' });
    expect((await conflict(http.id)).message).toContain('is of the type http');
  });

  it('a destination to which nobody has connected has no clients', async () => {
    const { id } = await create({ type: 'websocket' });
    expect(await api.ok('GET', `/v1/destinations/${id}/clients`)).toEqual({ clients: [] });
  });
});

it('an http destination rejects config and auth of other types', async () => {
  const url = 'https://example.com/';
  expect(await pathsOf('POST', '/v1/destinations', { url, config: sqs.config })).toEqual(['config.queue_url']);
  expect(await pathsOf('POST', '/v1/destinations', { url, auth: accessKey })).toEqual(['auth.type']);
  const { id } = await create({ url });
  expect(await pathsOf('PATCH', `/v1/destinations/${id}`, { config: sqs.config })).toEqual(['config.queue_url']);
  expect(await pathsOf('PATCH', `/v1/destinations/${id}`, { auth: accessKey })).toEqual(['auth.type']);
});
