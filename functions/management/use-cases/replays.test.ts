import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../../core/ids.ts';
import { decodeReplayMessage } from '../../messages/replay.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { type Connected, HistoryUnderTest } from '../testing/history.fixture.ts';

let api: ApiUnderTest;
let history: HistoryUnderTest;
let ends: Connected;
beforeAll(async () => {
  api = await ApiUnderTest.start();
  history = new HistoryUnderTest(api.services);
});
beforeEach(async () => {
  ends = await history.connected(api);
  await messages();
});
afterAll(() => api.close());

/** What has been sent to the queue of steps since the last call. */
async function messages() {
  const { simulators, replayQueue } = api.services;
  const received = await simulators.sqs.receiveMessages(replayQueue.queueArn, { maxMessages: 1_000, waitTimeMs: 0 });
  const handles = received.map(({ receiptHandle }) => receiptHandle);
  await simulators.sqs.deleteMessages(replayQueue.queueArn, handles);
  return received.map(({ body, attributes }) => ({ ...decodeReplayMessage(body), group: attributes.MessageGroupId }));
}

const begin = (body: object = {}) => api.ok('POST', '/v1/replays', { body });
const refused = (body: object) => api.refused(400, 'VALIDATION_FAILED', 'POST', '/v1/replays', { body });
const at = (minutesAgo: number) => Date.now() - minutesAgo * 60_000;

describe('a new replay', () => {
  it('a replay replays all dead letters up to now by default, at 50 a second', async () => {
    const before = new Date().toISOString();
    const { id, ...replay } = await begin();
    expect(replay).toEqual({
      status: 'running',
      reason: null,
      selection: { destination_id: null, status: ['dead'], since: null, until: expect.any(String) },
      rate_limit_per_second: 50,
      total: expect.any(Number),
      replayed: 0,
      skipped: { destination_deleted: 0, destination_archived: 0, event_expired: 0, attempted_since: 0 },
      position: { part: 'dead', event_created_at: null },
      started_at: expect.any(String),
      updated_at: replay.started_at,
      ended_at: null,
    });
    expect(replay.selection.until >= before && replay.selection.until <= new Date().toISOString()).toBe(true);
    expect(await api.ok('GET', `/v1/replays/${id}`)).toEqual({ id, ...replay });
  });

  it('the message of the first step is in the queue, grouped by organization', async () => {
    const { id } = await begin();
    expect(await messages()).toEqual([
      expect.objectContaining({ replayId: id, step: 0, group: expect.stringMatching(/^org_/) }),
    ]);
  });

  it('a replay never goes beyond the present, whatever was requested', async () => {
    const { selection, started_at } = await begin({ until: '2999-01-01T00:00:00Z' });
    expect(selection.until).toBe(started_at);
  });

  it('the total is known if an index has what was chosen', async () => {
    await history.dead(ends, await history.store(ends.source, 'body', [], at(3)));
    await history.dead(ends, await history.store(ends.source, 'body', [], at(2)));
    const cancelled = await history.dead(ends, await history.store(ends.source, 'body', [], at(1)));
    await api.ok('DELETE', `/v1/dead-letters/${cancelled}`);
    const destination_id = ends.destination;
    const totalOf = async (body: object) => (await begin({ destination_id, ...body })).total;
    expect(await totalOf({})).toBe(2);
    expect(await totalOf({ status: 'cancelled' })).toBe(1);
    expect(await totalOf({ status: ['dead', 'cancelled'] })).toBe(3);
    expect(await totalOf({ since: new Date(at(2.5)).toISOString() })).toBe(1);
    expect(await totalOf({ status: 'succeeded' })).toBeNull();
    expect(await totalOf({ status: ['dead', 'missing'] })).toBeNull();
  });

  it('a replay of a destination sends what it has missed by default', async () => {
    const body = { since: '2026-01-01T00:00:00Z', rate_limit_per_second: 5 };
    const replay = await api.ok('POST', `/v1/destinations/${ends.destination}/replay`, { body });
    expect(replay).toMatchObject({
      selection: { destination_id: ends.destination, status: ['dead', 'missing'], since: '2026-01-01T00:00:00.000Z' },
      rate_limit_per_second: 5,
      total: null,
    });
  });

  it('a replay of the dead letters of a destination sends nothing else', async () => {
    const body = { destination_id: ends.destination };
    const { selection } = await api.ok('POST', '/v1/dead-letters/replay', { body });
    expect(selection).toMatchObject({ destination_id: ends.destination, status: ['dead'] });
    const withStatus = { body: { ...body, status: 'succeeded' } };
    await api.refused(400, 'VALIDATION_FAILED', 'POST', '/v1/dead-letters/replay', withStatus);
  });
});

