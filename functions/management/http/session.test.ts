import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultOrganization } from '../../../core/access/organization.ts';
import { digestOf } from '../../../core/secrets/secret-text.ts';
import { requireEnv, variable } from '../../shared/environment.ts';
import type { Services } from '../services.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { type ApiResponse, type CallOptions, callHandler, cookieOf, ROOT_KEY } from '../testing/gateway.fixture.ts';
import { handlerWith } from '../testing/handler.fixture.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let api: ApiUnderTest;
let team: { id: string };
beforeAll(async () => {
  api = await ApiUnderTest.start();
  team = await api.ok('POST', '/v1/organizations', { body: { name: 'team-red' } });
});
afterAll(() => api.close());

/** Calls the same installation with some of its services replaced. */
function callWith(changed: Partial<Services>, method: string, options: CallOptions): Promise<ApiResponse> {
  return callHandler(handlerWith(changed), method, '/v1/session', options);
}
const later = (ms: number) => ({ now: () => new Date(Date.now() + ms) });
const statusLater = async (ms: number, cookie: string) => (await callWith(later(ms), 'GET', { cookie })).status;
const ended = (cookie: string) => api.refused(401, 'UNAUTHORIZED', 'GET', '/v1/session', { cookie });

describe('logging in', () => {
  it('logging in sets a cookie that scripts and other sites cannot access', async () => {
    const answer = await api.call('POST', '/v1/session', { headers: {}, body: { api_key: ROOT_KEY } });
    expect(answer.headers['set-cookie']).toMatch(
      /^__Host-hawser_session=hws_[0-9A-Za-z]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
    );
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('the response says who is logged in and contains no secret', async () => {
    const { id, key } = await api.newKey('write', 'team-red', { name: 'Ada' });
    const before = Date.now();
    const answer = await api.ok('POST', '/v1/session', { headers: {}, body: { api_key: ` ${key}\n` } });
    expect(answer).toEqual({
      organization_id: team.id,
      organization_name: 'team-red',
      scope: 'write',
      authenticated_by: 'session',
      api_key_id: id,
      api_key_name: 'Ada',
      expires_at: expect.any(String),
    });
    expect(Date.parse(answer.expires_at) - before).toBeGreaterThanOrEqual(12 * HOUR_MS);
  });

  it('nothing stored could be sent as a cookie or key, and the rest expires', async () => {
    const cookie = await api.login();
    const token = cookie.split('=')[1] ?? '';
    const stored = api.storedText();
    for (const secret of [token, ROOT_KEY, digestOf(ROOT_KEY)]) expect(stored).not.toContain(secret);
    const row = await api.row(`session#${digestOf(token)}`, 'session');
    expect(row?.expires_at).toBeGreaterThan((Date.now() + 11 * HOUR_MS) / 1_000);
  });

  it('the key is taken from the body alone', async () => {
    await api.refused(400, 'VALIDATION_FAILED', 'POST', '/v1/session', { body: {} });
    await api.refused(401, 'UNAUTHORIZED', 'POST', '/v1/session', { body: { api_key: 'wrong' } });
  });

  it('an error about a body that is not JSON does not repeat the key in it', async () => {
    const { key } = await api.newKey('read');
    for (const body of [
      `{"api_key":${key}}`,
      `{"api_key":"a",${key}}`,
      `${key}`,
      `{"api_key":"a"} ${key}\n`,
      `{"a":'${key}'`,
    ]) {
      const { message } = await api.refused(400, 'INVALID_JSON', 'POST', '/v1/session', { headers: {}, body });
      expect(message).not.toMatch(/hwk_|"/);
    }
  });

  it('the cookie is not Secure over plain http, which `npm start` uses', async () => {
    const local = { publicUrl: 'http://127.0.0.1:4100' };
    const { headers } = await callWith(local, 'POST', { headers: {}, body: { api_key: ROOT_KEY } });
    expect(headers['set-cookie']).toMatch(
      /^hawser_session=hws_\w{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect((await callWith(local, 'GET', { cookie: cookieOf(headers) })).status).toBe(200);
    await ended(`__Host-${cookieOf(headers)}x`);
    await api.refused(401, 'UNAUTHORIZED', 'GET', '/v1/session', { cookie: cookieOf(headers) });
  });
});

describe('a session', () => {
  it('a session may do what its key may', async () => {
    const cookie = await api.login((await api.newKey('write', 'team-red')).key);
    const source = await api.ok('POST', '/v1/sources', { cookie, body: { name: 'github' } });
    await api.ok('GET', `/v1/sources/${source.id}`, { organization: 'team-red' });
    await api.refused(403, 'FORBIDDEN', 'GET', '/v1/api-keys', { cookie });
  });

  it('a session of the root key acts in the organization that each request names', async () => {
    const cookie = await api.login();
    expect(await api.ok('GET', '/v1/session', { cookie })).toMatchObject({ organization_id: defaultOrganization.id });
    expect(await api.ok('GET', '/v1/session', { cookie, organization: 'team-red' })).toMatchObject({
      organization_name: 'team-red',
      api_key_id: null,
      api_key_name: null,
    });
    await api.ok('GET', '/v1/organizations', { cookie });
  });

  it('a session is found among other cookies, in one header or several', async () => {
    const cookie = await api.login();
    for (const Cookie of [`a=1; ${cookie}; b=2`, `a=1;${cookie}`, ['a=1', cookie, 'b=2']]) {
      await api.ok('GET', '/v1/session', { headers: { Cookie } });
    }
    for (const Cookie of [`x${cookie}`, 'a=1', cookie.replace('=', ''), '']) {
      await api.refused(401, 'UNAUTHORIZED', 'GET', '/v1/session', { headers: { Cookie } });
    }
  });

  it('a key in a header takes precedence over a session, even if it is wrong', async () => {
    const cookie = await api.login((await api.newKey('read')).key);
    const both = (headers: Record<string, string>) => ({ headers: { Cookie: cookie, ...headers } });
    const { key } = await api.newKey('admin', 'team-red');
    expect(await api.ok('GET', '/v1/session', both({ 'X-API-Key': key }))).toMatchObject({
      authenticated_by: 'key',
      scope: 'admin',
      organization_id: team.id,
      expires_at: null,
    });
    for (const wrong of [
      { 'X-API-Key': 'wrong' },
      { Authorization: 'Bearer wrong' },
      { Authorization: 'Basic eDp5' },
    ]) {
      await api.refused(401, 'UNAUTHORIZED', 'GET', '/v1/session', both(wrong));
    }
  });

  it('logging out ends that session alone and makes the browser forget it', async () => {
    const { key } = await api.newKey('read');
    const [cookie, other] = [await api.login(key), await api.login(key)];
    const answer = await api.call('DELETE', '/v1/session', { cookie });
    expect(answer).toMatchObject({ status: 200, body: { success: true } });
    expect(answer.headers['set-cookie']).toBe(
      '__Host-hawser_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict; Secure',
    );
    await ended(cookie);
    await api.ok('GET', '/v1/session', { cookie: other });
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'DELETE', '/v1/session', { key });
  });

  it('a session ends after twelve hours, however much it is used', async () => {
    const cookie = await api.login();
    expect(await statusLater(12 * HOUR_MS - MINUTE_MS, cookie)).toBe(200);
    expect(await statusLater(12 * HOUR_MS, cookie)).toBe(401);
  });

  it('a session ends when its key expires or is revoked', async () => {
    const expires_at = new Date(Date.now() + HOUR_MS).toISOString();
    const { id, key } = await api.newKey('read', 'default', { expires_at });
    const cookie = await api.login(key);
    expect(await api.ok('GET', '/v1/session', { cookie })).toMatchObject({ expires_at });
    expect(await statusLater(HOUR_MS - MINUTE_MS, cookie)).toBe(200);
    expect(await statusLater(HOUR_MS, cookie)).toBe(401);
    await api.ok('DELETE', `/v1/api-keys/${id}`);
    await ended(cookie);
  });

  it('a session of the root key ends when the key is rotated; those of other keys continue', async () => {
    const { key } = await api.newKey('read');
    const [ofRoot, ofKey] = [await api.login(), await api.login(key)];
    const { secretsManager } = api.services.simulators;
    secretsManager.putValue(requireEnv(variable.rootKeySecretArn), 'another-root-key-0123456789');
    try {
      // Other function instances: this one remembers the old key for a minute.
      expect((await callWith({}, 'GET', { cookie: ofRoot })).status).toBe(401);
      expect((await callWith({}, 'GET', { cookie: ofKey })).status).toBe(200);
    } finally {
      secretsManager.putValue(requireEnv(variable.rootKeySecretArn), ROOT_KEY);
    }
  });
});

describe('a page of another origin', () => {
  const body = { name: 'github' };
  const foreign: Record<string, string>[] = [
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site', Origin: 'https://hooks.example.com' },
    { 'Sec-Fetch-Site': 'none' },
    { Origin: 'https://evil.example.com' },
    { Origin: 'http://hooks.example.com' },
    { Origin: 'https://hooks.example.com.evil.example.com' },
    { Origin: 'null' },
  ];

  it.each([{}, ...foreign])('a page of another origin changes nothing by cookie: %j', async (headers) => {
    const Cookie = await api.login();
    const before = api.storedText();
    await api.refused(403, 'FORBIDDEN', 'POST', '/v1/sources', { headers: { Cookie, ...headers }, body });
    await api.refused(403, 'FORBIDDEN', 'DELETE', '/v1/session', { headers: { Cookie, ...headers } });
    expect(api.storedText()).toBe(before);
  });

  it.each(foreign)('a page of another origin cannot log in: %j', async (headers) => {
    await api.refused(403, 'FORBIDDEN', 'POST', '/v1/session', { headers, body: { api_key: ROOT_KEY } });
  });

  it('either header tells the origin of a page; reading requires neither', async () => {
    const Cookie = await api.login();
    for (const headers of [
      { 'Sec-Fetch-Site': 'same-origin' },
      { 'sec-fetch-site': 'same-origin', origin: 'https://behind.a.proxy.example.com' },
      { Origin: 'https://hooks.example.com' },
    ]) {
      await api.ok('POST', '/v1/sources', { headers: { Cookie, ...headers }, body });
    }
    await api.ok('GET', '/v1/sources', { headers: { Cookie } });
  });
});
