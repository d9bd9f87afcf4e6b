import { QueryCommand, TransactionCanceledException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AttemptOutcome,
  figuresOf,
  lifetimeFiguresOf,
  mergeFigures,
} from '../../../core/figures/destination-figures.ts';
import { countOf } from '../../../core/figures/latency-histogram.ts';
import { type DestinationId, newId } from '../../../core/ids.ts';
import { type Call, recordCalls } from '../../../test/support/recorded-calls.ts';
import { resourceNames, startServices, type TestServices } from '../../../test/support/services.ts';
import { batchPut, MAX_BATCH_WRITE } from '../dynamodb-batch.ts';
import { DeliveryLists } from './delivery-lists.ts';
import { DeliveryReader } from './delivery-reader.ts';
import { FiguresLog } from './figures.ts';
import { FiguresReader } from './figures-reader.ts';
import { endedSlotAttributes, SLOT_MS, slotKey, slotOf } from './figures-row.ts';

/** The beginning of a slot. */
const T0 = Date.UTC(2026, 10, 22, 10);
const DAY_MS = 86_400_000;

let services: TestServices;
let reader: FiguresReader;
/** The calls to DynamoDB, and the units that AWS would bill for them. */
let calls: Call[];

beforeEach(async () => {
  services = await startServices();
  const { dynamodb } = services.clients;
  calls = recordCalls(dynamodb);
  reader = new FiguresReader({ dynamodb, table: resourceNames.deliveries });
});
afterEach(() => services.close());

const newLog = (lingerMs = 0) =>
  new FiguresLog({ dynamodb: services.clients.dynamodb, table: resourceNames.deliveries, lingerMs });

function ended(endedAtMs: number, durationMs = 120, succeeded = true): AttemptOutcome {
  return { isFirst: succeeded, succeeded, durationMs, endedAtMs };
}

/** Everything that ended since, in whichever slot. */
async function since(id: DestinationId, sinceMs: number) {
  const { slots, lifetime } = await reader.since(id, sinceMs);
  return { figures: mergeFigures(slots.map(({ figures }) => figures)), lifetime };
}

async function rowsOf(destinationId: string) {
  const { Items = [] } = await services.clients.dynamodb.send(
    new QueryCommand({
      TableName: resourceNames.deliveries,
      KeyConditionExpression: 'destination_id = :id',
      ExpressionAttributeValues: { ':id': { S: destinationId } },
    }),
  );
  return new Map(Items.map((row) => [row.id?.S, row]));
}

