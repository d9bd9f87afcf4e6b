import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defaultOrganization } from '../../../core/access/organization.ts';
import { type DeliveryJob, firstJob } from '../../../core/deliveries/delivery.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { type DestinationId, newEventId, newId } from '../../../core/ids.ts';
import { resourceNames } from '../../../test/support/services.ts';
import { LineStore } from '../../stores/deliveries/lines.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { ReadMeter } from '../testing/read-meter.fixture.ts';

const SECOND_MS = 1_000;
/** When the first event of a test comes. */
const START = Date.UTC(2026, 10, 22, 3, 23);
const sourceId = newId('src');
const connectionId = newId('con');

let api: ApiUnderTest;
let lines: LineStore;
let meter: ReadMeter;
beforeAll(async () => {
  api = await ApiUnderTest.start();
  const { dynamodb } = api.services.clients;
  lines = new LineStore({ dynamodb, table: resourceNames.deliveries, retentionDays: 30, lingerMs: 0 });
  meter = new ReadMeter();
});
afterAll(() => api.close());

async function newDestination(settings: object = { ordering: 'fifo' }): Promise<DestinationId> {
  const { id } = await api.ok('POST', '/v1/destinations', { body: { url: 'https://example.com/hook', ...settings } });
  return idSchema('dst').parse(id);
}

/** The first attempt at an event that came this long after the first one. */
function jobAfter(destinationId: DestinationId, afterMs: number): DeliveryJob {
  const source = { organizationId: defaultOrganization.id, sourceId };
  return firstJob({ id: newEventId(sourceId, START + afterMs), ...source }, { id: connectionId, destinationId });
}

/** Puts a batch of events into the line as fan-out does; they came one a second. */
async function lineUp(id: DestinationId, count: number, fromMs = 0): Promise<DeliveryJob[]> {
  const jobs = Array.from({ length: count }, (_, index) => jobAfter(id, fromMs + index * SECOND_MS));
  const waiting = jobs.map((job) => ({ job, group: '' }));
  await lines.append(id, waiting, START + fromMs, START + fromMs);
  return jobs;
}

const show = (id: DestinationId) => api.ok('GET', `/v1/destinations/${id}`);
const afterStart = (ms: number) => new Date(START + ms).toISOString();

describe('what waits in the line of a destination', () => {
  let id: DestinationId;
  beforeEach(async () => {
    id = await newDestination();
  });

  it('nothing waits at first', async () => {
    expect((await show(id)).waiting).toEqual({ count: 0, has_more: false, oldest_at: null });
  });

  it('deliveries are counted over all rows, with the time since which the oldest waits', async () => {
    await lineUp(id, 20, 30 * SECOND_MS);
    await lineUp(id, 30);
    expect((await show(id)).waiting).toEqual({ count: 50, has_more: false, oldest_at: afterStart(0) });
  });

  it('finished entries of a row reduce the count and the age', async () => {
    const [first] = await lineUp(id, 3);
    await lines.removeDone(id, await lines.peek(id, 1), ({ job }) => job.deliveryId === first?.deliveryId, START);
    expect((await show(id)).waiting).toEqual({ count: 2, has_more: false, oldest_at: afterStart(SECOND_MS) });
  });

  it('each delivery counts once, even if a stream batch came twice or a manual retry stands beside the event', async () => {
    const [first, second] = await lineUp(id, 2);
    if (!first || !second) throw new Error('nothing was put in line');
    await lines.append(id, [{ job: second, group: '' }], START, START);
    await lines.append(id, [{ job: { ...first, attempt: 2 }, group: '' }], START, START);
    expect((await show(id)).waiting).toMatchObject({ count: 2 });
  });

  it('a delivery put into the line long after its event waits since it was put there', async () => {
    const replayed = {
      ...jobAfter(id, 0),
      attempt: 3,
      roundStart: 3,
      startsReplay: true,
      replayedAtMs: START + 60_000,
    };
    await lines.append(id, [{ job: replayed }], START + 61_000, START + 61_000);
    expect((await show(id)).waiting).toMatchObject({ count: 1, oldest_at: afterStart(61_000) });
  });

  it.each([
    { rate_limit: { limit: 1, period: 'hour' } },
    { max_concurrency: 1 },
    { ordering: { fifo_by: { body: 'id' } } },
  ])('the count is shown for any pace: %j', async (pace) => {
    const paced = await newDestination(pace);
    await lineUp(paced, 3);
    expect((await show(paced)).waiting).toMatchObject({ count: 3 });
  });

  it('the count is shown while the destination is disabled', async () => {
    await lineUp(id, 3);
    await api.ok('PATCH', `/v1/destinations/${id}`, { body: { enabled: false } });
    expect((await show(id)).waiting).toMatchObject({ count: 3 });
  });

  it('the count is not shown to another organization', async () => {
    await lineUp(id, 3);
    await api.ok('POST', '/v1/organizations', { body: { name: 'others' } });
    meter.reset();
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'GET', `/v1/destinations/${id}`, { organization: 'others' });
    expect(meter.calls).not.toContain('QueryCommand');
  });

  it('lists leave the count out, because it would cost a query for each destination', async () => {
    await lineUp(id, 3);
    const { destinations } = await api.ok('GET', '/v1/destinations');
    for (const destination of destinations) expect(destination).not.toHaveProperty('waiting');
  });
});

it('a destination without a pace has no line, and reading it costs nothing extra', async () => {
  const [paced, unpaced] = [await newDestination(), await newDestination({})];
  const costOf = async (id: DestinationId) => {
    meter.reset();
    const { waiting } = await show(id);
    return { waiting, queries: meter.calls.filter((call) => call === 'QueryCommand').length };
  };
  expect(await costOf(unpaced)).toEqual({ waiting: null, queries: 0 });
  expect(await costOf(paced)).toMatchObject({ queries: 1 });
});

it('a line longer than one query reads is counted that far, with has_more', async () => {
  const id = await newDestination();
  const ROWS = 1_500;
  // Each row has so many keys that a thousand rows are more than 1 MB.
  const group = () => Array.from({ length: 40 }, () => newId('evt').slice(-20)).join('');
  for (let row = 0; row < ROWS; row += 100) {
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => {
        const afterMs = (row + index) * SECOND_MS;
        return lines.append(id, [{ job: jobAfter(id, afterMs), group: group() }], START + afterMs, START);
      }),
    );
  }
  meter.reset();
  const { waiting } = await show(id);
  expect(waiting).toEqual({ count: expect.any(Number), has_more: true, oldest_at: afterStart(0) });
  expect(waiting.count).toBeGreaterThan(ROWS / 4);
  expect(waiting.count).toBeLessThan(ROWS);
  expect(meter.calls.filter((call) => call === 'QueryCommand')).toHaveLength(1);
  // 1 MB, eventually consistent, plus the destination with its figures.
  expect(meter.units).toBeLessThan(132);
});
