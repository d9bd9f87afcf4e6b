import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ApiKey, scopes } from '../../../core/access/api-key.ts';
import { newId } from '../../../core/ids.ts';
import { digestOf } from '../../../core/secrets/secret-text.ts';
import { resourceNames } from '../../../test/support/services.ts';
import { logger } from '../../shared/logger.ts';
import { ApiKeyStore } from '../../stores/config/api-keys.ts';
import { ConfigTable } from '../../stores/config/config-table.ts';
import type { Services } from '../services.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { type ApiResponse, callHandler } from '../testing/gateway.fixture.ts';
import { handlerWith } from '../testing/handler.fixture.ts';

const MINUTE_MS = 60_000;

let api: ApiUnderTest;
let team: { id: string };
beforeAll(async () => {
  api = await ApiUnderTest.start();
  team = await api.ok('POST', '/v1/organizations', { body: { name: 'team-red' } });
  await api.ok('POST', '/v1/organizations', { body: { name: 'team-blue' } });
});
afterAll(() => api.close());

/** Calls the same installation with some of its services replaced. */
async function callWith(changed: Partial<Services>, key: string, path = '/v1/sources'): Promise<ApiResponse> {
  return callHandler(handlerWith(changed), 'GET', path, { key });
}
const later = (ms: number) => ({ now: () => new Date(Date.now() + ms) });

async function shown(id: string, organization = 'default'): Promise<ApiResponse['body']> {
  const { api_keys } = await api.ok('GET', '/v1/api-keys', { organization, query: { limit: '100' } });
  return api_keys.find((key: { id: string }) => key.id === id);
}

describe('an API key', () => {
  it('a key is shown in the response that creates it, and never again', async () => {
    const created = await api.newKey('write', 'team-red', { name: 'CI' });
    expect(created).toMatchObject({
      id: expect.stringMatching(/^key_[0-9a-f]{32}$/),
      name: 'CI',
      scope: 'write',
      key: expect.stringMatching(/^hwk_[0-9A-Za-z]{43}$/),
      created_by: null,
      last_used_at: null,
      expires_at: null,
    });
    expect(await shown(created.id, 'team-red')).toEqual({ ...created, key: `••••${created.key.slice(-4)}` });
    expect(api.storedText()).not.toContain(created.key.slice(0, -4));
  });

  it('a key is accepted in either header and acts in its own organization', async () => {
    const { key } = await api.newKey('write', 'team-red');
    const source = await api.ok('POST', '/v1/sources', { key, body: { name: 'github' } });
    await api.ok('GET', `/v1/sources/${source.id}`, { headers: { 'X-API-Key': key } });
    await api.ok('GET', `/v1/sources/${source.id}`, { organization: 'team-red' });
    for (const organization of [team.id, 'team-red']) await api.ok('GET', '/v1/sources', { key, organization });
  });

  it('a request for another organization gets the same response whether that one exists or not', async () => {
    const { key } = await api.newKey('admin', 'team-blue');
    for (const [existing, unknown] of [
      [team.id, newId('org')],
      ['team-red', 'team-none'],
      ['default', 'nowhere'],
    ] as const) {
      const ask = async (organization: string) => {
        const body = await api.refused(404, 'RESOURCE_NOT_FOUND', 'GET', '/v1/sources', { key, organization });
        return JSON.stringify({ ...body, request_id: '' }).replaceAll(organization, 'ORGANIZATION');
      };
      expect(await ask(existing)).toBe(await ask(unknown));
    }
  });

  it('a key with the scope admin manages the keys of its organization and no others', async () => {
    const admin = await api.newKey('admin', 'team-red');
    const made = await api.ok('POST', '/v1/api-keys', { key: admin.key, body: { name: 'made', scope: 'admin' } });
    expect(made.created_by).toBe(admin.id);
    const stranger = await api.newKey('admin', 'team-blue');
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'DELETE', `/v1/api-keys/${made.id}`, { key: stranger.key });
    const { api_keys } = await api.ok('GET', '/v1/api-keys', { key: stranger.key });
    expect(JSON.stringify(api_keys)).not.toContain(made.id);
    await api.ok('DELETE', `/v1/api-keys/${made.id}`, { key: admin.key });
    await api.refused(403, 'FORBIDDEN', 'GET', '/v1/organizations', { key: admin.key });
  });

  it('a revoked key stops working and leaves nothing behind', async () => {
    const { id, key } = await api.newKey('read');
    await api.ok('GET', '/v1/sources', { key });
    await api.ok('DELETE', `/v1/api-keys/${id}`);
    await api.refused(401, 'UNAUTHORIZED', 'GET', '/v1/sources', { key });
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'DELETE', `/v1/api-keys/${id}`);
    const stored = api.storedText();
    for (const trace of [id, digestOf(key)]) expect(stored).not.toContain(trace);
  });

  it('a key may revoke itself', async () => {
    const { id, key } = await api.newKey('admin');
    await api.ok('DELETE', `/v1/api-keys/${id}`, { key });
    await api.refused(401, 'UNAUTHORIZED', 'GET', '/v1/api-keys', { key });
    expect(api.storedText()).not.toContain(id);
  });

  it('a key works until it expires and is listed until it is revoked', async () => {
    const expires_at = new Date(Date.now() + 10 * MINUTE_MS).toISOString();
    const { id, key } = await api.newKey('read', 'default', { expires_at });
    expect((await callWith(later(9 * MINUTE_MS), key)).status).toBe(200);
    expect(await callWith(later(10 * MINUTE_MS), key)).toMatchObject({ status: 401, body: { code: 'UNAUTHORIZED' } });
    expect(await shown(id)).toMatchObject({ expires_at });
  });

  it.each([new Date(0).toISOString(), 'tomorrow', 1_800_000_000, '2999-01-01', '9999-12-31T23:59:59-12:00'])(
    'a key cannot expire at %s, which is not a future time',
    async (expires_at) => {
      const body = { name: 'ci', scope: 'read', expires_at };
      const { details } = await api.refused(400, 'VALIDATION_FAILED', 'POST', '/v1/api-keys', { body });
      expect(details[0].path).toBe('expires_at');
    },
  );

  it('a key created by one that expires does not outlive it', async () => {
    const limit = new Date(Date.now() + 10 * MINUTE_MS).toISOString();
    const maker = await api.newKey('admin', 'team-red', { expires_at: limit });
    const make = { key: maker.key, organization: 'team-red' };
    const ask = (body: object) => ({ ...make, body: { name: 'made', scope: 'admin', ...body } });
    for (const expires_at of [null, new Date(Date.parse(limit) + 1).toISOString(), '2999-01-01T00:00:00Z']) {
      const { details } = await api.refused(400, 'VALIDATION_FAILED', 'POST', '/v1/api-keys', ask({ expires_at }));
      const problem = `must be ${limit} at the latest: then the key that makes it expires`;
      expect(details).toEqual([{ path: 'expires_at', problem }]);
    }
    const earlier = new Date(Date.parse(limit) - MINUTE_MS).toISOString();
    for (const expires_at of [limit, earlier]) {
      expect(await api.ok('POST', '/v1/api-keys', ask({ expires_at }))).toMatchObject({ expires_at });
    }
    expect(await api.ok('POST', '/v1/api-keys', ask({}))).toMatchObject({ expires_at: limit });
  });

  it('a key created by one that never expires has the expiry that was requested', async () => {
    const { key } = await api.newKey('admin', 'team-red');
    const expires_at = '2999-01-01T00:00:00.000Z';
    for (const [given, shownAs] of [
      [{}, null],
      [{ expires_at: null }, null],
      [{ expires_at }, expires_at],
    ] as const) {
      const body = { name: 'made', scope: 'read', ...given };
      expect(await api.ok('POST', '/v1/api-keys', { key, body })).toMatchObject({ expires_at: shownAs });
    }
  });

  it.each(['root', 'owner', '', null])('%j is not a scope', async (scope) => {
    const body = { name: 'ci', scope };
    const { details } = await api.refused(400, 'VALIDATION_FAILED', 'POST', '/v1/api-keys', { body });
    expect(details).toEqual([{ path: 'scope', problem: `must be one of: ${scopes.join(', ')}` }]);
  });
});

