import { type AttributeValue, BatchWriteItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HeaderList } from '../../../core/deliveries/delivery-headers.ts';
import { encodeRequest } from '../../../core/events/stored-request.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { type EventId, newEventId } from '../../../core/ids.ts';
import { resourceNames } from '../../../test/support/services.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { HistoryUnderTest } from '../testing/history.fixture.ts';
import { ReadMeter } from '../testing/read-meter.fixture.ts';

let api: ApiUnderTest;
let history: HistoryUnderTest;
let meter: ReadMeter;
beforeAll(async () => {
  api = await ApiUnderTest.start();
  history = new HistoryUnderTest(api.services);
  meter = new ReadMeter();
});
afterAll(() => api.close());

const github = { type: 'github', secret: 'a-secret-of-github' };
const stripe = { type: 'stripe', secret: 'a-secret-of-stripe' };
const hmac = { type: 'hmac', secret: 'a-secret-of-another', header: 'X-Signature' };

async function sourceOf(verification: object | null, organization?: string): Promise<string> {
  const body = { name: 'typed', verification };
  return (await api.ok('POST', '/v1/sources', { body, ...(organization && { organization }) })).id;
}

const pushed = (type: string): HeaderList => [['X-GitHub-Event', type]];

interface Listed {
  readonly id: string;
  readonly event_type: string | null;
}

async function list(query: Record<string, string>): Promise<Listed[]> {
  return (await api.ok('GET', '/v1/events', { query })).events;
}

/** The event's type, in the list and on the event's own page. */
async function typesOf(source: string, id: string): Promise<(string | null)[]> {
  const listed = (await list({ source_id: source })).find((event) => event.id === id);
  const { event_type } = await api.ok('GET', `/v1/events/${id}`);
  return [listed?.event_type ?? null, event_type];
}

/** Too long for a row, even compressed. */
const LARGE = 600_000;

describe('the type of an event', () => {
  it.each([
    ['in a header', github, '{"type":"not this"}', pushed('push'), 'push'],
    ['in the body', stripe, '{"type":"invoice.paid"}', pushed('not this'), 'invoice.paid'],
    ['nowhere', github, '{"type":"not this"}', [], null],
    ['in no JSON', stripe, 'type=invoice.paid', [], null],
    ['twice in the headers', github, '', [...pushed('push'), ...pushed('issues')], null],
    ['where the verification knows of none', hmac, '{"type":"a"}', pushed('a'), null],
    ['where nothing is verified', null, '{"type":"a"}', pushed('a'), null],
  ] as const)(
    'the type is what the provider of the source calls it: %s',
    async (_, verification, body, headers, type) => {
      const source = await sourceOf(verification);
      expect(await typesOf(source, await history.store(source, body, headers))).toEqual([type, type]);
    },
  );

  it('a type inside a body stored as an object is null in lists but present in the event itself', async () => {
    const body = JSON.stringify({ type: 'invoice.paid', data: 'x'.repeat(LARGE) });
    const [inBody, inHeader] = [await sourceOf(stripe), await sourceOf(github)];
    expect(await typesOf(inBody, await history.store(inBody, body))).toEqual([null, 'invoice.paid']);
    expect(await typesOf(inHeader, await history.store(inHeader, body, pushed('push')))).toEqual(['push', 'push']);
    expect(await list({ source_id: inBody, event_type: 'invoice.paid' })).toEqual([]);
    expect(await list({ source_id: inHeader, event_type: 'push' })).toHaveLength(1);
  });

  it('the type follows the current verification, and is null once the source is deleted', async () => {
    const source = await sourceOf(null);
    const id = await history.store(source, '{"type":"invoice.paid"}', pushed('push'));
    for (const [verification, type] of [
      [github, 'push'],
      [stripe, 'invoice.paid'],
    ] as const) {
      await api.ok('PATCH', `/v1/sources/${source}`, { body: { verification } });
      expect(await typesOf(source, id)).toEqual([type, type]);
    }
    await api.ok('DELETE', `/v1/sources/${source}`);
    expect(await typesOf(source, id)).toEqual([null, null]);
    expect(await list({ source_id: source })).toMatchObject([{ id }]);
    expect(await list({ source_id: source, event_type: 'invoice.paid' })).toEqual([]);
  });

  it('a published event has a type too, however large its body', async () => {
    const source_id = await sourceOf(stripe);
    const body = JSON.stringify({ type: 'invoice.paid', data: Array.from({ length: 9_000 }, Math.random) });
    expect(body.length).toBeGreaterThan(100_000);
    expect(await api.ok('POST', '/v1/events', { body: { source_id, body } })).toMatchObject({
      event_type: 'invoice.paid',
    });
  });

  it('a page of events reads their source once', async () => {
    const source_id = await sourceOf(github);
    const callsOf = async (limit: string) => {
      meter.reset();
      await list({ source_id, limit });
      return meter.calls;
    };
    await history.store(source_id, '', pushed('push'));
    const ofOne = await callsOf('1');
    for (let stored = 0; stored < 9; stored++) await history.store(source_id, '', pushed('push'));
    expect(ofOne).toContain('QueryCommand');
    expect(await callsOf('10')).toEqual(ofOne);
  });
});

