import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { senders } from '../../../core/verification/senders.fixture.ts';
import { loseResponse } from '../../../test/support/lost-responses.ts';
import { resourceNames } from '../../../test/support/services.ts';
import { ConfigTable } from '../../stores/config/config-table.ts';
import { SourceStore } from '../../stores/config/sources.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { callHandler } from '../testing/gateway.fixture.ts';
import { handlerWith } from '../testing/handler.fixture.ts';
import { WatchedTable } from '../testing/watched-table.fixture.ts';

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
  it.each(senders)(
    'a verification of $name is shown with its secrets masked and stored encrypted',
    async ({ settings }) => {
      const source = await newSource(settings.rotated);
      expect(source.verification.type).toBe(settings.rotated.type);
      expect(await api.ok('GET', `/v1/sources/${source.id}`)).toEqual(source);
      const row = JSON.stringify(await api.row(source.id, 'source'));
      for (const [name, secret] of Object.entries(settings.rotated)) {
        if (!/secret|token|password|key/.test(name) || name.includes('public')) continue;
        expect(source.verification[name]).toBe(`••••${String(secret).slice(-4)}`);
        expect(row).not.toContain(String(secret));
      }
    },
  );

  it('a source has no verification unless it is set', async () => {
    expect((await api.ok('POST', '/v1/sources', { body: { name: 'shop' } })).verification).toBeNull();
  });

  it('a verification is replaced as a whole, stays when other settings change, and is removed by null', async () => {
    const { id } = await newSource({ ...github, previous_secret: 'the-secret-before' });
    const path = `/v1/sources/${id}`;
    expect((await api.ok('PATCH', path, { body: { verification: github } })).verification).toEqual(shownGithub);
    expect((await api.ok('PATCH', path, { body: { name: 'renamed' } })).verification).toEqual(shownGithub);
    expect((await api.ok('PATCH', path, { body: { verification: null } })).verification).toBeNull();
    expect((await api.ok('GET', path)).verification).toBeNull();
    expect(await api.row(id, 'source')).toMatchObject({ sealed_verification: null, shown_verification: null });
  });

  it('a deleted source leaves nothing of its verification behind', async () => {
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
  ])('a verification with %s is rejected by its path', async (_, verification, path) => {
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

const byEventId = { by: 'event_id', window_seconds: 86_400 };

describe("a source's de-duplication", () => {
  it('a de-duplication is shown as stored, stays when other settings change, and is removed by null', async () => {
    const body = { name: 'shop', deduplication: { by: 'body', path: 'data.id' } };
    const source = await api.ok('POST', '/v1/sources', { body });
    expect(source.deduplication).toEqual({ by: 'body', path: 'data.id', window_seconds: 86_400 });
    const path = `/v1/sources/${source.id}`;
    expect(await api.ok('GET', path)).toEqual(source);
    const renamed = await api.ok('PATCH', path, { body: { name: 'renamed' } });
    expect(renamed.deduplication).toEqual(source.deduplication);
    expect((await api.ok('PATCH', path, { body: { deduplication: null } })).deduplication).toBeNull();
  });

  it('a de-duplication by event id requires a verification with event ids, now and after each change', async () => {
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

const change = (id: string, body: object) => api.ok('PATCH', `/v1/sources/${id}`, { body });

function changeThrough(table: ConfigTable, id: string, body: object) {
  return callHandler(handlerWith({ sources: new SourceStore(table) }), 'PATCH', `/v1/sources/${id}`, { body });
}

/** A change of the source; another one is made between its read and its write. */
function overtaken(id: string, body: object, other: object) {
  return changeThrough(new WatchedTable(async (writes) => writes === 1 && change(id, other)), id, body);
}

describe('concurrent changes of a source', () => {
  const bearer = { type: 'bearer', token: 'a-token-of-a-sender' };
  const byBody = { by: 'body', path: 'data.id', window_seconds: 60 };

  it.each([
    ['a de-duplication', { deduplication: byEventId }, { verification: null }],
    ['a de-duplication', { deduplication: byEventId }, { verification: bearer }],
    ['a verification', { verification: null }, { deduplication: byEventId }],
  ])('%s that clashes with the other change is rejected: %j after %j', async (_, body, other) => {
    const { id } = await newSource(github);
    expect(await overtaken(id, body, other)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', details: [{ path: 'deduplication.by' }] },
    });
    const { verification, deduplication } = await api.ok('GET', `/v1/sources/${id}`);
    expect(deduplication?.by === 'event_id' && verification?.type !== 'github').toBe(false);
  });

  it.each([
    ['', []],
    [
      ', in a row of the time before it had any of them too',
      ['sealed_verification', 'shown_verification', 'deduplication'],
    ],
  ])('changes that do not clash are both kept%s', async (_, lacking) => {
    const { id } = await newSource(null);
    if (lacking.length > 0) {
      await DynamoDBDocumentClient.from(api.services.clients.dynamodb).send(
        new UpdateCommand({
          TableName: resourceNames.config,
          Key: { pk: id, sk: 'source' },
          UpdateExpression: `REMOVE ${lacking.join(', ')}`,
        }),
      );
    }
    expect(
      await overtaken(id, { deduplication: byEventId, verification: github }, { deduplication: byBody }),
    ).toMatchObject({ status: 200, body: { deduplication: byEventId, verification: shownGithub } });
    const other = { ...github, previous_secret: 'the-secret-before' };
    expect(await overtaken(id, { deduplication: byBody }, { verification: other })).toMatchObject({
      status: 200,
      body: { deduplication: byBody, verification: { type: 'github', previous_secret: '••••fore' } },
    });
  });

  it('a concurrent change of other settings causes no retry', async () => {
    const { id } = await newSource(github);
    const table = new WatchedTable(() => change(id, { name: 'renamed' }));
    expect(await changeThrough(table, id, { deduplication: byEventId })).toMatchObject({
      status: 200,
      body: { name: 'renamed', deduplication: byEventId },
    });
    expect(table).toMatchObject({ reads: 1, writes: 1 });
  });

  it('a change of a source that is deleted meanwhile is answered 404', async () => {
    const { id } = await newSource(github);
    const table = new WatchedTable(() => api.ok('DELETE', `/v1/sources/${id}`));
    expect(await changeThrough(table, id, { verification: null })).toMatchObject({
      status: 404,
      body: { code: 'RESOURCE_NOT_FOUND' },
    });
  });

  it('a change that is overtaken on every try gives up with a conflict', async () => {
    const { id } = await newSource(github);
    const table = new WatchedTable((writes) =>
      change(id, { deduplication: { ...byBody, window_seconds: 60 + writes } }),
    );
    expect(await changeThrough(table, id, { deduplication: null })).toMatchObject({
      status: 409,
      headers: { 'retry-after': '1' },
      body: { code: 'CONFLICT' },
    });
    expect(table.writes).toBe(5);
  });
});

it.each([{ verification: github }, { verification: null }, { deduplication: byEventId }, { deduplication: null }])(
  'a change of a source succeeds although the response from DynamoDB is lost: %j',
  async (body) => {
    const { id } = await newSource({ ...github, previous_secret: 'the-secret-before' });
    const client = api.services.clients.dynamodb;
    const lost = loseResponse(client, new RegExp(`UpdateExpression.*${id}|${id}.*UpdateExpression`));
    const answer = await changeThrough(new ConfigTable(client, resourceNames.config), id, body);
    expect(lost()).toBe(1);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(await api.ok('GET', `/v1/sources/${id}`));
  },
);

it('a change of the name or the response of a source reads nothing', async () => {
  const table = new WatchedTable();
  const { id } = await newSource(github);
  expect(await changeThrough(table, id, { name: 'renamed', description: null })).toMatchObject({ status: 200 });
  expect(table).toMatchObject({ reads: 0, writes: 1 });
});
