import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { type LifetimeFigures, NO_LIFETIME_FIGURES } from '../../../core/figures/destination-figures.ts';
import type { SlotFigures } from '../../../core/figures/figures-series.ts';
import type { DestinationId } from '../../../core/ids.ts';
import { batchGet, inChunks, inTurns, MAX_BATCH_GET, type Row } from '../dynamodb-batch.ts';
import { deliveriesTable } from '../tables.ts';
import { text } from './delivery-row.ts';
import {
  figuresAttribute,
  lifetimeFigures,
  NOW_ROW_ID,
  nowKey,
  slotFigures,
  slotOf,
  slotRowId,
  slotUnderWay,
} from './figures-row.ts';

/** Figures since a time, and those of the whole lifetime. */
export interface FiguresSince {
  /** The slots in which something ended, oldest first. */
  readonly slots: readonly SlotFigures[];
  readonly lifetime: LifetimeFigures;
}

/** Half of the SDK's connections. The responses of more queries would only wait for each other to be parsed: 20 MB of slots. */
const MAX_QUERIES_AT_ONCE = 25;

const { slot, slotBegun, slotFailed, slotMs, slotLatencies, ...lifetimeNames } = figuresAttribute;

/** What a list shows. It leaves out the buckets, which would be most of the data. */
const lifetimeProjection = projectionOf([deliveriesTable.partitionKey, ...Object.values(lifetimeNames)]);
/** Leaves out the destination and the expiry, which are half of a row. */
const endedProjection = projectionOf([deliveriesTable.sortKey, slotBegun, slotFailed, slotMs, slotLatencies]);

function projectionOf(names: readonly string[]) {
  return {
    ProjectionExpression: names.map((name) => `#${name}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
  };
}

/** Reads the figures of destinations, eventually consistent, because they lag by a moment in any case. */
export class FiguresReader {
  readonly #dynamodb: DynamoDBClient;
  readonly #table: string;

  constructor({ dynamodb, table }: { dynamodb: DynamoDBClient; table: string }) {
    this.#dynamodb = dynamodb;
    this.#table = table;
  }

  /** The lifetime figures of up to 100 destinations, in one read. Destinations without deliveries are missing from the map. */
  async lifetimes(destinationIds: readonly DestinationId[]): Promise<Map<DestinationId, LifetimeFigures>> {
    const keys = [...new Set(destinationIds)].map(nowKey);
    const rows = await batchGet(this.#dynamodb, this.#table, keys, lifetimeProjection);
    return new Map(rows.map((row) => [destinationOf(row), lifetimeFigures(row)]));
  }

  /** The figures from the beginning of the slot that contains `sinceMs`, with one query. */
  async since(destinationId: DestinationId, sinceMs: number): Promise<FiguresSince> {
    const firstSlot = slotOf(sinceMs);
    const rows = await this.#rows(destinationId, slotRowId(firstSlot), NOW_ROW_ID);
    const now = rows.find((row) => text(row, deliveriesTable.sortKey) === NOW_ROW_ID);
    // If nothing was delivered since then, the slot under way is an old one.
    const counted = rows.filter((row) => row !== now || slotUnderWay(row) >= firstSlot);
    return { slots: counted.map(slotFigures), lifetime: now ? lifetimeFigures(now) : NO_LIFETIME_FIGURES };
  }

  /**
   * The same for many destinations. Their `figures#now` rows are read together, and tell which of them have had an attempt since.
   * Each of these takes a query; the others are missing from the map.
   * @param sumUp reduces the slots of one destination, because those of all would exceed the function's memory
   */
  async sinceOfAll<Summary>(
    destinationIds: readonly DestinationId[],
    sinceMs: number,
    sumUp: (slots: readonly SlotFigures[]) => Summary,
  ): Promise<Map<DestinationId, Summary>> {
    const firstSlot = slotOf(sinceMs);
    const keys = [...new Set(destinationIds)].map(nowKey);
    // The `{}` avoids the default, consistent reads, which cost twice as much.
    const nows = await inChunks(keys, MAX_BATCH_GET, (chunk) => batchGet(this.#dynamodb, this.#table, chunk, {}));
    const active = nows.filter((now) => slotUnderWay(now) >= firstSlot);
    const summaryOf = async (now: Row) => [destinationOf(now), sumUp(await this.#slotsUpTo(now, firstSlot))] as const;
    return new Map(await inTurns(active, MAX_QUERIES_AT_ONCE, summaryOf));
  }

  /**
   * Reads ended slots only up to the one that is under way in `now`, so that a slot that ends in between is not counted twice.
   */
  async #slotsUpTo(now: Row, firstSlot: number): Promise<SlotFigures[]> {
    const underWay = slotUnderWay(now);
    if (underWay === firstSlot) return [slotFigures(now)];
    const [first, last] = [slotRowId(firstSlot), slotRowId(underWay - 1)];
    const ended = await this.#rows(destinationOf(now), first, last, endedProjection);
    return [...ended, now].map(slotFigures);
  }

  async #rows(
    destinationId: DestinationId,
    firstId: string,
    lastId: string,
    projection: Partial<ReturnType<typeof projectionOf>> = {},
  ): Promise<Row[]> {
    const rows: Row[] = [];
    let startKey: Row | undefined;
    do {
      const page = await this.#dynamodb.send(
        new QueryCommand({
          TableName: this.#table,
          KeyConditionExpression: '#destination = :destination AND #id BETWEEN :first AND :last',
          ...projection,
          ExpressionAttributeNames: {
            ...projection.ExpressionAttributeNames,
            '#destination': deliveriesTable.partitionKey,
            '#id': deliveriesTable.sortKey,
          },
          ExpressionAttributeValues: {
            ':destination': { S: destinationId },
            ':first': { S: firstId },
            ':last': { S: lastId },
          },
          ...(startKey && { ExclusiveStartKey: startKey }),
        }),
      );
      rows.push(...(page.Items ?? []));
      startKey = page.LastEvaluatedKey;
    } while (startKey);
    return rows;
  }
}

function destinationOf(row: Row): DestinationId {
  return text(row, deliveriesTable.partitionKey) as DestinationId;
}
