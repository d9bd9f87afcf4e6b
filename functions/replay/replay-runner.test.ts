import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId } from '../../core/ids.ts';
import { resourceNames } from '../../test/support/services.ts';
import { ApiUnderTest } from '../management/testing/api.fixture.ts';
import type { Connected } from '../management/testing/history.fixture.ts';
import { logger } from '../shared/logger.ts';
import { deliveryKey } from '../stores/deliveries/delivery-row.ts';
import { LONG_AGO_MS, ReplaysUnderTest } from './replays.fixture.ts';

let api: ApiUnderTest;
let replays: ReplaysUnderTest;
let ends: Connected;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
beforeEach(async () => {
  replays = await ReplaysUnderTest.start(api);
  ends = await replays.connected();
});
afterAll(() => api.close());

const RETENTION_MS = 30 * 86_400_000;
const NOTHING_SKIPPED = { destination_deleted: 0, destination_archived: 0, event_expired: 0, attempted_since: 0 };
const iso = (timeMs: number) => new Date(timeMs).toISOString();
const idsOf = (jobs: readonly { deliveryId: string }[]) => jobs.map(({ deliveryId }) => deliveryId);
const deadLettersOf = async (destination_id: string): Promise<unknown[]> =>
  (await replays.ok('GET', '/v1/dead-letters', { query: { destination_id } })).dead_letters;

describe('a replay of dead letters', () => {
  it('a replay sends all dead letters of the organization, the oldest event first, and empties the list and the queue', async () => {
    const other = await replays.connected();
    const [first, third] = [await replays.event(ends, 1), await replays.event(ends, 3)];
    const second = await replays.event(other, 2);
    const ids = [await replays.dead(ends, first), await replays.dead(other, second), await replays.dead(ends, third)];
    const { id } = await replays.begin();
    await replays.run();
    const jobs = await replays.allJobs();
    expect(idsOf(jobs).sort()).toEqual([...ids].sort());
    for (const job of jobs) expect(job).toMatchObject({ attempt: 2, roundStart: 2, startsReplay: true });
    expect(await replays.shown(id)).toMatchObject({
      status: 'completed',
      total: 3,
      replayed: 3,
      skipped: NOTHING_SKIPPED,
      position: null,
      ended_at: expect.any(String),
    });
    for (const delivery of ids) expect(await replays.statusOf(delivery)).toBe('pending');
    expect(replays.depth('deadLetterQueue')).toBe(0);
    expect(await deadLettersOf(ends.destination)).toEqual([]);
  });

  it('a replay announces its completion and its outcome', async () => {
    await replays.deadOnes(ends, 2);
    const { id } = await replays.begin({ destination_id: ends.destination });
    await replays.run();
    expect(replays.announced).toEqual([
      {
        type: 'replay.completed',
        detail: {
          organization_id: replays.organizationId,
          replay_id: id,
          destination_id: ends.destination,
          replayed: 2,
          skipped: NOTHING_SKIPPED,
        },
      },
    ]);
    await replays.allJobs();
  });

  it('a replay of one destination and period leaves all other dead letters in the list and in the queue', async () => {
    const other = await replays.connected();
    const [foreign = ''] = await replays.deadOnes(other, 1);
    const [before = '', within = '', after = ''] = await replays.deadOnes(ends, 3);
    const time = { since: iso(LONG_AGO_MS + 1), until: iso(LONG_AGO_MS + 2) };
    await replays.begin({ destination_id: ends.destination, ...time }, '/v1/dead-letters/replay');
    await replays.run();
    expect(idsOf(await replays.allJobs())).toEqual([within]);
    for (const id of [foreign, before, after]) expect(await replays.statusOf(id)).toBe('dead');
    expect(replays.depth('deadLetterQueue')).toBe(3);
  });

  it('a replay completes with its last delivery, even if messages that another replay hides leave the queue minutes later', async () => {
    const [dead = ''] = await replays.deadOnes(ends, 1);
    await replays.begin({ destination_id: ends.destination, until: iso(LONG_AGO_MS) }, '/v1/dead-letters/replay');
    await replays.run();
    const { id } = await replays.begin();
    await replays.step();
    const sent = { status: 'completed', replayed: 1, ended_at: expect.any(String) };
    expect(await replays.shown(id)).toMatchObject({ ...sent, position: { part: 'queue', event_created_at: null } });
    expect(idsOf(await replays.allJobs())).toEqual([dead]);
    expect(replays.depth('deadLetterQueue')).toBe(1);
    await replays.run();
    expect(replays.depth('deadLetterQueue')).toBe(0);
    expect(await replays.shown(id)).toMatchObject({ ...sent, position: null });
    expect(replays.announced.map(({ type }) => type)).toEqual(['replay.completed', 'replay.completed']);
  });

  it('skipped dead letters stay dead, and the replay says why it skipped them', async () => {
    const [archived, deleted] = [await replays.connected(), await replays.connected()];
    const skipped = [...(await replays.deadOnes(archived, 1)), ...(await replays.deadOnes(deleted, 1))];
    const expired = replays.history.jobFor(await replays.event(ends, 0), { ...ends, source: newId('src') });
    await replays.dead({ ...ends, source: expired.sourceId }, expired.eventId);
    const [sent = ''] = await replays.deadOnes(ends, 1);
    await replays.ok('POST', `/v1/destinations/${archived.destination}/archive`);
    await replays.ok('DELETE', `/v1/destinations/${deleted.destination}`);
    const { id } = await replays.begin();
    await replays.run();
    expect(idsOf(await replays.allJobs())).toEqual([sent]);
    expect(await replays.shown(id)).toMatchObject({
      total: 4,
      replayed: 1,
      skipped: { destination_archived: 1, destination_deleted: 1, event_expired: 1, attempted_since: 0 },
    });
    expect(await replays.statusOf(skipped[0] ?? '')).toBe('dead');
    expect(replays.depth('deadLetterQueue')).toBe(3);
  });

  it('a delivery that dies again is not sent again, and leaves one message in the queue', async () => {
    const [delivery = ''] = await replays.deadOnes(ends, 1);
    const { id } = await replays.begin({ destination_id: ends.destination, status: ['succeeded', 'dead'] });
    // The list of those that succeeded, and the page of the dead.
    await replays.step();
    await replays.step();
    const [job] = await replays.allJobs();
    expect(job?.deliveryId).toBe(delivery);
    if (job) await replays.dieAgain(job);
    await replays.run();
    expect(await replays.allJobs()).toEqual([]);
    expect(await replays.shown(id)).toMatchObject({ status: 'completed', replayed: 1 });
    expect(replays.depth('deadLetterQueue')).toBe(1);
  });

  it.each([
    { count: 25, rate: 1 },
    { count: 95, rate: 10 },
    { count: 120, rate: 50 },
  ])('a replay sends $count deliveries at $rate a second, and no faster in any second', async ({ count, rate }) => {
    const ids = await replays.deadOnes(ends, count);
    await replays.begin({ destination_id: ends.destination, rate_limit_per_second: rate });
    const perSecond: string[][] = [];
    while (replays.depth('replayQueue') + replays.depth('deliveryQueue') > 0) {
      while (await replays.step());
      perSecond.push(idsOf(await replays.dueJobs()).sort());
      await api.services.clock.advance(1_000);
    }
    // Full seconds one after the other, and the oldest events first.
    const expected = Array.from({ length: Math.ceil(count / rate) }, (_, second) =>
      ids.slice(second * rate, (second + 1) * rate),
    );
    expect(perSecond.slice(0, expected.length)).toEqual(expected);
    expect(perSecond.slice(expected.length).flat()).toEqual([]);
  });
});