describe('an invalid replay', () => {
  it.each([
    [{ status: 'succeeded' }, 'destination_id'],
    [{ status: ['dead', 'missing'] }, 'destination_id'],
    [{ status: 'pending' }, 'status'],
    [{ status: [] }, 'status'],
    [{ rate_limit_per_second: 0 }, 'rate_limit_per_second'],
    [{ rate_limit_per_second: 101 }, 'rate_limit_per_second'],
    [{ since: '2026-01-02T00:00:00Z', until: '2026-01-01T00:00:00Z' }, 'until'],
    [{ since: '2999-01-01T00:00:00Z' }, 'since'],
    [{ limit: 100 }, 'limit'],
  ])('a replay is rejected for %j', async (body, path) => {
    const { details } = await refused(body);
    expect(details[0].path).toMatch(new RegExp(`^${path}`));
    expect(await messages()).toEqual([]);
  });

  it('a replay is rejected for an archived or deleted destination', async () => {
    const path = `/v1/destinations/${ends.destination}`;
    await api.ok('POST', `${path}/archive`);
    const { message } = await api.refused(409, 'CONFLICT', 'POST', `${path}/replay`, { body: {} });
    expect(message).toContain(`unarchive ${ends.destination} first`);
    await api.ok('DELETE', path);
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'POST', `${path}/replay`, { body: {} });
    expect(await messages()).toEqual([]);
  });
});

describe('replays', () => {
  it('replays are listed newest first, all or in one state, page by page', async () => {
    const organization = 'team-lists';
    await api.ok('POST', '/v1/organizations', { body: { name: organization } });
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) {
      ids.unshift((await api.ok('POST', '/v1/replays', { body: {}, organization })).id);
      // Within the same millisecond their order would be random.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await api.ok('POST', `/v1/replays/${ids[1]}/cancel`, { organization });
    const list = async (query: Record<string, string>) => {
      const { replays, cursor } = await api.ok('GET', '/v1/replays', { query, organization });
      return { ids: replays.map(({ id }: { id: string }) => id), cursor };
    };
    expect((await list({})).ids).toEqual(ids);
    expect((await list({ status: 'cancelled' })).ids).toEqual([ids[1]]);
    expect((await list({ status: 'running' })).ids).toEqual([ids[0], ids[2]]);
    const first = await list({ limit: '2' });
    expect(first.ids).toEqual(ids.slice(0, 2));
    expect((await list({ limit: '2', cursor: first.cursor })).ids).toEqual(ids.slice(2));
  });

  it('a cancelled replay has an end time and cannot be cancelled again', async () => {
    const { id } = await begin();
    const cancelled = await api.ok('POST', `/v1/replays/${id}/cancel`);
    expect(cancelled).toMatchObject({ status: 'cancelled', ended_at: expect.any(String) });
    const { message } = await api.refused(409, 'CONFLICT', 'POST', `/v1/replays/${id}/cancel`);
    expect(message).toBe(`${id} can't be cancelled: it is cancelled`);
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'POST', `/v1/replays/${newId('rpl')}/cancel`);
  });

  it('replays are not listed among the connections of their destination', async () => {
    await begin({ destination_id: ends.destination });
    const query = { destination_id: ends.destination };
    expect((await api.ok('GET', '/v1/connections', { query })).connections).toHaveLength(1);
  });
});
