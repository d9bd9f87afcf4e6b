import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scope } from '../../core/access/api-key.ts';
import { CertificateAuthority } from '../../test/support/certificates.ts';
import { ApiUnderTest } from './testing/api.fixture.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.close());

const http = { url: 'https://example.com/hook' };
const secret = 'correct horse battery';
const token = '3f7d0e5b9a1c4d2e';
const oauth2 = { type: 'oauth2', token_url: 'https://login.example.com/token', client_id: 'hawser' };
const { certificate, privateKey } = new CertificateAuthority().sign('hawser');
const queue = { queue_url: 'https://sqs.eu-central-1.amazonaws.com/111122223333/orders' };
const rsa = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

const destinations: [path: string, settings: object][] = [
  ['secret', { ...http, secret }],
  ['headers.X-Api-Key', { ...http, headers: { 'X-Api-Key': 'not-to-be-told-5678', 'X-Team': 'blue' } }],
  ['headers.X-Api-Key', { ...http, headers: { 'X-Api-Key': 'short' } }],
  ['auth.token', { ...http, auth: { type: 'bearer', token } }],
  ['auth.password', { ...http, auth: { type: 'basic', username: 'hawser', password: secret } }],
  ['auth.value', { ...http, auth: { type: 'api_key', in: 'header', name: 'X-Api-Key', value: token } }],
  ['auth.value', { ...http, auth: { type: 'api_key', in: 'query', name: 'key', value: token } }],
  ['auth.client_secret', { ...http, auth: { ...oauth2, client_secret: secret } }],
  [
    'auth.secret_access_key',
    {
      type: 'sqs',
      config: queue,
      auth: { type: 'aws_access_key', access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: token },
    },
  ],
  [
    'auth.private_key',
    {
      type: 'pubsub',
      config: { topic: 'projects/my-project/topics/orders' },
      auth: {
        type: 'gcp_service_account',
        client_email: 'hawser@my-project.iam.gserviceaccount.com',
        private_key: rsa.privateKey,
      },
    },
  ],
  [
    'config.client_certificate.private_key',
    { ...http, config: { client_certificate: { certificate, private_key: privateKey } } },
  ],
  [
    'template_variables.routing_key',
    { template: 'pagerduty', template_variables: { routing_key: '0123456789abcdef0123456789abcdef' } },
  ],
];

const verifications: [path: string, verification: object][] = [
  ['verification.secret', { type: 'github', secret }],
  ['verification.secret', { type: 'github', secret: 'short-one' }],
  ['verification.secret', { type: 'hmac', secret, header: 'X-Signature' }],
  ['verification.password', { type: 'basic', username: 'sender', password: secret }],
  ['verification.token', { type: 'bearer', token }],
  ['verification.key', { type: 'api_key', key: token, name: 'X-Api-Key' }],
];

/** Sends one field back as it was shown. @returns the problems that the API reports */
async function giveBack(kind: string, settings: object, field: string): Promise<unknown> {
  const { id } = await api.ok('POST', `/v1/${kind}`, { body: settings });
  const { [field]: shown } = await api.ok('GET', `/v1/${kind}/${id}`);
  const { details } = await api.refused(400, 'VALIDATION_FAILED', 'PATCH', `/v1/${kind}/${id}`, {
    body: { [field]: shown },
  });
  return details;
}

const problem = 'is the masked form of a secret, not a secret';
const fieldOf = (path: string) => path.split('.')[0] ?? '';

it.each(destinations)('%s of a destination, sent back as shown, is rejected as masked: %#', async (path, settings) => {
  expect(await giveBack('destinations', settings, fieldOf(path))).toEqual([{ path, problem }]);
});

it.each(verifications)('%s of a source, sent back as shown, is rejected as masked: %#', async (path, verification) => {
  expect(await giveBack('sources', { name: 'shop', verification }, fieldOf(path))).toEqual([{ path, problem }]);
});

it('a masked previous secret is rejected by its own path', async () => {
  const verification = { type: 'github', secret, previous_secret: 'the secret before' };
  expect(await giveBack('sources', { name: 'shop', verification }, 'verification')).toEqual([
    { path: 'verification.secret', problem },
    { path: 'verification.previous_secret', problem },
  ]);
});

