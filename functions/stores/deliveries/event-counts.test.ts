import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { newEventId, newId, type SourceId } from '../../../core/ids.ts';
import { type Call, recordCalls } from '../../../test/support/recorded-calls.ts';
import { resourceNames, startServices, type TestServices } from '../../../test/support/services.ts';
import { type CountedEvent, EventCounts } from './event-counts.ts';
import { SLOT_MS } from './figures-row.ts';

/** The beginning of half a day. */
const T0 = Date.UTC(2026, 10, 22, 12);
const DAY_MS = 86_400_000;

let services: TestServices;
let counts: EventCounts;
let calls: Call[];
/** The units that AWS would bill for each call. */
const units = () => calls.map((call) => call.units);

beforeEach(async () => {
  services = await startServices();
  const { dynamodb } = services.clients;
  calls = recordCalls(dynamodb);
  counts = new EventCounts({ dynamodb, table: resourceNames.deliveries });
});
afterEach(() => services.close());

const accepted = (source: SourceId, atMs: number, isRouted = true): CountedEvent => ({
  id: newEventId(source, atMs),
  isRouted,
});

const many = (source: SourceId, atMs: number, count: number) =>
  Array.from({ length: count }, () => accepted(source, atMs));

async function rowsOf(source: SourceId) {
  const { Items = [] } = await services.clients.dynamodb.send(
    new QueryCommand({
      TableName: resourceNames.deliveries,
      KeyConditionExpression: 'destination_id = :id',
      ExpressionAttributeValues: { ':id': { S: source } },
    }),
  );
  return Items;
}

/** Events in each quarter of an hour of a week, a hundred thousand in each of them. */
async function busyWeek(source: SourceId): Promise<void> {
  const slots = Array.from({ length: 7 * 96 }, (_, slot) => T0 - slot * SLOT_MS);
  await counts.add(
    source,
    slots.flatMap((atMs) => [accepted(source, atMs), accepted(source, atMs, false)]),
  );
}

describe('counts of events', () => {
  it('events are counted in the slots in which they were accepted, whichever batch they are in', async () => {
    const source = newId('src');
    await counts.add(source, [accepted(source, T0), accepted(source, T0 + SLOT_MS - 1, false)]);
    await counts.add(source, [accepted(source, T0 + SLOT_MS), accepted(source, T0), accepted(source, T0 - 1)]);
    expect((await counts.since([source], T0 - 1)).toSorted((a, b) => a.startMs - b.startMs)).toEqual([
      { startMs: T0 - SLOT_MS, events: 1, unrouted: 0 },
      { startMs: T0, events: 3, unrouted: 1 },
      { startMs: T0 + SLOT_MS, events: 1, unrouted: 0 },
    ]);
  });

  it('a batch is one write of one unit, even to a full row, and two writes across the end of a half day', async () => {
    const source = newId('src');
    await busyWeek(source);
    calls.length = 0;
    await counts.add(source, [accepted(source, T0 - 1), accepted(source, T0 - 2, false)]);
    expect(units()).toEqual([1]);
    await counts.add(source, [accepted(source, T0 - 1), accepted(source, T0)]);
    expect(units()).toEqual([1, 1, 1]);
  });

  it('counts begin with the slot of the given time', async () => {
    const source = newId('src');
    await counts.add(source, [accepted(source, T0 - 1), accepted(source, T0), accepted(source, T0 + 5)]);
    expect(await counts.since([source], T0 + SLOT_MS - 1)).toEqual([{ startMs: T0, events: 2, unrouted: 0 }]);
    expect(await counts.since([source], T0 + SLOT_MS)).toEqual([]);
  });

  it('counts of many sources are added up, without those of others', async () => {
    const sources = Array.from({ length: 60 }, () => newId('src'));
    for (const [index, source] of sources.entries()) await counts.add(source, many(source, T0, index));
    const [left, ...asked] = sources.toReversed();
    expect(left).toBeDefined();
    expect(await counts.since(asked, T0)).toEqual([{ startMs: T0, events: (58 * 59) / 2, unrouted: 0 }]);
  });

  it('a week costs a query of less than two units, a day or nothing one of half a unit', async () => {
    const source = newId('src');
    await busyWeek(source);
    calls.length = 0;
    const ofWeek = await counts.since([source], T0 - 7 * DAY_MS + SLOT_MS);
    expect(ofWeek).toHaveLength(7 * 96);
    await counts.since([source], T0 - DAY_MS);
    await counts.since([newId('src')], T0 - DAY_MS);
    expect(units()).toEqual([expect.toSatisfy((week: number) => week < 2), 0.5, 0.5]);
  });

  it('counts that were added at the same time are all there', async () => {
    const source = newId('src');
    await Promise.all(Array.from({ length: 30 }, () => counts.add(source, many(source, T0, 7))));
    expect(await counts.since([source], T0)).toEqual([{ startMs: T0, events: 210, unrouted: 0 }]);
  });

  it('counts expire eight days after their half day', async () => {
    const source = newId('src');
    await counts.add(source, [accepted(source, T0 + 5)]);
    expect((await rowsOf(source)).map((row) => Number(row.expires_at?.N) * 1000)).toEqual([
      T0 + DAY_MS / 2 + 8 * DAY_MS,
    ]);
  });

  it('counts are waited for no longer than they are worth', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const silent = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const waiting = new EventCounts({ dynamodb: silent, table: resourceNames.deliveries, timeoutMs: 50 });
    const source = newId('src');
    await expect(waiting.add(source, [accepted(source, T0)])).rejects.toThrow('aborted');
  });
});
