import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { verify } from '@octokit/webhooks-methods';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../../../test/support/certificates.ts';
import { keyOfLargePublicExponent } from '../../../test/support/odd-rsa-keys.ts';
import { Receiver } from '../../../test/support/receiver.ts';
import { resourceNames } from '../../../test/support/services.ts';
import { variable } from '../../shared/environment.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';

let api: ApiUnderTest;
let receiver: Receiver;
beforeAll(async () => {
  api = await ApiUnderTest.start({ [variable.destinationNetwork]: 'loopback' });
});
afterAll(() => api.close());
beforeEach(async () => {
  receiver = await Receiver.start();
});
afterEach(() => receiver.stop());

const create = (fields: object = {}) =>
  api.ok('POST', '/v1/destinations', { body: { url: 'https://example.com/hook', ...fields } });
const change = (id: string, body: object) => api.ok('PATCH', `/v1/destinations/${id}`, { body });
const problemsOf = async (fields: object, path = '/v1/destinations', method = 'POST') => {
  const url = method === 'POST' ? { url: 'https://example.com/hook' } : {};
  const { details } = await api.refused(400, 'VALIDATION_FAILED', method, path, { body: { ...url, ...fields } });
  return details;
};
const pathsOf = async (...call: Parameters<typeof problemsOf>) =>
  (await problemsOf(...call)).map(({ path }: { path: string }) => path);

const bearer = { type: 'bearer', token: '3f7d0e5b9a1c4d2e' };
const oauth2 = {
  type: 'oauth2',
  token_url: 'https://login.example.com/token',
  client_id: 'hawser',
  client_secret: 'correct horse battery',
};

describe('the auth of a destination', () => {
  it.each([
    [bearer, { type: 'bearer', token: '••••4d2e' }],
    [
      { type: 'basic', username: 'hawser', password: 'correct horse battery' },
      { type: 'basic', username: 'hawser', password: '••••tery' },
    ],
    [
      { type: 'api_key', in: 'query', name: 'key', value: '0123456789abcdef' },
      { type: 'api_key', in: 'query', name: 'key', value: '••••cdef' },
    ],
    [oauth2, { ...oauth2, client_authentication: 'basic', client_secret: '••••tery' }],
  ])('auth is shown with its secrets masked and stored encrypted: %j', async (auth, shown) => {
    const { id, auth: created } = await create({ auth });
    expect(created).toEqual(shown);
    expect((await api.ok('GET', `/v1/destinations/${id}`)).auth).toEqual(shown);
    expect((await api.credentialsOf(id)).auth).toMatchObject(auth);
    const stored = api.storedText();
    for (const secret of ['3f7d0e5b9a1c4d2e', 'correct horse battery', '0123456789abcdef'])
      expect(stored).not.toContain(secret);
  });

  it('replacing or removing auth keeps the other credentials', async () => {
    const { id, secret } = await create({ auth: bearer, headers: { 'X-Api-Key': 'not-to-be-lost' } });
    expect((await change(id, { auth: oauth2 })).auth).toMatchObject({ type: 'oauth2', client_secret: '••••tery' });
    expect((await change(id, { auth: null })).auth).toBeNull();
    expect(await api.credentialsOf(id)).toEqual({ secret, headers: { 'X-Api-Key': 'not-to-be-lost' } });
    expect((await change(id, { headers: {} })).auth).toBeNull();
  });

  it('auth stays when something else is changed or rotated', async () => {
    const { id } = await create({ auth: bearer });
    await change(id, { headers: { 'X-Team': 'blue' } });
    await change(id, { url: 'https://example.com/other', timeout_seconds: 5 });
    await api.ok('POST', `/v1/destinations/${id}/rotate-secret`, { body: {} });
    expect((await api.credentialsOf(id)).auth).toEqual(bearer);
  });

  it('deliveries authenticate with it', async () => {
    const { id } = await create({ url: receiver.url, auth: bearer });
    await api.ok('POST', `/v1/destinations/${id}/test`, { body: {} });
    expect(receiver.received[0]?.headers.authorization).toBe('Bearer 3f7d0e5b9a1c4d2e');
  });

  it.each([
    ['auth.type', { type: 'kerberos' }],
    ['auth.type', {}],
    ['auth', 'Bearer x'],
    ['auth.token', { type: 'bearer' }],
    ['auth.token', { type: 'bearer', token: 'two words' }],
    ['auth.token', { type: 'bearer', token: '••••4d2e' }],
    ['auth.token', { type: 'bearer', token: 'a\r\nX-Evil: 1' }],
    ['auth.scheme', { ...bearer, scheme: 'x' }],
    ['auth.username', { type: 'basic', username: 'a:b', password: 'correct horse battery' }],
    ['auth.password', { type: 'basic', username: 'a', password: '••••tery' }],
    ['auth.in', { type: 'api_key', in: 'cookie', name: 'key', value: 'x' }],
    ['auth.name', { type: 'api_key', in: 'header', name: 'Host', value: 'x' }],
    ['auth.name', { type: 'api_key', in: 'header', name: 'webhook-signature', value: 'x' }],
    ['auth.name', { type: 'api_key', in: 'query', name: 'a&b', value: 'x' }],
    ['auth.client_secret', { ...oauth2, client_secret: '' }],
    ['auth.client_authentication', { ...oauth2, client_authentication: 'jwt' }],
  ])('an invalid %s is rejected: %j', async (path, auth) => {
    expect(await pathsOf({ auth })).toEqual([path]);
    const { id } = await create();
    expect(await pathsOf({ auth }, `/v1/destinations/${id}`, 'PATCH')).toEqual([path]);
  });

  it('the token endpoint must follow the rules for URLs', async () => {
    const { id } = await create();
    for (const [method, path] of [
      ['POST', '/v1/destinations'],
      ['PATCH', `/v1/destinations/${id}`],
    ] as const) {
      const body = { url: 'https://example.com/', auth: { ...oauth2, token_url: 'http://169.254.169.254/' } };
      const { details } = await api.refused(400, 'INVALID_URL', method, path, { body });
      expect(details).toEqual([{ path: 'auth.token_url', problem: expect.stringContaining('not a public address') }]);
    }
  });
});