describe('the last use of an API key', () => {
  it('the last use is recorded at most every ten minutes', async () => {
    const { id, key } = await api.newKey('read');
    const lastUse = async () => (await shown(id)).last_used_at;
    const before = Date.now();
    await api.ok('GET', '/v1/sources', { key });
    const first = await lastUse();
    expect(Date.parse(first)).toBeGreaterThanOrEqual(before);
    await callWith(later(9 * MINUTE_MS), key);
    expect(await lastUse()).toBe(first);
    await callWith(later(11 * MINUTE_MS), key);
    expect(Date.parse(await lastUse())).toBeGreaterThan(before + 10 * MINUTE_MS);
  });

  it('a refused request is recorded as well', async () => {
    const { id, key } = await api.newKey('read');
    await api.refused(403, 'FORBIDDEN', 'POST', '/v1/sources', { key, body: { name: 'github' } });
    expect((await shown(id)).last_used_at).not.toBeNull();
  });

  it('a use recorded by another request first, or after the key was revoked, changes nothing', async () => {
    const store = new ApiKeyStore(new ConfigTable(api.services.clients.dynamodb, resourceNames.config));
    const { id, key } = await api.newKey('read');
    const read = await store.get(digestOf(key));
    if (!read) throw new Error('the key is not there');
    await store.noteUse(read, new Date(1_000));
    await store.noteUse(read, new Date(2_000));
    expect(await shown(id)).toMatchObject({ last_used_at: new Date(1_000).toISOString() });
    await api.ok('DELETE', `/v1/api-keys/${id}`);
    await store.noteUse(read, new Date(3_000));
    await store.noteUse({ ...read, lastUsedAt: new Date(1_000).toISOString() }, new Date(3_000));
    expect(api.storedText()).not.toContain(digestOf(key));
  });

  it.each([
    ['fails', () => Promise.reject(new Error('throttled'))],
    ['hangs', () => new Promise<void>(() => {})],
  ])('a request succeeds although recording its use %s', async (_, noteUse) => {
    class BrokenStore extends ApiKeyStore {
      override noteUse(_key: ApiKey): Promise<void> {
        return noteUse();
      }
    }
    const logged = vi.spyOn(logger, 'warn').mockImplementation(() => {});
    const { key } = await api.newKey('read');
    const apiKeys = new BrokenStore(new ConfigTable(api.services.clients.dynamodb, resourceNames.config));
    const startMs = Date.now();
    expect((await callWith({ apiKeys }, key)).status).toBe(200);
    expect(Date.now() - startMs).toBeLessThan(2_000);
    expect(JSON.stringify(logged.mock.calls)).not.toContain(key.slice(4, -4));
    logged.mockRestore();
  });
});
