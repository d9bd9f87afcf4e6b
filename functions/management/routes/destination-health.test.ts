import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AttemptOutcome } from '../../../core/figures/destination-figures.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { resourceNames } from '../../../test/support/services.ts';
import { FiguresLog } from '../../stores/deliveries/figures.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** When the tests begin: in the middle of a slot. */
const START = Date.UTC(2026, 10, 22, 10, 5);

let api: ApiUnderTest;
let figures: FiguresLog;
beforeAll(async () => {
  api = await ApiUnderTest.start();
  const { dynamodb } = api.services.clients;
  figures = new FiguresLog({ dynamodb, table: resourceNames.deliveries, lingerMs: 0 });
});
afterAll(() => api.close());
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);
const iso = (atMs: number) => new Date(atMs).toISOString();

async function newDestination(): Promise<string> {
  return (await api.ok('POST', '/v1/destinations', { body: { url: 'https://example.com/hook' } })).id;
}

/** Counts attempts as the delivery function does for a batch: successes, failures, and retries that succeeded. */
function deliver(id: string, { succeeded = 0, failed = 0, retried = 0, durationMs = 120 }): Promise<void> {
  const attempt = (isSuccess: boolean, isFirst = true): AttemptOutcome => ({
    isFirst,
    succeeded: isSuccess,
    durationMs,
    endedAtMs: Date.now(),
  });
  return figures.add(idSchema('dst').parse(id), [
    ...Array.from({ length: succeeded }, () => attempt(true)),
    ...Array.from({ length: failed }, () => attempt(false)),
    ...Array.from({ length: retried }, () => attempt(true, false)),
  ]);
}

const health = (id: string, window?: string) =>
  api.ok('GET', `/v1/destinations/${id}/health`, window === undefined ? {} : { query: { window } });

/** An empty point of the series, on the day of the tests. */
const nothingAt = (time: string) => ({
  start: `2026-11-22T${time}:00.000Z`,
  new_deliveries: 0,
  total_deliveries: 0,
  successful_deliveries: 0,
  failed_deliveries: 0,
  success_rate: null,
  p50_latency_ms: null,
  p95_latency_ms: null,
  p99_latency_ms: null,
});

const countsIn = async (id: string) => {
  const windows = await Promise.all(['1h', '24h', '7d'].map((window) => health(id, window)));
  return windows.map(({ total_deliveries }) => total_deliveries);
};

