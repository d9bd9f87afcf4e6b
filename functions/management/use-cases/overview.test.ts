import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  beginProbe,
  type Circuit,
  close,
  DEFAULT_CIRCUIT_BREAKER,
  NEW_CIRCUIT,
  observe,
} from '../../../core/circuit/circuit.ts';
import { type AttemptOutcome, figuresOf } from '../../../core/figures/destination-figures.ts';
import { idSchema } from '../../../core/id-schema.ts';
import {
  type DestinationId,
  deliveryIdOf,
  type Id,
  newEventId,
  newId,
  type OrganizationId,
  type SourceId,
} from '../../../core/ids.ts';
import { resourceNames } from '../../../test/support/services.ts';
import { CircuitStore } from '../../stores/deliveries/circuits.ts';
import { EventCounts } from '../../stores/deliveries/event-counts.ts';
import { FiguresLog } from '../../stores/deliveries/figures.ts';
import { endedSlotAttributes, SLOT_MS, slotKey, slotOf } from '../../stores/deliveries/figures-row.ts';
import { batchPut, MAX_BATCH_WRITE, type Row } from '../../stores/dynamodb-batch.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import type { ApiResponse } from '../testing/gateway.fixture.ts';
import { HistoryUnderTest } from '../testing/history.fixture.ts';
import { ReadMeter } from '../testing/read-meter.fixture.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** When each test begins: in the middle of a slot. */
const START = Date.UTC(2026, 10, 22, 10, 5);

let api: ApiUnderTest;
let figures: FiguresLog;
let circuits: CircuitStore;
let eventCounts: EventCounts;
let meter: ReadMeter;
/** Each test has an organization of its own. */
let organization: string;
let organizationId: OrganizationId;
let organizations = 0;
beforeAll(async () => {
  api = await ApiUnderTest.start();
  const table = { dynamodb: api.services.clients.dynamodb, table: resourceNames.deliveries };
  figures = new FiguresLog({ ...table, lingerMs: 0 });
  circuits = new CircuitStore(table);
  eventCounts = new EventCounts(table);
  meter = new ReadMeter();
});
afterAll(() => api.close());
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  organization = `team-${++organizations}`;
  const { id } = await api.ok('POST', '/v1/organizations', { body: { name: organization } });
  organizationId = idSchema('org').parse(id);
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);
const iso = (atMs: number) => new Date(atMs).toISOString();

const overview = (window?: string): Promise<ApiResponse['body']> =>
  api.ok('GET', '/v1/overview', { organization, ...(window !== undefined && { query: { window } }) });

/** Creates a destination a moment after the previous one, because lists show the newest first. */
async function newDestination(name = 'Build'): Promise<DestinationId> {
  pass(1);
  const body = { url: 'https://example.com/hook', name };
  return idSchema('dst').parse((await api.ok('POST', '/v1/destinations', { body, organization })).id);
}

async function newSource(): Promise<SourceId> {
  pass(1);
  return idSchema('src').parse((await call('POST', '/v1/sources', { name: 'Shop' })).id);
}

/** Counts events as fan-out does for a batch that was just accepted. */
function accept(id: SourceId, { routed = 0, unrouted = 0 }): Promise<void> {
  const event = (isRouted: boolean) => ({ id: newEventId(id, Date.now()), isRouted });
  return eventCounts.add(id, [
    ...Array.from({ length: routed }, () => event(true)),
    ...Array.from({ length: unrouted }, () => event(false)),
  ]);
}

const call = (method: string, path: string, body?: object) =>
  api.ok(method, path, { organization, ...(body && { body }) });

const attempt = (succeeded: boolean, durationMs: number): AttemptOutcome => ({
  isFirst: true,
  succeeded,
  durationMs,
  endedAtMs: Date.now(),
});

/** Counts attempts as the delivery function does for a batch. */
function deliver(id: DestinationId, { succeeded = 0, failed = 0, durationMs = 120 }): Promise<void> {
  return figures.add(id, [
    ...Array.from({ length: succeeded }, () => attempt(true, durationMs)),
    ...Array.from({ length: failed }, () => attempt(false, durationMs)),
  ]);
}

