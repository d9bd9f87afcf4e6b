import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { EventId, SourceId } from '../../core/ids.ts';
import { batchGet, MAX_BATCH_GET, type Row } from './dynamodb-batch.ts';
import { keptRange, ofSource, type TimeRange } from './event-range.ts';
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

/** A projection. A read costs the units of whole rows all the same, but next to nothing has to come over the network. */
const ID_AND_EXPIRY = {
  ProjectionExpression: '#id, #expiresAt',
  ExpressionAttributeNames: { '#id': eventsTable.sortKey, '#expiresAt': eventsTable.timeToLive },
};

interface EventIdsOptions {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
  readonly retentionDays: number;
}

/** Which events there are, for a caller that needs nothing of what is in them. */
export class EventIds {
  readonly #options: EventIdsOptions;

  constructor(options: EventIdsOptions) {
    this.#options = options;
  }

  /** Those that have not expired, among any number. An event is never changed, so that an inconsistent read, at half the price, does. */
  async existing(addresses: readonly EventAddress[], nowMs: number): Promise<Set<EventId>> {
    const { dynamodb, table } = this.#options;
    const distinct = [...new Map(addresses.map((address) => [address.eventId, address])).values()];
    const found = new Set<EventId>();
    for (let start = 0; start < distinct.length; start += MAX_BATCH_GET) {
      const keys = distinct
        .slice(start, start + MAX_BATCH_GET)
        .map(({ sourceId, eventId }) => eventKey(sourceId, eventId));
      const rows = await batchGet(dynamodb, table, keys, ID_AND_EXPIRY);
      for (const id of keptIds(rows, nowMs)) found.add(id);
    }
    return found;
  }

  /** Events of one source that have not expired, the oldest first. */
  async page(sourceId: SourceId, page: EventIdPage, nowMs: number): Promise<Page<EventId, EventId>> {
    const { dynamodb, table, retentionDays } = this.#options;
    const range = keptRange(page, nowMs, retentionDays);
    if (!range) return { items: [] };
    const condition = ofSource(sourceId, range);
    return readPage(page, {
      keyOf: (id: EventId) => id,
      query: async (after, maxRows) => {
        // DynamoDB refuses to go on behind what the range does not have: one that has expired since the page before.
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
        // Within the range: rows of a time when they were kept for fewer days.
        return { rows: keptIds(Items, nowMs), last: LastEvaluatedKey && idOf(LastEvaluatedKey) };
      },
    });
  }
}

function keptIds(rows: readonly Row[], nowMs: number): EventId[] {
  return rows.filter((row) => !hasExpired(row, nowMs)).map(idOf);
}

function idOf(row: Row): EventId {
  const id = row[eventsTable.sortKey]?.S;
  if (id === undefined) throw new Error('an event row lacks its id');
  // Rows are written by `EventStore` alone: the ids in them are ids.
  return id as EventId;
}