describe('health', () => {
  it('the health of a destination without deliveries is unknown', async () => {
    const { series, ...rest } = await health(await newDestination());
    expect(series.map(({ total_deliveries }: { total_deliveries: number }) => total_deliveries)).toEqual(
      Array(25).fill(0),
    );
    expect(rest).toEqual({
      window: '24h',
      status: 'unknown',
      success_rate: null,
      avg_latency_ms: null,
      p50_latency_ms: null,
      p95_latency_ms: null,
      p99_latency_ms: null,
      new_deliveries: 0,
      total_deliveries: 0,
      successful_deliveries: 0,
      failed_deliveries: 0,
      point_seconds: 3600,
      last_delivery_at: null,
      last_success_at: null,
      last_failure_at: null,
    });
  });

  it('the figures show what was delivered, and add up', async () => {
    const id = await newDestination();
    await deliver(id, { failed: 3, durationMs: 10_000 });
    pass(20 * MINUTE_MS);
    await deliver(id, { succeeded: 150, durationMs: 12 });
    pass(1_000);
    await deliver(id, { succeeded: 47, durationMs: 200 });
    expect(await health(id, '1h')).toEqual({
      window: '1h',
      status: 'healthy',
      success_rate: 98.5,
      avg_latency_ms: (3 * 10_000 + 150 * 12 + 47 * 200) / 200,
      p50_latency_ms: 12,
      p95_latency_ms: expect.closeTo(200, -1),
      p99_latency_ms: expect.toSatisfy((ms: number) => Math.abs(ms - 10_000) <= 200),
      new_deliveries: 200,
      total_deliveries: 200,
      successful_deliveries: 197,
      failed_deliveries: 3,
      point_seconds: 900,
      series: [
        ...['09:15', '09:30', '09:45'].map(nothingAt),
        {
          ...nothingAt('10:00'),
          new_deliveries: 3,
          total_deliveries: 3,
          failed_deliveries: 3,
          success_rate: 0,
          p50_latency_ms: expect.closeTo(10_000, -3),
          p95_latency_ms: expect.closeTo(10_000, -3),
          p99_latency_ms: expect.closeTo(10_000, -3),
        },
        {
          ...nothingAt('10:15'),
          new_deliveries: 197,
          total_deliveries: 197,
          successful_deliveries: 197,
          success_rate: 100,
          p50_latency_ms: 12,
          p95_latency_ms: expect.closeTo(200, -1),
          p99_latency_ms: expect.closeTo(200, -1),
        },
      ],
      last_delivery_at: iso(START + 20 * MINUTE_MS + 1_000),
      last_success_at: iso(START + 20 * MINUTE_MS + 1_000),
      last_failure_at: iso(START),
    });
  });

  it.each([
    ['healthy', { succeeded: 951, failed: 49 }],
    ['degraded', { succeeded: 95, failed: 5 }],
    ['degraded', { succeeded: 80, failed: 20 }],
    ['failing', { succeeded: 799, failed: 201 }],
  ])('a destination is %s with %j', async (status, counts) => {
    const id = await newDestination();
    await deliver(id, counts);
    expect(await health(id, '1h')).toMatchObject({ status });
  });

  it('deliveries older than the window are left out, to the quarter of an hour', async () => {
    const id = await newDestination();
    await deliver(id, { succeeded: 1 });
    pass(10 * MINUTE_MS);
    await deliver(id, { succeeded: 10 });
    expect(await countsIn(id)).toEqual([11, 11, 11]);
    pass(HOUR_MS - 1);
    // At 11:14:59.999 the slot of 10:00 ended just under an hour ago, so it still counts in full.
    expect(await countsIn(id)).toEqual([11, 11, 11]);
    pass(1);
    expect(await countsIn(id)).toEqual([10, 11, 11]);
    pass(23 * HOUR_MS);
    expect(await countsIn(id)).toEqual([0, 10, 11]);
    pass(6 * 24 * HOUR_MS);
    expect(await countsIn(id)).toEqual([0, 0, 10]);
    pass(15 * MINUTE_MS);
    expect(await countsIn(id)).toEqual([0, 0, 0]);
    expect(await health(id, '7d')).toMatchObject({ status: 'unknown', last_delivery_at: iso(START + 10 * MINUTE_MS) });
  });

  it('a receiver that was fixed is healthy in the hour but not in the day', async () => {
    const id = await newDestination();
    await deliver(id, { failed: 50 });
    pass(2 * HOUR_MS);
    await deliver(id, { succeeded: 50 });
    expect(await health(id, '1h')).toMatchObject({ status: 'healthy', success_rate: 100 });
    expect(await health(id)).toMatchObject({ status: 'failing', success_rate: 50 });
  });

  it('a delivery counts as new once, however often it is tried', async () => {
    const id = await newDestination();
    await deliver(id, { failed: 4, succeeded: 1 });
    pass(HOUR_MS);
    await deliver(id, { retried: 4 });
    expect(await health(id)).toMatchObject({ new_deliveries: 5, total_deliveries: 9 });
    expect((await health(id)).series.slice(-2)).toMatchObject([
      { new_deliveries: 5, failed_deliveries: 4 },
      { new_deliveries: 0, successful_deliveries: 4 },
    ]);
  });

  it.each([
    ['1h', 900, ['2026-11-22T09:00', '2026-11-22T10:00']],
    ['24h', 3_600, ['2026-11-21T10:00', '2026-11-22T10:00']],
    ['7d', 21_600, ['2026-11-15T06:00', '2026-11-22T06:00']],
  ])('a window of %s has fixed points of %i seconds', async (window, pointSeconds, [first, last]) => {
    const { point_seconds, series } = await health(await newDestination(), window);
    expect([point_seconds, series.at(0).start, series.at(-1).start]).toEqual([
      pointSeconds,
      `${first}:00.000Z`,
      `${last}:00.000Z`,
    ]);
    expect(series).toHaveLength(1 + (Date.parse(`${last}Z`) - Date.parse(`${first}Z`)) / 1000 / pointSeconds);
  });

  it.each(['1d', '', '60m', '24H'])('the window %j is rejected', async (window) => {
    const id = await newDestination();
    const { details } = await api.refused(400, 'VALIDATION_FAILED', 'GET', `/v1/destinations/${id}/health`, {
      query: { window },
    });
    expect(details).toMatchObject([{ path: 'window', problem: expect.stringContaining('24h') }]);
  });

  it("the health of a deleted destination or of another organization's is not found", async () => {
    const id = await newDestination();
    await deliver(id, { succeeded: 1 });
    await api.ok('POST', '/v1/organizations', { body: { name: 'team-health' } });
    const path = `/v1/destinations/${id}/health`;
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'GET', path, { organization: 'team-health' });
    await api.ok('DELETE', `/v1/destinations/${id}`);
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'GET', path);
  });
});

describe('a destination', () => {
  const none = { delivery_count: 0, success_rate: null, avg_latency_ms: null, last_delivery_at: null };

  it('a new destination has no figures', async () => {
    const body = { url: 'https://example.com/hook' };
    expect(await api.ok('POST', '/v1/destinations', { body })).toMatchObject(none);
    const source = await api.ok('POST', '/v1/sources', { body: { name: 'github' } });
    const path = `/v1/sources/${source.id}/destinations`;
    expect(await api.ok('POST', path, { body })).toMatchObject(none);
    expect((await api.ok('GET', path)).destinations).toMatchObject([none]);
  });

  it('every response about a destination has the figures of all its deliveries, however old', async () => {
    const source = await api.ok('POST', '/v1/sources', { body: { name: 'github' } });
    const ofSource = `/v1/sources/${source.id}/destinations`;
    const { id } = await api.ok('POST', ofSource, { body: { url: 'https://example.com/hook' } });
    await deliver(id, { succeeded: 2, durationMs: 100 });
    pass(24 * HOUR_MS);
    await deliver(id, { failed: 1, durationMs: 401 });
    pass(30 * 24 * HOUR_MS);
    const expected = {
      id,
      delivery_count: 3,
      success_rate: 66.66,
      avg_latency_ms: 200.3,
      last_delivery_at: iso(START + 24 * HOUR_MS),
    };
    const one = `/v1/destinations/${id}`;
    expect(await api.ok('GET', one)).toMatchObject(expected);
    expect(await api.ok('PATCH', one, { body: { name: 'renamed' } })).toMatchObject(expected);
    for (const change of ['archive', 'unarchive', 'rotate-secret']) {
      expect(await api.ok('POST', `${one}/${change}`)).toMatchObject(expected);
    }
    const { destinations } = await api.ok('GET', '/v1/destinations', { query: { limit: '100' } });
    expect(destinations).toContainEqual(expect.objectContaining(expected));
    expect((await api.ok('GET', ofSource)).destinations).toMatchObject([expected]);
  });
});