/** Does what delivery does after so many failures in a row, and then applies `then` to the resulting circuit. */
async function fail(id: DestinationId, failures: number, then: (open: Circuit) => Circuit = (open) => open) {
  const seen = { succeeded: false, failedAtMs: Array<number>(failures).fill(Date.now()) };
  const failed = () => then(observe(NEW_CIRCUIT, seen, DEFAULT_CIRCUIT_BREAKER, Date.now()));
  await circuits.change(id, {
    known: NEW_CIRCUIT,
    change: failed,
    beforeCommit: async () => {},
    nowMs: Date.now(),
  });
}

describe('the overview', () => {
  it('the overview of a new organization is empty and complete', async () => {
    const { series, ...rest } = await overview();
    expect(series).toHaveLength(25);
    expect(rest).toEqual({
      window: '24h',
      success_rate: null,
      avg_latency_ms: null,
      p50_latency_ms: null,
      p95_latency_ms: null,
      p99_latency_ms: null,
      new_events: 0,
      unrouted_events: 0,
      new_deliveries: 0,
      total_deliveries: 0,
      successful_deliveries: 0,
      failed_deliveries: 0,
      point_seconds: 3600,
      sources: { count: 0, has_more: false },
      destinations: {
        count: 0,
        has_more: false,
        archived: 0,
        disabled: 0,
        by_status: { healthy: 0, degraded: 0, failing: 0, unknown: 0 },
      },
      unhealthy: [],
      open_circuits: [],
      dead_letters: { count: 0, has_more: false },
    });
  });

  it('the overview sums up the deliveries of all destinations, with percentiles over all of them', async () => {
    const [fast, slow] = [await newDestination(), await newDestination()];
    await deliver(fast, { succeeded: 90, durationMs: 10 });
    pass(HOUR_MS);
    await deliver(slow, { succeeded: 9, failed: 1, durationMs: 20 });
    await deliver(fast, { succeeded: 100, durationMs: 10 });
    const { series, ...rest } = await overview('24h');
    expect(rest).toMatchObject({
      total_deliveries: 200,
      successful_deliveries: 199,
      failed_deliveries: 1,
      success_rate: 99.5,
      avg_latency_ms: 10.5,
      p50_latency_ms: 10,
      p95_latency_ms: 10,
      p99_latency_ms: 20,
    });
    expect(series.slice(-3)).toMatchObject([
      { start: iso(START - 65 * MINUTE_MS), total_deliveries: 0, success_rate: null },
      { start: iso(START - 5 * MINUTE_MS), total_deliveries: 90, success_rate: 100, p99_latency_ms: 10 },
      { start: iso(START + 55 * MINUTE_MS), total_deliveries: 110, failed_deliveries: 1, p99_latency_ms: 20 },
    ]);
    expect(await overview('1h')).toMatchObject({ point_seconds: 900, total_deliveries: 200 });
    pass(15 * MINUTE_MS);
    expect(await overview('1h')).toMatchObject({ total_deliveries: 110 });
    expect(await overview('7d')).toMatchObject({ point_seconds: 21_600, total_deliveries: 200 });
  });

  it('the overview counts events of all sources by acceptance time, at the same points as deliveries', async () => {
    const [shop, github, destination] = [await newSource(), await newSource(), await newDestination()];
    await accept(shop, { routed: 3, unrouted: 2 });
    pass(HOUR_MS);
    await accept(shop, { routed: 1 });
    await accept(github, { routed: 10, unrouted: 1 });
    await deliver(destination, { succeeded: 30 });
    const { series, ...rest } = await overview('24h');
    expect(rest).toMatchObject({
      new_events: 17,
      unrouted_events: 3,
      new_deliveries: 30,
      sources: { count: 2, has_more: false },
    });
    expect(series.slice(-3)).toMatchObject([
      { start: iso(START - 65 * MINUTE_MS), new_events: 0, unrouted_events: 0, new_deliveries: 0 },
      { start: iso(START - 5 * MINUTE_MS), new_events: 5, unrouted_events: 2, new_deliveries: 0 },
      { start: iso(START + 55 * MINUTE_MS), new_events: 12, unrouted_events: 1, new_deliveries: 30 },
    ]);
    pass(15 * MINUTE_MS);
    expect(await overview('1h')).toMatchObject({ new_events: 12, unrouted_events: 1 });
    expect(await overview('7d')).toMatchObject({ new_events: 17, unrouted_events: 3 });
    await call('DELETE', `/v1/sources/${github}`);
    expect(await overview('7d')).toMatchObject({ new_events: 6, sources: { count: 1 } });
  });

  it('the overview agrees with the health of each destination', async () => {
    const ids = [await newDestination(), await newDestination(), await newDestination()];
    for (const [index, id] of ids.entries()) {
      await deliver(id, { succeeded: 5 + index, failed: index });
      pass(40 * MINUTE_MS);
      await deliver(id, { succeeded: 1 });
    }
    for (const window of ['1h', '24h', '7d']) {
      const each = await Promise.all(
        ids.map((id) => api.ok('GET', `/v1/destinations/${id}/health`, { organization, query: { window } })),
      );
      const { series, destinations } = await overview(window);
      const sumAt = (index: number) => each.reduce((sum, one) => sum + one.series[index].total_deliveries, 0);
      expect(series.map((point: ApiResponse['body']) => point.total_deliveries)).toEqual(
        series.map((_: unknown, index: number) => sumAt(index)),
      );
      for (const [status, count] of Object.entries(destinations.by_status)) {
        expect([window, status, count]).toEqual([window, status, each.filter((one) => one.status === status).length]);
      }
    }
  });

  it('the overview counts the destinations in use by status', async () => {
    const [failing, degraded, archived, disabled] = [
      await newDestination(),
      await newDestination(),
      await newDestination(),
      await newDestination(),
    ];
    for (const id of [await newDestination(), await newDestination(), archived]) await deliver(id, { succeeded: 5 });
    await deliver(failing, { failed: 5 });
    await deliver(degraded, { succeeded: 9, failed: 1 });
    await call('POST', `/v1/destinations/${archived}/archive`);
    await call('PATCH', `/v1/destinations/${disabled}`, { enabled: false });
    const shown = await overview();
    expect(shown.destinations).toEqual({
      count: 6,
      has_more: false,
      archived: 1,
      disabled: 1,
      by_status: { healthy: 2, degraded: 1, failing: 1, unknown: 1 },
    });
    // Archiving a destination does not take away what was delivered; deleting it does.
    expect(shown.total_deliveries).toBe(30);
    await call('DELETE', `/v1/destinations/${failing}`);
    expect((await overview()).total_deliveries).toBe(25);
  });

  it('the overview names the destinations that are unhealthy in the window', async () => {
    const [failing, degraded, archived] = [
      await newDestination('Build'),
      await newDestination('Chat'),
      await newDestination(),
    ];
    for (const id of [failing, archived]) await deliver(id, { failed: 5 });
    await call('POST', `/v1/destinations/${archived}/archive`);
    await deliver(await newDestination(), { succeeded: 5 });
    await newDestination('never delivered to');
    pass(2 * HOUR_MS);
    await deliver(degraded, { succeeded: 9, failed: 1 });
    const ofChat = { destination_id: degraded, destination_name: 'Chat', status: 'degraded' };
    expect((await overview('24h')).unhealthy).toEqual([
      ofChat,
      { destination_id: failing, destination_name: 'Build', status: 'failing' },
    ]);
    expect((await overview('1h')).unhealthy).toEqual([ofChat]);
  });

  it('the overview names the destinations whose circuit is open or half-open', async () => {
    const [open, halfOpen, closed, counting, archived] = [
      await newDestination('Build'),
      await newDestination('Chat'),
      await newDestination(),
      await newDestination(),
      await newDestination(),
    ];
    const atMs = Date.now();
    await fail(open, 5);
    const probedWith = deliveryIdOf(newEventId(newId('src'), atMs), newId('con'));
    await fail(halfOpen, 5, (circuit) => beginProbe(circuit, probedWith, atMs + 60_000));
    await fail(closed, 5, close);
    await fail(counting, 4);
    await fail(archived, 5);
    await call('POST', `/v1/destinations/${archived}/archive`);
    const common = { failure_count: 5, opened_at: iso(atMs), cooldown_seconds: 60, last_failure_at: iso(atMs) };
    expect((await overview()).open_circuits).toEqual([
      {
        ...common,
        destination_id: halfOpen,
        destination_name: 'Chat',
        state: 'half_open',
        next_probe_at: iso(atMs + 180_000),
      },
      { ...common, destination_id: open, destination_name: 'Build', state: 'open', next_probe_at: iso(atMs + 60_000) },
    ]);
    await call('POST', `/v1/destinations/${open}/circuit/reset`);
    expect((await overview()).open_circuits).toMatchObject([{ destination_id: halfOpen }]);
  });

  it('the overview shows nothing of another organization', async () => {
    const id = await newDestination();
    await deliver(id, { failed: 1 });
    await fail(id, 5);
    await accept(await newSource(), { routed: 1, unrouted: 1 });
    organization = 'default';
    expect(await overview()).toMatchObject({
      new_events: 0,
      unrouted_events: 0,
      sources: { count: 0 },
      total_deliveries: 0,
      destinations: { count: 0 },
      unhealthy: [],
      open_circuits: [],
      dead_letters: { count: 0 },
    });
  });

  it.each(['1d', ''])('the window %j is rejected', async (window) => {
    const { details } = await api.refused(400, 'VALIDATION_FAILED', 'GET', '/v1/overview', { query: { window } });
    expect(details).toMatchObject([{ path: 'window', problem: expect.stringContaining('24h') }]);
  });
});

