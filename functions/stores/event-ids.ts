import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { EventId, SourceId } from '../../core/ids.ts';
import { batchGet, MAX_BATCH_GET, type Row } from './dynamodb-batch.ts';
import { ofSource, type TimeRange, unexpiredRange } from './event-range.ts';
import { eventKey } from './event-row.ts';
import { type Page, type PageRequest, readPage } from './page.ts';
import { hasExpired } from './retention.ts';
import { eventsTable } from './tables.ts';

/** Where an event's row is. */
interface EventAddress {
  readonly sourceId: SourceId;
  readonly eventId: EventId;
}

type EventIdPage = PageRequest<EventId> & TimeRange;

/** Reads are billed for whole rows anyway, but a projection keeps most of them off the network. */
const ID_AND_EXPIRY = {
  ProjectionExpression: '#id, #expiresAt',
  ExpressionAttributeNames: { '#id': eventsTable.sortKey, '#expiresAt': eventsTable.timeToLive },
};

interface EventIdsOptions {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
  readonly retentionDays: number;
}

/** Tells which events exist, for callers that need nothing of their content. */
export class EventIds {
  readonly #options: EventIdsOptions;

  constructor(options: EventIdsOptions) {
    this.#options = options;
  }

  /**
   * Those of any number of events that have not expired. Events never change, so an eventually consistent read at half
   * the price is enough.
   */
  async existing(addresses: readonly EventAddress[], nowMs: number): Promise<Set<EventId>> {
    const { dynamodb, table } = this.#options;
    const distinct = [...new Map(addresses.map((address) => [address.eventId, address])).values()];
    const found = new Set<EventId>();
    for (let start = 0; start < distinct.length; start += MAX_BATCH_GET) {
      const keys = distinct
        .slice(start, start + MAX_BATCH_GET)
        .map(({ sourceId, eventId }) => eventKey(sourceId, eventId));
      const rows = await batchGet(dynamodb, table, keys, ID_AND_EXPIRY);
      for (const id of unexpiredIds(rows, nowMs)) found.add(id);
    }
    return found;
  }

  /** Events of one source that have not expired, the oldest first. */
  async page(sourceId: SourceId, page: EventIdPage, nowMs: number): Promise<Page<EventId, EventId>> {
    const { dynamodb, table, retentionDays } = this.#options;
    const range = unexpiredRange(page, nowMs, retentionDays);
    if (!range) return { items: [] };
    const condition = ofSource(sourceId, range);
    return readPage(page, {
      keyOf: (id: EventId) => id,
      query: async (after, maxRows) => {
        // DynamoDB refuses a start key outside the range: its event may have expired since the previous page.
        const isBehindStart = after !== undefined && after >= range.from;
        const { Items = [], LastEvaluatedKey } = await dynamodb.send(
          new QueryCommand({
            TableName: table,
            ...condition,
            ...ID_AND_EXPIRY,
            ExpressionAttributeNames: {
              ...condition.ExpressionAttributeNames,
              ...ID_AND_EXPIRY.ExpressionAttributeNames,
            },
            ...(isBehindStart && { ExclusiveStartKey: eventKey(sourceId, after) }),
            Limit: maxRows,
          }),
        );
        // The range alone is not enough: rows may date from a time when they were kept for fewer days.
        return { rows: unexpiredIds(Items, nowMs), last: LastEvaluatedKey && idOf(LastEvaluatedKey) };
      },
    });
  }
}

function unexpiredIds(rows: readonly Row[], nowMs: number): EventId[] {
  return rows.filter((row) => !hasExpired(row, nowMs)).map(idOf);
}

function idOf(row: Row): EventId {
  const id = row[eventsTable.sortKey]?.S;
  if (id === undefined) throw new Error('an event row lacks its id');
  // Rows are written by `EventStore` alone: the ids in them are ids.
  return id as EventId;
}
