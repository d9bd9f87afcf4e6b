import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId } from '../../../core/ids.ts';
import { decodeDelivery } from '../../messages/delivery.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { type Connected, HistoryUnderTest } from '../testing/history.fixture.ts';

let api: ApiUnderTest;
let history: HistoryUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
  history = new HistoryUnderTest(api.services);
});
afterAll(() => api.close());

const filter = { $or: [{ body: { n: { $gt: 5 } } }, { headers: { 'x-event': 'push' } }] };

/** A source with two destinations: one wants `n` = 1, the other wants everything. */
async function filtered(): Promise<{ readonly ends: Connected; readonly other: Connected }> {
  const ends = await history.connected(api);
  await api.ok('PATCH', `/v1/connections/${ends.connection}`, { body: { filter: { body: { n: 1 } } } });
  const destination = await api.ok('POST', `/v1/sources/${ends.source}/destinations`, {
    body: { url: 'https://example.com/other' },
  });
  return { ends, other: { source: ends.source, destination: destination.id, connection: destination.connection_id } };
}

async function sentMessages() {
  const { simulators, deliveryQueue } = api.services;
  const messages = await simulators.sqs.receiveMessages(deliveryQueue.queueArn, { maxMessages: 100, waitTimeMs: 0 });
  await simulators.sqs.deleteMessages(
    deliveryQueue.queueArn,
    messages.map(({ receiptHandle }) => receiptHandle),
  );
  return messages.map(({ body }) => decodeDelivery(body));
}

describe('the filter of a connection', () => {
  it('a filter is set, changed and removed, and shown as it was written', async () => {
    const [source, destination] = [
      await api.ok('POST', '/v1/sources', { body: { name: 'github' } }),
      await api.ok('POST', '/v1/destinations', { body: { url: 'https://example.com/hook' } }),
    ];
    const ends = { source_id: source.id, destination_id: destination.id };
    const { id, ...created } = await api.ok('POST', '/v1/connections', { body: { ...ends, filter } });
    expect(JSON.stringify(created.filter)).toBe(JSON.stringify(filter));
    const path = `/v1/connections/${id}`;
    expect((await api.ok('GET', path)).filter).toEqual(filter);
    expect((await api.ok('PATCH', path, { body: { name: 'Pushes' } })).filter).toEqual(filter);
    const other = { body: { 'a.b': { $in: [null, { $numberLong: '9007199254740993' }] } } };
    expect((await api.ok('PATCH', path, { body: { filter: other } })).filter).toEqual(other);
    const list = await api.ok('GET', '/v1/connections', { query: { source_id: source.id } });
    expect(list.connections).toMatchObject([{ name: 'Pushes', filter: other }]);
    expect((await api.ok('PATCH', path, { body: { filter: null } })).filter).toBeNull();
    expect((await api.ok('GET', path)).filter).toBeNull();
  });

  it('an invalid filter is rejected with the paths of its problems, and changes nothing', async () => {
    const { connection } = await history.connected(api);
    const before = api.storedText();
    const wrong = { $and: [{ body: { amount: { $gt: true } } }, { bdy: 1 }] };
    for (const [method, path, rest] of [
      ['PATCH', `/v1/connections/${connection}`, {}],
      ['POST', '/v1/connections', { source_id: newId('src'), destination_id: newId('dst') }],
      ['POST', '/v1/filters/test', { event: { body: '{}' } }],
    ] as const) {
      const body = { ...rest, filter: wrong };
      const { details } = await api.refused(400, 'VALIDATION_FAILED', method, path, { body });
      expect(details).toEqual([
        { path: 'filter.$and.0.body.amount.$gt', problem: 'must be a number or a string' },
        { path: 'filter.$and.1.bdy', problem: expect.stringContaining('must be one of') },
      ]);
    }
    expect(api.storedText()).toBe(before);
  });

  it('a condition on a field named __proto__ is preserved', async () => {
    const { connection } = await history.connected(api);
    const text = '{"filter":{"body":{"__proto__":{"a":1}}}}';
    const { filter: kept } = await api.ok('PATCH', `/v1/connections/${connection}`, { body: JSON.parse(text) });
    expect(JSON.stringify({ filter: kept })).toBe(text);
  });
});