/** A row as it is stored. */
async function stored(table: string, key: Row): Promise<Row> {
  const { Item } = await api.services.clients.dynamodb.send(new GetItemCommand({ TableName: table, Key: key }));
  return Item ?? {};
}

/** Writes `count` rows made by `make`. */
async function write(table: string, count: number, make: (index: number) => Row): Promise<void> {
  const rows = Array.from({ length: count }, (_, index) => make(index));
  for (let start = 0; start < count; start += MAX_BATCH_WRITE) {
    await batchPut(api.services.clients.dynamodb, table, rows.slice(start, start + MAX_BATCH_WRITE));
  }
}

/** What the function reads for one overview. */
async function costOf(window = '24h') {
  meter.reset();
  await overview(window);
  return { units: meter.units, queries: meter.calls.filter((name) => name === 'QueryCommand').length };
}

describe('the dead letters of the overview', () => {
  let add: (count: number) => Promise<void>;
  /** The pipeline creates one; the others are copies of it. */
  beforeEach(async () => {
    const source = idSchema('src').parse((await call('POST', '/v1/sources', { name: 'github' })).id);
    const destination = await call('POST', `/v1/sources/${source}/destinations`, { url: 'https://example.com/hook' });
    const connection = idSchema('con').parse(destination.connection_id);
    const history = new HistoryUnderTest(api.services, organizationId);
    const id = await history.dead({ source, destination: destination.id, connection });
    const row = await stored(resourceNames.deliveries, { destination_id: { S: destination.id }, id: { S: id } });
    const copy = () => ({ ...row, id: { S: deliveryIdOf(newEventId(source, Date.now()), connection) } });
    add = (count) => write(resourceNames.deliveries, count, copy);
  });

  it('dead letters are counted up to a thousand', async () => {
    await add(2);
    expect((await overview()).dead_letters).toEqual({ count: 3, has_more: false });
    await add(997);
    expect((await overview()).dead_letters).toEqual({ count: 1_000, has_more: false });
    await add(1);
    expect((await overview()).dead_letters).toEqual({ count: 1_000, has_more: true });
  });

  it('counting dead letters costs a unit for every eight of 1 KB, and is bounded', async () => {
    const { units: ofOne } = await costOf();
    await add(1_000);
    const { units: ofMany } = await costOf();
    expect(ofMany - ofOne).toBeLessThan(128);
    await add(2_000);
    expect((await costOf()).units).toBe(ofMany);
  });
});