describe('events of one type', () => {
  it('events are found in every source by their exact type, newest first', async () => {
    const [one, other, untyped] = [await sourceOf(github), await sourceOf(stripe), await sourceOf(null)];
    const at = (second: number) => Date.UTC(2900, 0, 1, 0, 0, second);
    const first = await history.store(one, '', pushed('deploy'), at(1));
    const second = await history.store(other, '{"type":"deploy"}', [], at(2));
    const third = await history.store(one, '', pushed('deploy'), at(3));
    await history.store(one, '', pushed('deployment'), at(4));
    await history.store(one, '', pushed('Deploy'), at(5));
    await history.store(untyped, '{"type":"deploy"}', pushed('deploy'), at(6));
    const ids = async (query: object) => (await list({ event_type: 'deploy', ...query })).map(({ id }) => id);
    expect(await ids({})).toEqual([third, second, first]);
    expect(await ids({ source_id: one })).toEqual([third, first]);
    expect(await ids({ since: new Date(at(2)).toISOString(), until: new Date(at(3)).toISOString() })).toEqual([second]);
    expect(await ids({ source_id: untyped })).toEqual([]);
    expect(await list({ event_type: 'deploy ' })).toEqual([]);
  });

  it('events of another organization are never found', async () => {
    await api.ok('POST', '/v1/organizations', { body: { name: 'type-watchers' } });
    const [ours, theirs] = [await sourceOf(github), await sourceOf(github, 'type-watchers')];
    await history.store(ours, '', pushed('ours'));
    for (const source_id of [undefined, ours, theirs]) {
      const query = { event_type: 'ours', ...(source_id && { source_id }) };
      const organization = 'type-watchers';
      const answer = await api.ok('GET', '/v1/events', { query, organization });
      expect(answer).toEqual({ events: [], cursor: null, has_more: false });
    }
    expect(await list({ event_type: 'ours', source_id: theirs })).toEqual([]);
  });

  it.each(['', 'x'.repeat(1_025)])('an invalid type is rejected: %#', async (event_type) => {
    const { details } = await api.refused(400, 'VALIDATION_FAILED', 'GET', '/v1/events', { query: { event_type } });
    expect(details).toEqual([{ path: 'event_type', problem: expect.any(String) }]);
    await api.ok('GET', '/v1/events', { query: { event_type: 'x'.repeat(1_024) } });
  });

  it('a cursor belongs to its type', async () => {
    const source_id = await sourceOf(github);
    for (const type of ['a', 'a', 'b']) await history.store(source_id, '', pushed(type));
    const { cursor } = await api.ok('GET', '/v1/events', { query: { source_id, event_type: 'a', limit: '1' } });
    expect(cursor).not.toBeNull();
    for (const other of [{ event_type: 'b' }, {}]) {
      const query = { source_id, ...other, cursor };
      await api.refused(400, 'VALIDATION_FAILED', 'GET', '/v1/events', { query });
    }
  });
});