const SLACK = 'https://hooks.slack.com/services/T024BE7LD/B08C6MT2P/9sGJ2kqTzYwVb4NfXc7R';

describe('a URL that is itself a credential', () => {
  it.each([
    ['whose path is the secret', SLACK, 'https://hooks.slack.com/services/••••'],
    [
      'with a parameter that is one',
      'https://example.com/hook?team=7&token=3f7d0e',
      'https://example.com/hook?team=7&token=••••',
    ],
  ])(
    'a URL %s is shown in full to keys that may write, and masked to keys that may only read',
    async (_, url, masked) => {
      const source = await api.ok('POST', '/v1/sources', { body: { name: 'shop' } });
      const { id } = await api.ok('POST', `/v1/sources/${source.id}/destinations`, { body: { url } });
      const seenBy = async (scope: Scope) => {
        const { key } = await api.newKey(scope);
        const { destinations: all } = await api.ok('GET', '/v1/destinations', { key, query: { limit: '1' } });
        const { destinations: connected } = await api.ok('GET', `/v1/sources/${source.id}/destinations`, { key });
        const one = await api.ok('GET', `/v1/destinations/${id}`, { key });
        return [one, ...all, ...connected].map((shown) => shown.url);
      };
      expect(await seenBy('read')).toEqual([masked, masked, masked]);
      expect(await seenBy('write')).toEqual([url, url, url]);
      const { details } = await api.refused(400, 'INVALID_URL', 'PATCH', `/v1/destinations/${id}`, {
        body: { url: masked },
      });
      expect(details).toEqual([{ path: 'url', problem }]);
    },
  );

  it.each([
    [
      'the token endpoint of its credentials',
      (url: string) => ({
        url: 'https://example.com/hook',
        auth: { type: 'oauth2', token_url: url, client_id: 'hawser', client_secret: 'correct horse battery' },
      }),
      (shown: { auth: { token_url: string } }) => shown.auth.token_url,
      ['https://login.example/token?api_key=3f7d0e', 'https://login.example/token?api_key=••••'],
    ],
    [
      "a broker's API",
      (url: string) => ({
        type: 'rabbitmq',
        auth: { type: 'basic', username: 'a', password: secret },
        config: { management_url: url, routing_key: 'orders' },
      }),
      (shown: { config: { management_url: string } }) => shown.config.management_url,
      [SLACK, 'https://hooks.slack.com/services/••••'],
    ],
  ])('the URL of %s is shown in full to keys that may write, and masked to keys that may only read', async (...row) => {
    const [, settingsWith, urlOf, [url = '', masked]] = row;
    const { id } = await api.ok('POST', '/v1/destinations', { body: { name: 'of a kind', ...settingsWith(url) } });
    const seenBy = async (scope: Scope) => {
      const { key } = await api.newKey(scope);
      const { destinations: all } = await api.ok('GET', '/v1/destinations', { key, query: { limit: '1' } });
      return [await api.ok('GET', `/v1/destinations/${id}`, { key }), ...all].map(urlOf);
    };
    expect(await seenBy('read')).toEqual([masked, masked]);
    expect(await seenBy('write')).toEqual([url, url]);
  });

  it('a search does not match the masked part, which would reveal it letter by letter', async () => {
    const secretPart = 'B0ONLYWHOMAYWRITE';
    const { id } = await api.ok('POST', '/v1/destinations', { body: { url: SLACK.replace('B08C6MT2P', secretPart) } });
    const foundBy = async (scope: Scope, search: string) => {
      const { key } = await api.newKey(scope);
      const { destinations: found } = await api.ok('GET', '/v1/destinations', { key, query: { search } });
      return found.map((one: { id: string }) => one.id);
    };
    expect(await foundBy('read', secretPart)).toEqual([]);
    expect(await foundBy('read', 'slack.com/SERVICES')).toContain(id);
    expect(await foundBy('write', secretPart)).toEqual([id]);
  });

  it('a URL without secrets is shown to all as it was given', async () => {
    const url = `https://EXAMPLE.com?long=${'x'.repeat(600)}`;
    const { id } = await api.ok('POST', '/v1/destinations', { body: { url } });
    const { key } = await api.newKey('read');
    expect(await api.ok('GET', `/v1/destinations/${id}`, { key })).toMatchObject({ url });
  });
});
