import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { type EventId, idBound, type SourceId } from '../../core/ids.ts';
import { batchGet, MAX_BATCH_GET, type Row } from './dynamodb-batch.ts';
import { eventKey } from './events.ts';
import { type Page, type PageRequest, readPage } from './page.ts';
import { eventsTable } from './tables.ts';

/** Where an event's row is. */
interface EventAddress {
  readonly sourceId: SourceId;
  readonly eventId: EventId;
}

interface EventIdPage extends PageRequest<EventId> {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Keys alone: a projection. A read costs the units of whole rows all the same, but nothing has to come over the network. */
const ID_ALONE = {
  ProjectionExpression: '#id',
  ExpressionAttributeNames: { '#id': eventsTable.sortKey },
};

/** Which events there are, for a caller that needs nothing of what is in them. */
export class EventIds {
  readonly #dynamodb: DynamoDBClient;
  readonly #table: string;

  constructor({ dynamodb, table }: { dynamodb: DynamoDBClient; table: string }) {
    this.#dynamodb = dynamodb;
    this.#table = table;
  }

  /** Those that have not expired, among any number. An event is never changed, so that an inconsistent read, at half the price, does. */
  async existing(addresses: readonly EventAddress[]): Promise<Set<EventId>> {
    const distinct = [...new Map(addresses.map((address) => [address.eventId, address])).values()];
    const found = new Set<EventId>();
    for (let start = 0; start < distinct.length; start += MAX_BATCH_GET) {
      const keys = distinct
        .slice(start, start + MAX_BATCH_GET)
        .map(({ sourceId, eventId }) => eventKey(sourceId, eventId));
      for (const row of await batchGet(this.#dynamodb, this.#table, keys, ID_ALONE)) found.add(idOf(row));
    }
    return found;
  }

  /** Events of one source, the oldest first. */
  page(sourceId: SourceId, page: EventIdPage): Promise<Page<EventId, EventId>> {
    return readPage(page, {
      keyOf: (id: EventId) => id,
      query: async (after, maxRows) => {
        const { Items = [], LastEvaluatedKey } = await this.#dynamodb.send(
          new QueryCommand({
            TableName: this.#table,
            KeyConditionExpression: '#source = :source AND #id BETWEEN :from AND :to',
            ...ID_ALONE,
            ExpressionAttributeNames: { ...ID_ALONE.ExpressionAttributeNames, '#source': eventsTable.partitionKey },
            ExpressionAttributeValues: {
              ':source': { S: sourceId },
              ':from': { S: idBound('evt', page.sinceMs) },
              ':to': { S: idBound('evt', page.untilMs) },
            },
            ...(after !== undefined && { ExclusiveStartKey: eventKey(sourceId, after) }),
            Limit: maxRows,
          }),
        );
        return { rows: Items.map(idOf), last: LastEvaluatedKey && idOf(LastEvaluatedKey) };
      },
    });
  }
}

function idOf(row: Row): EventId {
  const id = row[eventsTable.sortKey]?.S;
  if (id === undefined) throw new Error('an event row lacks its id');
  // Rows are written by `EventStore` alone: the ids in them are ids.
  return id as EventId;
}