describe('a replay that is cancelled', () => {
  it('a cancelled replay sends nothing after the current step, and removes the dead letters that it sent from the queue', async () => {
    await replays.deadOnes(ends, 25);
    const { id } = await replays.begin({ destination_id: ends.destination, rate_limit_per_second: 1 });
    await replays.step();
    expect(await replays.shown(id)).toMatchObject({ status: 'running', total: 25, replayed: 10 });
    expect(await replays.ok('POST', `/v1/replays/${id}/cancel`)).toMatchObject({ status: 'cancelled' });
    await replays.run();
    expect(await replays.allJobs()).toHaveLength(10);
    expect(await replays.shown(id)).toMatchObject({ status: 'cancelled', replayed: 10 });
    expect(await deadLettersOf(ends.destination)).toHaveLength(15);
    expect(replays.depth('deadLetterQueue')).toBe(15);
    expect(replays.announced).toEqual([]);
    const { organizationId: organization } = replays;
    await api.refused(409, 'CONFLICT', 'POST', `/v1/replays/${id}/cancel`, { organization });
  });

  it('a replay cancelled during a step counts the deliveries of that step', async () => {
    await replays.deadOnes(ends, 25);
    const { id } = await replays.begin({ destination_id: ends.destination, rate_limit_per_second: 1 });
    const { sqs } = api.services.clients;
    const send = sqs.send.bind(sqs);
    const cancelling = vi.spyOn(sqs, 'send').mockImplementationOnce(async (command) => {
      await replays.ok('POST', `/v1/replays/${id}/cancel`);
      return send(command as never);
    });
    await replays.step();
    cancelling.mockRestore();
    await replays.run();
    expect(await replays.shown(id)).toMatchObject({ status: 'cancelled', replayed: 10 });
    expect(await replays.allJobs()).toHaveLength(10);
  });
});