describe('an event that a filter keeps out', () => {
  it('the event shows where it did not go, and has no delivery there', async () => {
    const { ends, other } = await filtered();
    const id = await history.store(ends.source, '{"n":2}');
    const event = await api.ok('GET', `/v1/events/${id}`);
    expect(event.deliveries).toMatchObject([{ destination_id: other.destination, status: 'pending' }]);
    expect(event.filtered).toEqual([{ connection_id: ends.connection, destination_id: ends.destination }]);
    const { deliveries } = await api.ok('GET', '/v1/deliveries', { query: { event_id: id } });
    expect(deliveries).toHaveLength(1);
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'GET', `/v1/deliveries/${history.jobFor(id, ends).deliveryId}`);
  });

  it('a replay to all leaves the event out, a replay to one destination sends it', async () => {
    const { ends, other } = await filtered();
    const id = await history.store(ends.source, '{"n":2}', [], Date.now() - 60_000);
    const toAll = await api.ok('POST', `/v1/events/${id}/replay`, { body: {} });
    expect(toAll.deliveries).toMatchObject([{ destination_id: other.destination }]);
    const toOne = await api.ok('POST', `/v1/events/${id}/replay`, { body: { destination_id: ends.destination } });
    expect(toOne.deliveries).toMatchObject([{ destination_id: ends.destination }]);
    const sent = await sentMessages();
    expect(sent.map(({ job }) => job.destinationId)).toEqual([other.destination, ends.destination]);
  });

  it('a delivery of the event is not pending, but can be sent', async () => {
    const { ends } = await filtered();
    const [kept, matching] = [await history.store(ends.source, '{"n":2}'), await history.store(ends.source, '{"n":1}')];
    const body = { destination_id: ends.destination };
    expect((await api.ok('POST', `/v1/events/${kept}/replay`, { body })).deliveries).toHaveLength(1);
    await api.refused(409, 'CONFLICT', 'POST', `/v1/events/${matching}/replay`, { body });
  });
});