describe('a destination that signs by a plain HMAC', () => {
  it('the signing settings are shown, and both secrets sign during a rotation', async () => {
    const signing = { scheme: 'hmac', header: 'X-Hub-Signature-256', prefix: 'sha256=' };
    const whole = { ...signing, algorithm: 'sha256', encoding: 'hex', timestamp_header: null };
    const { id, signing: created } = await create({ url: receiver.url, signing, secret: 'the secret before' });
    expect(created).toEqual(whole);
    expect((await api.ok('GET', `/v1/destinations/${id}`)).signing).toEqual(whole);
    await api.ok('POST', `/v1/destinations/${id}/rotate-secret`, { body: { secret: 'the secret by now' } });
    await api.ok('POST', `/v1/destinations/${id}/test`, { body: { body: '{"a":1}' } });
    const signatures = String(receiver.received[0]?.headers['x-hub-signature-256']).split(',');
    const accepted = ['the secret by now', 'the secret before'].map((secret, index) =>
      verify(secret, '{"a":1}', signatures[index] ?? ''),
    );
    expect(await Promise.all(accepted)).toEqual([true, true]);
    expect((await change(id, { signing: { scheme: 'none' } })).signing).toEqual({ scheme: 'none' });
  });

  it.each([
    [{ header: 'X-Key' }, { auth: { type: 'api_key', in: 'header', name: 'x-key', value: '0123456789abcdef' } }],
    [{ header: 'authorization' }, { auth: bearer }],
    [{ header: 'Authorization' }, { auth: { type: 'basic', username: 'hawser', password: 'correct horse' } }],
    [{ header: 'AUTHORIZATION' }, { auth: oauth2 }],
    [{ header: 'X-S' }, { headers: { 'x-s': 'mine' } }],
    [{ header: 'Content-Type' }, {}],
    [{ header: 'content-encoding' }, {}],
    [{ timestamp_header: 'X-T' }, { headers: { 'x-t': 'mine' } }],
  ])('a signature in a header that is already taken is rejected: %j with %j', async (fields, others) => {
    const signing = { scheme: 'hmac', ...fields };
    const [field = ''] = Object.keys(fields);
    expect(await pathsOf({ signing, ...others })).toEqual([`signing.${field}`]);
    const clashing = await create(others);
    const patchOf = (id: string, body: object) => pathsOf(body, `/v1/destinations/${id}`, 'PATCH');
    expect(await patchOf(clashing.id, { signing })).toEqual([`signing.${field}`]);
    if (Object.keys(others).length === 0) return;
    const signed = await create({ signing });
    expect(await patchOf(signed.id, others)).toEqual([`signing.${field}`]);
    expect((await change(clashing.id, { signing, auth: null, headers: {} })).signing).toMatchObject(signing);
  });

  describe('a stored signature header that clashes, from before clashes were rejected', () => {
    const row = (id: string) => ({ TableName: resourceNames.config, Key: { pk: id, sk: 'destination' } });
    const signing = { scheme: 'hmac', algorithm: 'sha256', encoding: 'hex', prefix: '', timestamp_header: null };
    const clashing = async (header: string, fields: object) => {
      const { id } = await create(fields);
      const values = { ':signing': { ...signing, header } };
      const set = { UpdateExpression: 'SET signing = :signing', ExpressionAttributeValues: values };
      await DynamoDBDocumentClient.from(api.services.clients.dynamodb).send(new UpdateCommand({ ...row(id), ...set }));
      return id;
    };
    const key = { type: 'api_key', in: 'header', name: 'X-Key', value: '0123456789abcdef' };
    const refusedOf = (id: string, body: object) => pathsOf(body, `/v1/destinations/${id}`, 'PATCH');

    it('unrelated changes of auth and headers are accepted', async () => {
      const id = await clashing('X-Key', { auth: key });
      expect((await change(id, { auth: { ...key, value: 'fedcba9876543210' } })).auth.value).toBe('••••3210');
      expect((await change(id, { headers: { 'X-Team': 'blue' } })).headers).toEqual({ 'X-Team': 'blue' });
      expect((await change(id, { signing: { ...signing, header: 'x-key' } })).signing.header).toBe('x-key');
    });

    it('removing one of two clashes is accepted', async () => {
      const id = await clashing('X-Key', { auth: key, headers: { 'x-key': 'mine' } });
      expect((await change(id, { auth: null })).auth).toBeNull();
    });

    it('a new clash is rejected, in another header or one that leaves deliveries unsigned', async () => {
      const id = await clashing('X-Key', { headers: { 'x-key': 'mine' } });
      expect(await refusedOf(id, { auth: key })).toEqual(['signing.header']);
      const other = { signing: { ...signing, header: 'X-Other' }, headers: { 'X-Other': 'mine' } };
      expect(await refusedOf(id, other)).toEqual(['signing.header']);
    });

    it('the clash is rejected once it was resolved', async () => {
      const id = await clashing('X-Key', { auth: key });
      await change(id, { auth: null });
      expect(await refusedOf(id, { auth: key })).toEqual(['signing.header']);
    });
  });

  it('the signature may use the header name of an API key that is sent in the query', async () => {
    const auth = { type: 'api_key', in: 'query', name: 'X-Key', value: '0123456789abcdef' };
    const signing = { scheme: 'hmac', header: 'X-Key' };
    expect((await create({ auth, signing })).signing).toMatchObject(signing);
  });

  it('an invalid signing setting is rejected by its field', async () => {
    expect(await pathsOf({ signing: { scheme: 'hmac', header: 'Content-Length' } })).toEqual(['signing.header']);
    expect(await pathsOf({ signing: { scheme: 'standard', header: 'X-Signature' } })).toEqual(['signing.header']);
    expect(await pathsOf({ signing: {} })).toEqual(['signing.scheme']);
  });
});

