import { type DynamoDBClient, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { allSettledOrThrow } from '../../../core/all-settled-or-throw.ts';
import { addEventCounts, type EventCount, NO_EVENTS, type SlotEventCount } from '../../../core/figures/event-counts.ts';
import { type EventId, type SourceId, timeMsOf } from '../../../core/ids.ts';
import { inTurns, type Row } from '../dynamodb-batch.ts';
import { deliveriesTable } from '../tables.ts';
import { expiry, number, text } from './delivery-row.ts';
import { SLOT_MS, slotOf } from './figures-row.ts';

/*
 * Counts of the events of a source are rows of a partition of its own (`src_…`) in the deliveries table, one for half a day:
 *
 *     events#2026-11-22T00   e0 … e47: how many were accepted in each quarter of an hour, by UTC
 *     events#2026-11-22T12   u0 … u47: how many of those no connection wanted
 *
 * A batch of fan-out adds to one row, but for the two batches a day that are in two. Up to 1 KB that is one write unit: with six
 * digits in every count and the keys (88 bytes) a row has 740 bytes. It is read for half a unit, a day for as much, and a week,
 * 15 or 16 rows and 12 KB, for one and a half. With a row for each quarter, as figures have, whose histograms need the room, a
 * week would be 672 rows of 110 bytes: nine units, and forty times as many rows to parse.
 *
 * They are not in the events table, whose stream would hand each row to fan-out.
 */

/** An event that has been fanned out. */
export interface CountedEvent {
  readonly id: EventId;
  readonly isRouted: boolean;
}

export interface EventCountsOptions {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
  /** How long to wait for a write. */
  readonly timeoutMs?: number;
}

const SLOTS_IN_ROW = 48;
const ROW_MS = SLOTS_IN_ROW * SLOT_MS;
/** The same as for the slots of figures: the longest window, plus a day for late readers. */
const RETENTION_DAYS = 8;

/** Three tries of a few milliseconds each end long before this; fan-out must not hold up its other batches. */
const TIMEOUT_MS = 2_000;
/** The same as for figures, which the overview reads at the same time: together they use all connections of the SDK. */
const MAX_QUERIES_AT_ONCE = 25;

const ID_PREFIX = 'events#';
/** Sorts after every row: `n` comes after the digits. */
const AFTER_ROWS = `${ID_PREFIX}n`;

/** How many events the sources took, and when. */
export class EventCounts {
  readonly #dynamodb: DynamoDBClient;
  readonly #table: string;
  readonly #timeoutMs: number;

  constructor({ dynamodb, table, timeoutMs = TIMEOUT_MS }: EventCountsOptions) {
    this.#dynamodb = dynamodb;
    this.#table = table;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Counts events of one source, each in the slot in which it was accepted, however late. A repeated call can't be told
   * from a new one: if a response is lost, the SDK's own retry counts the events twice.
   */
  async add(sourceId: SourceId, events: readonly CountedEvent[]): Promise<void> {
    const byRow = Map.groupBy(events, ({ id }) => Math.floor(timeMsOf(id) / ROW_MS));
    const abortSignal = AbortSignal.timeout(this.#timeoutMs);
    await allSettledOrThrow(
      [...byRow].map(([row, ofRow]) => this.#dynamodb.send(this.#addition(sourceId, row, ofRow), { abortSignal })),
    );
  }

  /**
   * The counts of all these sources together, from the beginning of the slot that contains `sinceMs`, eventually
   * consistent. One query per source, because no row tells which of them had events.
   */
  async since(sourceIds: readonly SourceId[], sinceMs: number): Promise<SlotEventCount[]> {
    const all = new Map<number, EventCount>();
    await inTurns(sourceIds, MAX_QUERIES_AT_ONCE, async (id) => {
      for (const { startMs, ...count } of await this.#slotsOf(id, sinceMs)) {
        all.set(startMs, addEventCounts([all.get(startMs) ?? NO_EVENTS, count]));
      }
    });
    return [...all].map(([startMs, count]) => ({ startMs, ...count }));
  }

  #addition(sourceId: SourceId, row: number, events: readonly CountedEvent[]): UpdateItemCommand {
    const counts = new Map<string, number>();
    const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const { id, isRouted } of events) {
      const slot = slotOf(timeMsOf(id)) % SLOTS_IN_ROW;
      count(`e${slot}`);
      if (!isRouted) count(`u${slot}`);
    }
    const expires = expiry((row + 1) * ROW_MS, RETENTION_DAYS);
    const values = [...Object.entries(expires), ...[...counts].map(([name, by]) => [name, number(by)] as const)];
    const adds = [...counts.keys()].map((name) => `#${name} :${name}`);
    const { timeToLive } = deliveriesTable;
    return new UpdateItemCommand({
      TableName: this.#table,
      Key: {
        [deliveriesTable.partitionKey]: { S: sourceId },
        [deliveriesTable.sortKey]: { S: rowId(row) },
      },
      // Names each of a row's 96 counts at most once: 1.1 KB of the 4 KB that an expression may have.
      UpdateExpression: `SET #${timeToLive} = :${timeToLive} ADD ${adds.join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(values.map(([name]) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(values.map(([name, value]) => [`:${name}`, value])),
    });
  }

  /** At most 16 rows for a week, and those of a clock that is ahead: far below a page of 1 MB. */
  async #slotsOf(sourceId: SourceId, sinceMs: number): Promise<SlotEventCount[]> {
    const { Items = [] } = await this.#dynamodb.send(
      new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: '#source = :source AND #id BETWEEN :first AND :last',
        ExpressionAttributeNames: { '#source': deliveriesTable.partitionKey, '#id': deliveriesTable.sortKey },
        ExpressionAttributeValues: {
          ':source': { S: sourceId },
          ':first': { S: rowId(Math.floor(sinceMs / ROW_MS)) },
          ':last': { S: AFTER_ROWS },
        },
      }),
    );
    const firstMs = slotOf(sinceMs) * SLOT_MS;
    return Items.flatMap(slotsIn).filter(({ startMs }) => startMs >= firstMs);
  }
}

function rowId(row: number): string {
  return `${ID_PREFIX}${new Date(row * ROW_MS).toISOString().slice(0, 'yyyy-mm-ddThh'.length)}`;
}

function slotsIn(row: Row): SlotEventCount[] {
  const rowStartMs = Date.parse(`${text(row, deliveriesTable.sortKey).slice(ID_PREFIX.length)}:00Z`);
  return Array.from({ length: SLOTS_IN_ROW }, (_, slot) => ({
    startMs: rowStartMs + slot * SLOT_MS,
    events: Number(row[`e${slot}`]?.N ?? 0),
    unrouted: Number(row[`u${slot}`]?.N ?? 0),
  })).filter(({ events }) => events > 0);
}