describe('an event from before the filter of its connection was changed', () => {
  beforeEach(async () => {
    await sentMessages();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  });
  afterEach(() => void vi.useRealTimers());
  const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);
  const change = (ends: Connected, body: object) => api.ok('PATCH', `/v1/connections/${ends.connection}`, { body });
  const toAll = async (id: string) => (await api.ok('POST', `/v1/events/${id}/replay`, { body: {} })).deliveries;
  const shown = async (id: string) => {
    const { deliveries, filtered } = await api.ok('GET', `/v1/events/${id}`);
    return { deliveries: deliveries.length, filtered: filtered.length };
  };

  /** An event that the filter excluded at fan-out. The connection's filter was then changed to let it through. */
  async function letThroughSince(filter: object | null = null, body = '{"n":2}') {
    const ends = await history.connected(api);
    await change(ends, { filter: { body: { n: 1 } } });
    const id = await history.store(ends.source, body);
    pass(1_000);
    await change(ends, { filter });
    pass(6_000);
    return { ends, id, delivery: history.jobFor(id, ends).deliveryId };
  }

  it('a delivery without a row is not shown as pending, because the earlier filter is unknown', async () => {
    const { ends, id, delivery } = await letThroughSince();
    const event = await api.ok('GET', `/v1/events/${id}`);
    expect(event.deliveries).toEqual([]);
    expect(event.filtered).toEqual([{ connection_id: ends.connection, destination_id: ends.destination }]);
    expect((await api.ok('GET', '/v1/deliveries', { query: { event_id: id } })).deliveries).toEqual([]);
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'GET', `/v1/deliveries/${delivery}`);
  });

  it('a replay to all, a replay to one destination, and a retry each send the event', async () => {
    for (const send of [
      ({ id }) => toAll(id),
      async ({ id, ends }) => {
        const body = { destination_id: ends.destination };
        return (await api.ok('POST', `/v1/events/${id}/replay`, { body })).deliveries;
      },
      async ({ delivery }) => [await api.ok('POST', `/v1/deliveries/${delivery}/retry`)],
    ] as ((kept: Awaited<ReturnType<typeof letThroughSince>>) => Promise<object[]>)[]) {
      const kept = await letThroughSince();
      const pending = { id: kept.delivery, status: 'pending', attempt_count: 0 };
      expect(await send(kept)).toMatchObject([pending]);
      expect((await sentMessages()).map(({ job }) => job)).toMatchObject([
        { deliveryId: kept.delivery, attempt: 1, roundStart: 1, startsReplay: true },
      ]);
      expect(await api.ok('GET', `/v1/deliveries/${kept.delivery}`)).toMatchObject(pending);
      expect(await shown(kept.id)).toEqual({ deliveries: 1, filtered: 0 });
      await api.refused(409, 'CONFLICT', 'POST', `/v1/deliveries/${kept.delivery}/retry`);
      expect(await toAll(kept.id)).toEqual([]);
    }
  });

  it('a replay to all leaves the event out where the new filter excludes it as well', async () => {
    const { id, delivery } = await letThroughSince({ body: { n: 3 } });
    expect(await toAll(id)).toEqual([]);
    expect(await shown(id)).toEqual({ deliveries: 0, filtered: 1 });
    await api.ok('POST', `/v1/deliveries/${delivery}/retry`);
    expect(await sentMessages()).toHaveLength(1);
  });

  it('a delivery that may be under way after all can be cancelled', async () => {
    const { id, delivery } = await letThroughSince();
    const cancelled = { status: 'cancelled', reason: 'by_request', attempt_count: 0 };
    expect(await api.ok('POST', `/v1/deliveries/${delivery}/cancel`)).toMatchObject(cancelled);
    expect(await api.ok('GET', `/v1/deliveries/${delivery}`)).toMatchObject(cancelled);
    expect(await shown(id)).toEqual({ deliveries: 1, filtered: 0 });
  });

  it('later events are still shown as pending', async () => {
    const { ends } = await letThroughSince();
    const id = await history.store(ends.source, '{"n":2}');
    expect(await shown(id)).toEqual({ deliveries: 1, filtered: 0 });
    expect(await toAll(id)).toEqual([]);
  });

  it('an event stays pending when other settings change, or the filter is set to the same', async () => {
    const ends = await history.connected(api);
    await change(ends, { filter: { body: { n: 1 } } });
    const id = await history.store(ends.source, '{"n":1}');
    pass(1_000);
    expect(await change(ends, { name: 'Ones', filter: { body: { n: 1 } } })).toMatchObject({
      name: 'Ones',
      filter: { body: { n: 1 } },
      updated_at: new Date().toISOString(),
    });
    await change(ends, { description: 'all of them' });
    expect(await shown(id)).toEqual({ deliveries: 1, filtered: 0 });
    expect(await toAll(id)).toEqual([]);
    const delivery = history.jobFor(id, ends).deliveryId;
    await api.refused(409, 'CONFLICT', 'POST', `/v1/deliveries/${delivery}/retry`);
  });
});