describe('a search through many events', () => {
  type Row = Record<string, AttributeValue>;
  const START_MS = Date.UTC(2950, 0, 1);
  const HOUR_MS = 3_600_000;
  let organization: string;
  let made = 0;
  beforeEach(async () => {
    organization = `searchers-${++made}`;
    await api.ok('POST', '/v1/organizations', { body: { name: organization } });
  });

  /** Writes rows as ingest does, many at once; the map is keyed by the hour. */
  async function store(
    source: string,
    events: ReadonlyMap<number, { readonly type: string; readonly body?: string }>,
  ): Promise<Map<number, EventId>> {
    const sourceId = idSchema('src').parse(source);
    const { dynamodb } = api.services.clients;
    const { events: table } = resourceNames;
    const sample = await history.store(source, '', [], START_MS - HOUR_MS);
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName: table, Key: { source_id: { S: source }, id: { S: sample } } }),
    );
    const ids = new Map([...events.keys()].map((hour) => [hour, newEventId(sourceId, START_MS + hour * HOUR_MS)]));
    const rows = [...events].map(([hour, { type, body = '' }]): Row => {
      const head = { method: 'POST', path: '', query: '', headers: pushed(type), sourceIp: '203.0.113.7' };
      const request = encodeRequest({ head, body: { kind: 'inline', bytes: Buffer.from(body) } });
      return { ...Item, id: { S: ids.get(hour) ?? '' }, request: { B: request } };
    });
    for (let start = 0; start < rows.length; start += 25) {
      const requests = rows.slice(start, start + 25).map((row) => ({ PutRequest: { Item: row } }));
      await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    }
    return ids;
  }

  const hours = (count: number, typeAt: (hour: number) => string) =>
    new Map(Array.from({ length: count }, (_, hour) => [hour, { type: typeAt(hour) }]));

  /** The ids on each page, and how many reads the page took. */
  async function pages(query: Record<string, string>): Promise<{ ids: string[]; calls: number }[]> {
    const found: { ids: string[]; calls: number }[] = [];
    let cursor: string | null = null;
    do {
      meter.reset();
      const page = await api.ok('GET', '/v1/events', { query: { ...query, ...(cursor && { cursor }) }, organization });
      const ids = (page.events as Listed[]).map(({ id }) => id);
      found.push({ ids, calls: meter.calls.filter((call) => call === 'QueryCommand').length });
      cursor = page.cursor;
    } while (cursor);
    return found;
  }

  it('a search finds each event once, in order, with at most four further queries a page, however its sources differ', async () => {
    const [busy, quiet, rare, untyped] = [
      await sourceOf(github, organization),
      await sourceOf(github, organization),
      await sourceOf(github, organization),
      await sourceOf(null, organization),
    ];
    const wanted = (every: number) => (hour: number) => (hour % every === 7 ? 'wanted' : 'other');
    const stored = [
      await store(busy, hours(2_500, wanted(400))),
      await store(quiet, new Map([...hours(2_500, wanted(100))].filter(([hour]) => hour % 100 === 7))),
      await store(
        rare,
        hours(600, () => 'other'),
      ),
    ];
    await store(
      untyped,
      hours(100, () => 'wanted'),
    );
    const expected = stored.flatMap((ids, index) =>
      [...ids].filter(([hour]) => index === 1 || (index === 0 && hour % 400 === 7)).map(([, id]) => id),
    );
    const found = await pages({ event_type: 'wanted', limit: '4' });
    expect(found.flatMap(({ ids }) => ids)).toEqual(expected.sort().reverse());
    expect(found.every(({ ids }) => ids.length <= 4)).toBe(true);
    expect(found).toHaveLength(8);
    // One read for the sources, and one for each source that has types; then the four further queries.
    expect(Math.max(...found.map(({ calls }) => calls))).toBe(1 + 3 + 4);
  });

  it('a search stops once the page is full', async () => {
    const source = await sourceOf(github, organization);
    await store(
      source,
      hours(250, () => 'wanted'),
    );
    const calls = (await pages({ event_type: 'wanted', limit: '100' })).map(({ calls }) => calls);
    expect(calls).toEqual([2, 2, 2]);
  });

  it('a search stops once it has unpacked a lot', async () => {
    const source = await sourceOf(stripe, organization);
    const body = JSON.stringify({ type: 'other', data: 'x'.repeat(400_000) });
    await store(source, new Map(Array.from({ length: 150 }, (_, hour) => [hour, { type: '', body }])));
    const calls = (await pages({ source_id: source, event_type: 'wanted', limit: '100' })).map(({ calls }) => calls);
    expect(calls).toEqual([1, 1]);
  });
});