describe('a replay of a destination', () => {
  it('succeeded, cancelled and dead deliveries are sent once each, whatever becomes of them meanwhile', async () => {
    const ids = [
      await replays.ended(ends, await replays.event(ends, 1), { status: 'succeeded' }),
      await replays.ended(ends, await replays.event(ends, 2), { status: 'cancelled', reason: 'by_request' }),
      await replays.dead(ends, await replays.event(ends, 3)),
    ];
    const body = { destination_id: ends.destination, status: ['dead', 'succeeded', 'cancelled'] };
    const { id, selection } = await replays.begin(body);
    expect(selection.status).toEqual(['cancelled', 'succeeded', 'dead']);
    const sent: string[] = [];
    while (await replays.step()) {
      await api.services.clock.advance(1_000);
      for (const job of await replays.dueJobs()) {
        sent.push(job.deliveryId);
        await replays.dieAgain(job);
      }
    }
    expect(sent.sort()).toEqual(ids.sort());
    const { replayed, skipped } = await replays.shown(id);
    expect({ replayed, skipped }).toEqual({ replayed: 3, skipped: { ...NOTHING_SKIPPED, attempted_since: 2 } });
  });

  it.each([
    ['cancelled', 'dead'],
    ['dead', 'cancelled'],
  ] as const)('a %s delivery that the replay has made %s without an attempt is not sent again', async (first, then) => {
    const event = await replays.event(ends, 1);
    await (first === 'dead'
      ? replays.dead(ends, event)
      : replays.ended(ends, event, { status: first, reason: 'by_request' }));
    const { id } = await replays.begin({ destination_id: ends.destination, status: ['cancelled', 'dead'] });
    let sent = 0;
    while (await replays.step()) {
      await api.services.clock.advance(1_000);
      for (const job of await replays.dueJobs()) {
        sent++;
        await replays.history.end(job, { status: then, reason: 'of_its_transform' });
      }
    }
    expect(sent).toBe(1);
    expect(await replays.shown(id)).toMatchObject({ status: 'completed', replayed: 1 });
  });

  it('deliveries that are under way, wait for a retry or are held are not sent', async () => {
    const nextAttemptAtMs = Date.now() + 60_000;
    await replays.ended(ends, await replays.event(ends, 1), { status: 'retrying', nextAttemptAtMs });
    await replays.ended(ends, await replays.event(ends, 2), { status: 'held', heldAtMs: LONG_AGO_MS });
    const status = ['dead', 'succeeded', 'cancelled', 'missing'];
    await replays.begin({ destination_id: ends.destination, status });
    await replays.run();
    expect(await replays.allJobs()).toEqual([]);
  });

  it('a destination is sent what it has missed: dead letters, and events from before it was connected', async () => {
    const early = await replays.history.store(ends.source, 'body', [], Date.now() - 60_000);
    const another = await replays.connected(ends.source);
    await replays.ended(ends, early, { status: 'succeeded' });
    const dead = await replays.dead(another, await replays.event(ends, 2));
    const missing = replays.history.jobFor(early, another).deliveryId;
    const { id, selection } = await replays.begin({}, `/v1/destinations/${another.destination}/replay`);
    expect(selection).toMatchObject({ destination_id: another.destination, status: ['dead', 'missing'] });
    await replays.run();
    const jobs = await replays.allJobs();
    expect(jobs.map(({ deliveryId, attempt }) => [deliveryId, attempt])).toEqual([
      [dead, 2],
      [missing, 1],
    ]);
    expect(await replays.shown(id)).toMatchObject({ status: 'completed', total: null, replayed: 2 });
    expect(await replays.statusOf(missing)).toBe('pending');
    // It is there now.
    await replays.begin({}, `/v1/destinations/${another.destination}/replay`);
    await replays.run();
    expect(await replays.allJobs()).toEqual([]);
  });

  it('expired events do not count as missing, whichever of their rows DynamoDB deletes first', async () => {
    const early = await replays.history.store(ends.source, 'body', [], Date.now() - RETENTION_MS);
    const delivery = await replays.ended(ends, early, { status: 'succeeded' });
    const Key = deliveryKey(replays.history.jobFor(early, ends).destinationId, delivery);
    await api.services.clients.dynamodb.send(new DeleteItemCommand({ TableName: resourceNames.deliveries, Key }));
    await replays.begin({}, `/v1/destinations/${ends.destination}/replay`);
    await replays.run();
    expect(await replays.allJobs()).toEqual([]);
  });

  it('dead letters whose events have expired are skipped, even if their rows still exist', async () => {
    await replays.dead(ends, await replays.history.store(ends.source, 'body', [], Date.now() - RETENTION_MS));
    const { id } = await replays.begin({}, `/v1/destinations/${ends.destination}/replay`);
    await replays.run();
    expect(await replays.shown(id)).toMatchObject({ replayed: 0, skipped: { ...NOTHING_SKIPPED, event_expired: 1 } });
  });

  it('an event without a delivery counts as missing only after an hour', async () => {
    const fresh = await replays.history.store(ends.source, 'body', [], Date.now() + 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const missing = replays.history.jobFor(fresh, ends).deliveryId;
    const replay = async () => {
      await replays.begin({ status: 'missing' }, `/v1/destinations/${ends.destination}/replay`);
      await replays.run();
      return idsOf(await replays.allJobs());
    };
    expect(await replay()).toEqual([]);
    replays.laterMs = 3_600_000 + 1_000;
    expect(await replay()).toEqual([missing]);
  });

  it('events that a filter keeps out are not missing, and those that it fails on are ended', async () => {
    const body = { filter: { body: { n: 1 } } };
    await replays.ok('PATCH', `/v1/connections/${ends.connection}`, { body });
    const store = (text: string, index: number) => replays.history.store(ends.source, text, [], LONG_AGO_MS + index);
    const [wanted, , broken] = [await store('{"n":1}', 0), await store('{"n":2}', 1), await store('no JSON', 2)];
    const { id } = await replays.begin({ status: 'missing' }, `/v1/destinations/${ends.destination}/replay`);
    await replays.run();
    const messages = await replays.dueMessages();
    expect(messages.map(({ job, failure }) => [job.eventId, failure])).toEqual([
      [wanted, undefined],
      [broken, 'the body is not JSON'],
    ]);
    expect(await replays.shown(id)).toMatchObject({ status: 'completed', replayed: 2 });
  });

  it('the missing events of every source are sent page by page', async () => {
    const second = await replays.ok('POST', '/v1/sources', { body: { name: 'second' } });
    for (let index = 0; index < 25; index++) await replays.event(ends, index);
    for (let index = 0; index < 15; index++) await replays.history.store(second.id, 'body', [], LONG_AGO_MS + index);
    const ofSource = { source_id: second.id, destination_id: ends.destination };
    await replays.ok('POST', '/v1/connections', { body: ofSource });
    const body = { status: 'missing', rate_limit_per_second: 1 };
    const { id } = await replays.begin(body, `/v1/destinations/${ends.destination}/replay`);
    await replays.run();
    const sent = idsOf(await replays.allJobs());
    expect([sent.length, new Set(sent).size]).toEqual([40, 40]);
    expect(await replays.shown(id)).toMatchObject({ status: 'completed', replayed: 40 });
  });

  it('a connection deleted meanwhile gets nothing more, and the others get everything', async () => {
    const second = await replays.connected();
    const ofSource = { source_id: second.source, destination_id: ends.destination };
    const newest = await replays.ok('POST', '/v1/connections', { body: ofSource });
    for (let index = 0; index < 15; index++) await replays.event(ends, index);
    for (let index = 0; index < 15; index++) await replays.event(second, 100 + index);
    const body = { status: 'missing', rate_limit_per_second: 1 };
    const { id } = await replays.begin(body, `/v1/destinations/${ends.destination}/replay`);
    await replays.step();
    await replays.ok('DELETE', `/v1/connections/${newest.id}`);
    await replays.run();
    const sent = (await replays.allJobs()).map(({ sourceId }) => sourceId);
    expect(sent.filter((source) => source === second.source)).toHaveLength(10);
    expect(sent.filter((source) => source === ends.source)).toHaveLength(15);
    expect(await replays.shown(id)).toMatchObject({ status: 'completed', replayed: 25 });
  });

  it('a replay fails and says so if its destination is deleted or archived meanwhile', async () => {
    vi.spyOn(logger, 'error').mockImplementation(() => {});
    for (const [reason, change] of [
      ['destination_archived', () => replays.ok('POST', `/v1/destinations/${ends.destination}/archive`)],
      ['destination_deleted', () => replays.ok('DELETE', `/v1/destinations/${ends.destination}`)],
    ] as const) {
      ends = await replays.connected();
      await replays.deadOnes(ends, 15);
      const { id } = await replays.begin({ destination_id: ends.destination, rate_limit_per_second: 1 });
      await replays.step();
      await change();
      await replays.run();
      expect(await replays.shown(id)).toMatchObject({ status: 'failed', reason, replayed: 10 });
      expect(replays.announced.at(-1)).toMatchObject({ type: 'replay.failed', detail: { replay_id: id, reason } });
      expect(await replays.allJobs()).toHaveLength(10);
    }
  });
});
