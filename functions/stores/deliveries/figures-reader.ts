import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  type Figures,
  type LifetimeFigures,
  mergeFigures,
  NO_LIFETIME_FIGURES,
} from '../../../core/destination-figures.ts';
import type { DestinationId } from '../../../core/ids.ts';
import { batchGet, type Row } from '../dynamodb-batch.ts';
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

/** Figures of a time, and those that don't depend on one. */
export interface FiguresSince {
  readonly figures: Figures;
  readonly lifetime: LifetimeFigures;
}

const { slot, slotFailed, slotMs, ...lifetimeNames } = figuresAttribute;

/** All that a list shows: the buckets would be most of what is sent. */
const lifetimeProjection = [deliveriesTable.partitionKey, ...Object.values(lifetimeNames)];

/** Reads the figures of destinations, eventually consistent: they are a moment behind in any case. */
export class FiguresReader {
  readonly #dynamodb: DynamoDBClient;
  readonly #table: string;

  constructor({ dynamodb, table }: { dynamodb: DynamoDBClient; table: string }) {
    this.#dynamodb = dynamodb;
    this.#table = table;
  }

  /** Of up to 100 destinations in one read; one that nothing was delivered to is missing from the map. */
  async lifetimes(destinationIds: readonly DestinationId[]): Promise<Map<DestinationId, LifetimeFigures>> {
    const keys = [...new Set(destinationIds)].map(nowKey);
    const rows = await batchGet(this.#dynamodb, this.#table, keys, {
      ProjectionExpression: lifetimeProjection.map((name) => `#${name}`).join(', '),
      ExpressionAttributeNames: Object.fromEntries(lifetimeProjection.map((name) => [`#${name}`, name])),
    });
    return new Map(rows.map((row) => [text(row, deliveriesTable.partitionKey) as DestinationId, lifetimeFigures(row)]));
  }

  /** From the beginning of the slot that `sinceMs` is in: one query. */
  async since(destinationId: DestinationId, sinceMs: number): Promise<FiguresSince> {
    const firstSlot = slotOf(sinceMs);
    const rows = await this.#rows(destinationId, slotRowId(firstSlot));
    const now = rows.find((row) => text(row, deliveriesTable.sortKey) === NOW_ROW_ID);
    // A destination that nothing was delivered to since has an old slot under way.
    const counted = rows.filter((row) => row !== now || slotUnderWay(row) >= firstSlot);
    return {
      figures: mergeFigures(counted.map(slotFigures)),
      lifetime: now ? lifetimeFigures(now) : NO_LIFETIME_FIGURES,
    };
  }

  async #rows(destinationId: DestinationId, firstId: string): Promise<Row[]> {
    const rows: Row[] = [];
    let startKey: Row | undefined;
    do {
      const page = await this.#dynamodb.send(
        new QueryCommand({
          TableName: this.#table,
          KeyConditionExpression: '#destination = :destination AND #id BETWEEN :first AND :now',
          ExpressionAttributeNames: {
            '#destination': deliveriesTable.partitionKey,
            '#id': deliveriesTable.sortKey,
          },
          ExpressionAttributeValues: {
            ':destination': { S: destinationId },
            ':first': { S: firstId },
            ':now': { S: NOW_ROW_ID },
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