describe('an event for which a filter can not be evaluated', () => {
  it('the delivery is pending until it ends, and a replay to all ends it again', async () => {
    const { ends } = await filtered();
    const id = await history.store(ends.source, 'no JSON', [], Date.now() - 60_000);
    await sentMessages();
    await api.ok('POST', `/v1/events/${id}/replay`, { body: {} });
    const sent = new Map((await sentMessages()).map(({ job, failure }) => [job.destinationId as string, failure]));
    expect(sent.get(ends.destination)).toBe('the body is not JSON');
    const event = await api.ok('GET', `/v1/events/${id}`);
    expect([event.deliveries.length, event.filtered]).toEqual([2, []]);
  });

  it('the delivery becomes a dead letter with its reason', async () => {
    const { ends } = await filtered();
    const id = await history.store(ends.source, 'no JSON');
    const job = history.jobFor(id, ends);
    const message = 'the body is not JSON';
    await history.end(job, { status: 'dead', reason: 'filter_failed', reasonMessage: message });
    const shown = { reason: 'filter_failed', reason_message: message, attempt_count: 0 };
    expect(await api.ok('GET', `/v1/deliveries/${job.deliveryId}`)).toMatchObject(shown);
    const query = { destination_id: ends.destination };
    expect((await api.ok('GET', '/v1/dead-letters', { query })).dead_letters).toMatchObject([shown]);
    const replayed = await api.ok('POST', `/v1/dead-letters/${job.deliveryId}/replay`);
    expect(replayed).toMatchObject({ status: 'pending', reason: null, reason_message: null });
    const [sent] = (await sentMessages()).filter((one) => one.job.deliveryId === job.deliveryId);
    expect(sent).toMatchObject({ job: { startsReplay: true } });
    expect(sent?.failure).toBeUndefined();
  });
});

describe('a test of a filter', () => {
  const test = (body: object) => api.ok('POST', '/v1/filters/test', { body });

  it('the test says whether a given event matches', async () => {
    const event = { method: 'PUT', path: '/a', query: '?x=1', headers: { 'X-Event': ['a', 'push'] }, body: '{"n":3}' };
    expect(await test({ filter, event })).toEqual({ matches: true, error: null });
    expect(await test({ filter: { query: { x: '1' }, method: 'PUT' }, event })).toMatchObject({ matches: true });
    expect(await test({ filter: { body: { n: 4 } }, event })).toEqual({ matches: false, error: null });
    expect(await test({ filter: { event_type: 'push' }, event })).toMatchObject({ matches: false });
    const typed = { ...event, event_type: 'push' };
    expect(await test({ filter: { event_type: 'push' }, event: typed })).toMatchObject({ matches: true });
    const base64 = { body: Buffer.from('{"n":6}').toString('base64'), body_encoding: 'base64' };
    expect(await test({ filter, event: base64 })).toMatchObject({ matches: true });
  });

  it('the test says whether a stored event matches, with the event type of its source', async () => {
    const { id: source } = await api.ok('POST', '/v1/sources', {
      body: { name: 'github', verification: { type: 'github', secret: 'a secret of the sender' } },
    });
    const event_id = await history.store(source, '{"n":6}', [['X-GitHub-Event', 'push']]);
    expect(await test({ filter, event_id })).toEqual({ matches: true, error: null });
    expect(await test({ filter: { event_type: 'push', path: '/orders' }, event_id })).toMatchObject({ matches: true });
    expect(await test({ filter: { event_type: 'issues' }, event_id })).toMatchObject({ matches: false });
  });

  it('the test says why a filter cannot be evaluated', async () => {
    const answer = await test({ filter: { body: { n: 1 } }, event: { body: 'n=1' } });
    expect(answer).toEqual({ matches: null, error: 'the body is not JSON' });
  });

  it('the test takes either a stored event or a given one', async () => {
    for (const subject of [{}, { event_id: newId('evt'), event: {} }]) {
      const body = { filter, ...subject };
      const { details } = await api.refused(400, 'VALIDATION_FAILED', 'POST', '/v1/filters/test', { body });
      expect(details).toMatchObject([{ path: 'event_id' }]);
    }
    const body = { filter, event_id: newId('evt') };
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'POST', '/v1/filters/test', { body });
  });

  it('read keys may not test filters, which could reveal masked headers', async () => {
    const { key } = await api.newKey('read');
    const body = { filter, event: {} };
    await api.refused(403, 'FORBIDDEN', 'POST', '/v1/filters/test', { key, body });
  });
});