describe('what the overview costs', () => {
  /** Copies of one that the API has made. */
  async function copies<Prefix extends 'dst' | 'src'>(first: Id<Prefix>, sk: string, others: readonly Id<Prefix>[]) {
    const row = await stored(resourceNames.config, { pk: { S: first }, sk: { S: sk } });
    await write(resourceNames.config, others.length, (index) => {
      const id = { S: others[index] ?? '' };
      return { ...row, id, pk: id };
    });
    return [first, ...others];
  }

  const destinations = async (count: number) =>
    copies(
      await newDestination(),
      'destination',
      Array.from({ length: count - 1 }, () => newId('dst')),
    );

  const sources = async (count: number) =>
    copies(
      await newSource(),
      'source',
      Array.from({ length: count - 1 }, () => newId('src')),
    );

  /** Deliveries in each quarter of an hour of a week, with thirty buckets of latency each. */
  async function busyWeek(id: DestinationId): Promise<void> {
    const slots = 7 * 24 * 4;
    const ofSlot = endedSlotAttributes(
      figuresOf(Array.from({ length: 3_000 }, (_, index) => attempt(true, 100 + (index % 30) * 10))),
    );
    const last = slotOf(Date.now()) - 1;
    const expiresAt = { N: String(Math.floor(START / 1_000)) };
    const ended = (index: number) => ({ ...slotKey(id, last - index), ...ofSlot, expires_at: expiresAt });
    await write(resourceNames.deliveries, slots, ended);
    await deliver(id, { succeeded: 1 });
  }

  it('each destination costs a little over a unit, and a query if it had deliveries', async () => {
    const { units: ofNone } = await costOf();
    const ids = await destinations(100);
    const { units, queries } = await costOf('7d');
    expect(queries).toBe(3);
    expect(units - ofNone).toBeGreaterThan(100);
    expect(units - ofNone).toBeLessThan(130);
    for (const id of ids.slice(0, 2)) await busyWeek(id);
    const more = async (window: string) => {
      const cost = await costOf(window);
      return { units: (cost.units - units) / 2, queries: (cost.queries - queries) / 2 };
    };
    const within = (most: number) => expect.toSatisfy((of: number) => of > most - 2 && of <= most);
    expect(await more('1h')).toEqual({ units: within(0.5), queries: 1 });
    expect(await more('24h')).toEqual({ units: within(3), queries: 1 });
    expect(await more('7d')).toEqual({ units: within(17), queries: 1 });
    await write(resourceNames.deliveries, 1_000, () => ({
      destination_id: { S: ids[0] ?? '' },
      id: { S: deliveryIdOf(newEventId(newId('src'), Date.now()), newId('con')) },
    }));
    expect(await more('7d')).toEqual({ units: within(17), queries: 1 });
  });

  it('only the newest two hundred destinations are read', async () => {
    const oldest = await newDestination();
    await deliver(oldest, { failed: 1 });
    pass(1_000);
    await destinations(200);
    const bounded = await costOf();
    const { total_deliveries, destinations: shown } = await overview();
    expect({ total_deliveries, shown }).toMatchObject({
      total_deliveries: 0,
      shown: { count: 200, has_more: true, by_status: { unknown: 200 } },
    });
    pass(1_000);
    await destinations(200);
    expect(await costOf()).toEqual(bounded);
  });

  it('each source costs half a unit and a query, and one and a half for a busy week', async () => {
    const { units: ofNone, queries: without } = await costOf('7d');
    const ids = await sources(20);
    const { units, queries } = await costOf('7d');
    expect(queries).toBe(without + 20);
    expect(units - ofNone).toBeGreaterThan(10);
    expect(units - ofNone).toBeLessThan(12);
    const week = Array.from({ length: 7 * 96 }, (_, slot) => Date.now() - slot * SLOT_MS);
    for (const id of ids) {
      const event = (isRouted: boolean) => (atMs: number) => ({ id: newEventId(id, atMs), isRouted });
      await eventCounts.add(id, [...week.map(event(true)), ...week.map(event(false))]);
    }
    const ofWeek = await costOf('7d');
    expect(await overview('7d')).toMatchObject({ new_events: 20 * 2 * week.length });
    expect(ofWeek.units - units).toBeGreaterThan(0);
    expect(ofWeek.units - units).toBeLessThanOrEqual(20);
    expect(await costOf('24h')).toEqual({ units, queries });
  });

  it('only the newest two hundred sources are read', async () => {
    await accept(await newSource(), { routed: 1 });
    pass(1_000);
    await sources(200);
    const bounded = await costOf();
    expect(await overview()).toMatchObject({ new_events: 0, sources: { count: 200, has_more: true } });
    pass(1_000);
    await sources(200);
    expect(await costOf()).toEqual(bounded);
  });
});