describe('adding', () => {
  it('a batch takes one write, for slot and lifetime together', async () => {
    const id = newId('dst');
    const outcomes = [ended(T0), ended(T0 + 1, 80), ended(T0 + 2, 10_000, false)];
    await newLog().add(id, outcomes);
    expect(calls).toEqual([{ command: 'UpdateItemCommand', units: 1 }]);
    expect(await since(id, T0)).toEqual({
      figures: figuresOf(outcomes),
      lifetime: lifetimeFiguresOf(outcomes),
    });
  });

  it('concurrent batches share one write for each destination', async () => {
    const [id, other, log] = [newId('dst'), newId('dst'), newLog(5)];
    await Promise.all([log.add(id, [ended(T0)]), log.add(other, [ended(T0)]), log.add(id, [ended(T0 + 1)])]);
    expect(calls.map(({ command }) => command)).toEqual(['UpdateItemCommand', 'UpdateItemCommand']);
    const lifetimes = await reader.lifetimes([id, other]);
    expect([lifetimes.get(id)?.total, lifetimes.get(other)?.total]).toEqual([2, 1]);
  });

  it('a write takes one unit while latencies are between 10 ms and 5 s', async () => {
    const [id, log] = [newId('dst'), newLog()];
    const outcomes = Array.from({ length: 10_000 }, (_, index) => ended(T0, 10 + index / 2, index % 50 > 0));
    await log.add(id, outcomes);
    await log.add(id, outcomes);
    expect(calls).toEqual([
      { command: 'UpdateItemCommand', units: 1 },
      { command: 'UpdateItemCommand', units: 1 },
    ]);
  });

  it('a write may contain every latency there is', async () => {
    const id = newId('dst');
    const outcomes = Array.from({ length: 130_000 }, (_, durationMs) => ended(T0, durationMs));
    await newLog().add(id, outcomes);
    expect((await since(id, T0)).figures).toEqual(figuresOf(outcomes));
  });

  it('adding nothing makes no request', async () => {
    await newLog().add(newId('dst'), []);
    expect(calls).toEqual([]);
  });

  it('adding fails only for the destination whose figures could not be written', async () => {
    const [id, other, log] = [newId('dst'), newId('dst'), newLog(5)];
    services.clients.dynamodb.middlewareStack.add(
      (next) => (args) => {
        if (JSON.stringify(args.input).includes(id)) throw new Error('unreachable');
        return next(args);
      },
      { step: 'initialize' },
    );
    const results = await Promise.allSettled([log.add(id, [ended(T0)]), log.add(other, [ended(T0)])]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });
});

describe('a slot', () => {
  it('a slot that is over moves to a row of its own, and the lifetime goes on', async () => {
    const [id, log] = [newId('dst'), newLog()];
    const [first, second] = [[ended(T0, 50), ended(T0, 60, false)], [ended(T0 + SLOT_MS, 70)]];
    await log.add(id, first);
    await log.add(id, second);
    const rows = await rowsOf(id);
    expect([...rows.keys()]).toEqual(['figures#2026-11-22T10:00', 'figures#now']);
    expect((await since(id, T0)).figures).toEqual(figuresOf([...first, ...second]));
    expect(await since(id, T0 + SLOT_MS)).toEqual({
      figures: figuresOf(second),
      lifetime: lifetimeFiguresOf([...first, ...second]),
    });
  });

  it('a slot that is over counts only in windows that include it, even if nothing came after it', async () => {
    const id = newId('dst');
    await newLog().add(id, [ended(T0)]);
    const { figures, lifetime } = await since(id, T0 + SLOT_MS);
    expect(figures).toEqual(figuresOf([]));
    expect(lifetime.total).toBe(1);
  });

  it('a slot begins without losing anything, however many functions add at that moment', async () => {
    const [id, writers] = [newId('dst'), 20];
    await newLog().add(id, [ended(T0, 50, false)]);
    const late = Array.from({ length: writers }, (_, index) => ended(T0 + SLOT_MS - 1, 100 + index));
    const early = Array.from({ length: writers }, (_, index) => ended(T0 + SLOT_MS, 200 + index));
    await Promise.all([...late, ...early].map((outcome) => newLog().add(id, [outcome])));
    const { figures, lifetime } = await since(id, T0);
    expect(figures).toEqual(figuresOf([ended(T0, 50, false), ...late, ...early]));
    expect(lifetime).toMatchObject({ total: 2 * writers + 1, failed: 1, lastFailureAtMs: T0 });
  });

  it('a slot that is added to while it is moved is moved with the addition', async () => {
    const [id, log, behind] = [newId('dst'), newLog(), newLog()];
    await log.add(id, [ended(T0)]);
    let isBehind = true;
    services.clients.dynamodb.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'TransactWriteItemsCommand' && isBehind) {
            isBehind = false;
            await behind.add(id, [ended(T0 + SLOT_MS - 1, 50, false)]);
          }
          return next(args);
        },
      { step: 'initialize' },
    );
    await log.add(id, [ended(T0 + SLOT_MS, 70)]);
    const { figures, lifetime } = await since(id, T0);
    expect(figures).toEqual(figuresOf([ended(0), ended(0, 50, false), ended(0, 70)]));
    expect(lifetime).toMatchObject({ total: 3, failed: 1 });
  });

  it('a slot that another function is moving is waited for, but not for ever', async () => {
    const [id, log] = [newId('dst'), newLog()];
    let conflicts = 2;
    services.clients.dynamodb.middlewareStack.add(
      (next) => (args) => {
        if (conflicts-- <= 0) return next(args);
        throw new TransactionConflictException({ message: 'Transaction is ongoing for the item', $metadata: {} });
      },
      { step: 'initialize' },
    );
    await log.add(id, [ended(T0)]);
    expect((await reader.lifetimes([id])).get(id)?.total).toBe(1);
    conflicts = Number.POSITIVE_INFINITY;
    await expect(log.add(id, [ended(T0)])).rejects.toThrow(id);
  });

  it('a slot is moved although DynamoDB throttles the write', async () => {
    const [id, log] = [newId('dst'), newLog()];
    await log.add(id, [ended(T0)]);
    let throttled = 0;
    services.clients.dynamodb.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          if (commandName !== 'TransactWriteItemsCommand' || throttled === 2) return next(args);
          throttled++;
          const CancellationReasons = [{ Code: 'ThrottlingError' }, { Code: 'None' }];
          throw new TransactionCanceledException({ message: 'throttled', $metadata: {}, CancellationReasons });
        },
      { step: 'initialize' },
    );
    await log.add(id, [ended(T0 + SLOT_MS)]);
    expect(throttled).toBe(2);
    expect((await since(id, T0)).lifetime).toMatchObject({ total: 2 });
  });

  it('a slot accepts figures from a clock that is behind', async () => {
    const [id, log] = [newId('dst'), newLog()];
    await log.add(id, [ended(T0 + SLOT_MS)]);
    await log.add(id, [ended(T0 + SLOT_MS - 5)]);
    expect((await since(id, T0 + SLOT_MS)).figures).toEqual(figuresOf([ended(0), ended(0)]));
  });

  it('a slot expires a day after the longest window has passed it, the lifetime a year after the last attempt', async () => {
    const [id, log] = [newId('dst'), newLog()];
    await log.add(id, [ended(T0)]);
    await log.add(id, [ended(T0 + 60 * DAY_MS)]);
    const rows = await rowsOf(id);
    const expiryOf = (row: string) => Number(rows.get(row)?.expires_at?.N) * 1000;
    expect(expiryOf('figures#2026-11-22T10:00')).toBe(T0 + SLOT_MS + 8 * DAY_MS);
    expect(expiryOf('figures#now')).toBe(T0 + (60 + 366) * DAY_MS);
  });
});