describe('the client certificate of a destination', () => {
  const { certificate, privateKey: private_key } = new CertificateAuthority().sign('hawser');

  it('the certificate is shown without its key, which is stored encrypted', async () => {
    const { id, config } = await create({ config: { client_certificate: { certificate, private_key } } });
    expect(config).toEqual({ client_certificate: { certificate, private_key: '••••' } });
    expect((await api.ok('GET', `/v1/destinations/${id}`)).config).toEqual(config);
    expect((await api.credentialsOf(id)).config).toEqual({ client_certificate: { certificate, private_key } });
    expect(api.storedText()).not.toContain(private_key.split('\n')[1]);
    expect((await change(id, { config: {} })).config).toEqual({});
    expect((await api.credentialsOf(id)).config).toBeUndefined();
  });

  it.each([
    ['certificate', { certificate: 'x', private_key }],
    ['private_key', { certificate, private_key: '••••' }],
    ['private_key', { certificate, private_key: new CertificateAuthority().sign('other').privateKey }],
    ['private_key', { certificate }],
  ])('an invalid %s is rejected', async (path, client_certificate) => {
    expect(await pathsOf({ config: { client_certificate } })).toEqual([`config.client_certificate.${path}`]);
  });

  it('a key so large that each handshake takes a second is rejected', async () => {
    const slow = new CertificateAuthority().sign('slow', keyOfLargePublicExponent(24_000));
    const client_certificate = { certificate: slow.certificate, private_key: slow.privateKey };
    expect(await problemsOf({ config: { client_certificate } })).toEqual([
      {
        path: 'config.client_certificate.private_key',
        problem: 'must have 2048 to 4096 bits and the public exponent 65537',
      },
    ]);
  });
});

it.each([
  ['of the time before there was a config', 'REMOVE config', undefined],
  ['that a later version has written', 'SET config = :config', { ':config': { proxy: 'x' } }],
])('the known settings of a destination %s are read', async (_, UpdateExpression, ExpressionAttributeValues) => {
  const { id } = await create();
  await DynamoDBDocumentClient.from(api.services.clients.dynamodb).send(
    new UpdateCommand({
      TableName: resourceNames.config,
      Key: { pk: id, sk: 'destination' },
      UpdateExpression,
      ExpressionAttributeValues,
      ConditionExpression: 'attribute_exists(config)',
    }),
  );
  expect(await api.ok('GET', `/v1/destinations/${id}`)).toMatchObject({
    type: 'http',
    url: 'https://example.com/hook',
    config: {},
    auth: null,
  });
});
