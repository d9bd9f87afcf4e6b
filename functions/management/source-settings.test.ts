import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { senders } from '../../core/verification/senders-under-test.ts';
import { ApiUnderTest } from './api-under-test.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.close());

const newSource = (verification: object | null) =>
  api.ok('POST', '/v1/sources', { body: { name: 'shop', verification } });
const github = { type: 'github', secret: 'a-secret-that-nobody-may-read' };
const shownGithub = { type: 'github', secret: '••••read', previous_secret: null };

describe("a source's verification", () => {
  it.each(senders)('of $name is shown with its secrets masked, and stored encrypted', async ({ settings }) => {
    const source = await newSource(settings.before);
    expect(source.verification.type).toBe(settings.before.type);
    expect(await api.ok('GET', `/v1/sources/${source.id}`)).toEqual(source);
    const row = JSON.stringify(await api.row(source.id, 'source'));
    for (const [name, secret] of Object.entries(settings.before)) {
      if (!/secret|token|password|key/.test(name) || name.includes('public')) continue;
      expect(source.verification[name]).toBe(`••••${String(secret).slice(-4)}`);
      expect(row).not.toContain(String(secret));
    }
  });

  it('is nothing unless it is set', async () => {
    expect((await api.ok('POST', '/v1/sources', { body: { name: 'shop' } })).verification).toBeNull();
  });

  it('is replaced as a whole, stays when others change, and is removed by null', async () => {
    const { id } = await newSource({ ...github, previous_secret: 'the-secret-before' });
    const path = `/v1/sources/${id}`;
    expect((await api.ok('PATCH', path, { body: { verification: github } })).verification).toEqual(shownGithub);
    expect((await api.ok('PATCH', path, { body: { name: 'renamed' } })).verification).toEqual(shownGithub);
    expect((await api.ok('PATCH', path, { body: { verification: null } })).verification).toBeNull();
    expect((await api.ok('GET', path)).verification).toBeNull();
    expect(await api.row(id, 'source')).toMatchObject({ sealed_verification: null, shown_verification: null });
  });

  it('leaves nothing behind when its source is deleted', async () => {
    const { id } = await newSource(github);
    await api.ok('DELETE', `/v1/sources/${id}`);
    const row = await api.row(id, 'source');
    expect(row).toHaveProperty('deleted_at');
    expect(row).not.toHaveProperty('sealed_verification');
    expect(row).not.toHaveProperty('shown_verification');
  });

  it.each([
    ['an unknown type', { type: 'paypal' }, 'verification.type'],
    ['no secret', { type: 'stripe' }, 'verification.secret'],
    ['a field of another scheme', { ...github, header: 'X' }, 'verification.header'],
    ['its masked form', shownGithub, 'verification.secret'],
    [
      'a window beyond a day',
      { ...github, type: 'slack', tolerance_seconds: 86_401 },
      'verification.tolerance_seconds',
    ],
  ])('with %s is refused, with the path named', async (_, verification, path) => {
    for (const [method, url] of [
      ['POST', '/v1/sources'],
      ['PATCH', `/v1/sources/${(await newSource(null)).id}`],
    ] as const) {
      const options = { body: { name: 'shop', verification } };
      const { details } = await api.refused(400, 'VALIDATION_FAILED', method, url, options);
      expect(details.map((detail: { path: string }) => detail.path)).toEqual([path]);
    }
  });
});

describe("a source's de-duplication", () => {
  const byEventId = { by: 'event_id', window_seconds: 86_400 };

  it('is shown as it is kept, stays when others change, and is removed by null', async () => {
    const body = { name: 'shop', deduplication: { by: 'body', path: 'data.id' } };
    const source = await api.ok('POST', '/v1/sources', { body });
    expect(source.deduplication).toEqual({ by: 'body', path: 'data.id', window_seconds: 86_400 });
    const path = `/v1/sources/${source.id}`;
    expect(await api.ok('GET', path)).toEqual(source);
    const renamed = await api.ok('PATCH', path, { body: { name: 'renamed' } });
    expect(renamed.deduplication).toEqual(source.deduplication);
    expect((await api.ok('PATCH', path, { body: { deduplication: null } })).deduplication).toBeNull();
  });

  it('by event id needs a verification that names events, now and after each change', async () => {
    const refused = async (method: string, path: string, body: object) => {
      const { details } = await api.refused(400, 'VALIDATION_FAILED', method, path, { body });
      expect(details.map((detail: { path: string }) => detail.path)).toEqual(['deduplication.by']);
    };
    const bearer = { type: 'bearer', token: 'a-token-of-a-sender' };
    await refused('POST', '/v1/sources', { name: 'shop', deduplication: byEventId });
    await refused('POST', '/v1/sources', { name: 'shop', deduplication: byEventId, verification: bearer });
    const body = { name: 'shop', deduplication: byEventId, verification: github };
    const source = await api.ok('POST', '/v1/sources', { body });
    expect(source.deduplication).toEqual(byEventId);
    const path = `/v1/sources/${source.id}`;
    await refused('PATCH', path, { verification: null });
    await refused('PATCH', path, { verification: bearer });
    await api.ok('PATCH', path, { body: { verification: null, deduplication: null } });
    await refused('PATCH', path, { deduplication: byEventId });
    await api.ok('PATCH', path, { body: { verification: github, deduplication: byEventId } });
  });
});