describe('reading', () => {
  it('a week of slots is read with one query', async () => {
    const { dynamodb } = services.clients;
    const [id, slots] = [newId('dst'), (7 * DAY_MS) / SLOT_MS];
    const ofOneSlot = figuresOf(Array.from({ length: 40 }, (_, index) => ended(T0, 100 + index * 10)));
    const rows = Array.from({ length: slots }, (_, index) => ({
      ...slotKey(id, slotOf(T0) + index),
      ...endedSlotAttributes(ofOneSlot),
    }));
    for (let start = 0; start < slots; start += MAX_BATCH_WRITE) {
      await batchPut(dynamodb, resourceNames.deliveries, rows.slice(start, start + MAX_BATCH_WRITE));
    }
    await newLog().add(id, [ended(T0 + 7 * DAY_MS, 100)]);
    calls.length = 0;
    const { figures } = await since(id, T0);
    expect(calls).toEqual([{ command: 'QueryCommand', units: expect.any(Number) }]);
    expect(calls[0]?.units).toBeLessThan(20);
    expect(countOf(figures.latencies)).toBe(40 * slots + 1);
  });

  it('reading many destinations finds what reading each of them finds', async () => {
    const log = newLog();
    const [idle, fresh, onlyNow, both, ahead, unknown] = Array.from({ length: 6 }, () => newId('dst')) as [
      DestinationId,
      DestinationId,
      DestinationId,
      DestinationId,
      DestinationId,
      DestinationId,
    ];
    const sinceMs = T0 + 2 * SLOT_MS;
    await log.add(idle, [ended(T0), ended(T0 + 1, 70)]);
    await log.add(fresh, [ended(sinceMs)]);
    await log.add(onlyNow, [ended(T0)]);
    await log.add(onlyNow, [ended(sinceMs + 3 * SLOT_MS, 90, false)]);
    for (const slot of [0, 1, 2, 3, 5]) await log.add(both, [ended(T0 + slot * SLOT_MS, 100 + slot)]);
    await log.add(ahead, [ended(T0 + 100 * SLOT_MS)]);
    const ids = [fresh, onlyNow, both, ahead];
    const found = await reader.sinceOfAll([...ids, idle, unknown, both], sinceMs + 5, (slots) => slots);
    const each = ids.map(async (id) => [id, (await reader.since(id, sinceMs + 5)).slots] as const);
    expect(found).toEqual(new Map(await Promise.all(each)));
    expect(found.get(both)?.map(({ startMs }) => (startMs - T0) / SLOT_MS)).toEqual([2, 3, 5]);
  });

  it('reading many destinations counts a slot once that ends between two reads', async () => {
    const [id, log] = [newId('dst'), newLog()];
    await log.add(id, [ended(T0)]);
    await log.add(id, [ended(T0 + SLOT_MS)]);
    let isBefore = true;
    services.clients.dynamodb.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'QueryCommand' && isBefore) {
            isBefore = false;
            await newLog().add(id, [ended(T0 + 2 * SLOT_MS)]);
          }
          return next(args);
        },
      { step: 'initialize' },
    );
    const slots = (await reader.sinceOfAll([id], T0, (all) => all)).get(id) ?? [];
    expect(isBefore).toBe(false);
    expect(slots.map(({ startMs, figures }) => [startMs, countOf(figures.latencies)])).toEqual([
      [T0, 1],
      [T0 + SLOT_MS, 1],
    ]);
  });

  it('reading many destinations queries slots only of those that had any attempts since', async () => {
    const log = newLog(5);
    const ids = Array.from({ length: 200 }, () => newId('dst'));
    const active = ids.slice(0, 3);
    await Promise.all(ids.map((id) => log.add(id, [ended(T0)])));
    await Promise.all(active.map((id) => log.add(id, [ended(T0 + 9 * SLOT_MS)])));
    await Promise.all(active.map((id) => log.add(id, [ended(T0 + 10 * SLOT_MS)])));
    calls.length = 0;
    await reader.sinceOfAll(ids, T0 + 5 * SLOT_MS, ({ length }) => length);
    const query = { command: 'QueryCommand', units: 0.5 };
    expect(calls).toEqual([
      { command: 'BatchGetItemCommand', units: 50 },
      { command: 'BatchGetItemCommand', units: 50 },
      ...active.map(() => query),
    ]);
  });

  it('a hundred destinations are read with one call', async () => {
    const ids = Array.from({ length: 100 }, () => newId('dst'));
    const log = newLog(5);
    await Promise.all(ids.slice(1).map((id) => log.add(id, [ended(T0)])));
    calls.length = 0;
    const lifetimes = await reader.lifetimes(ids);
    expect(lifetimes.size).toBe(99);
    expect(calls).toEqual([{ command: 'BatchGetItemCommand', units: 99 * 0.5 + 0.5 }]);
  });

  it('lists of deliveries leave out the rows of figures', async () => {
    const [id, log] = [newId('dst'), newLog()];
    await log.add(id, [ended(T0)]);
    await log.add(id, [ended(T0 + SLOT_MS)]);
    const table = { dynamodb: services.clients.dynamodb, table: resourceNames.deliveries };
    const lists = new DeliveryLists(table, new DeliveryReader(table));
    calls.length = 0;
    expect(await lists.ofDestination(id, { limit: 100 })).toEqual({ items: [] });
    // Does not even read them: half a unit is the minimum for a query.
    expect(calls).toEqual([{ command: 'QueryCommand', units: 0.5 }]);
  });
});
