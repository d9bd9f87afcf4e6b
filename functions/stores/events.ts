import { randomUUID } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import {
  encodeRequest,
  INLINE_LIMIT_BYTES,
  type RequestHead,
  type StoredRequest,
} from '../../core/events/stored-request.ts';
import { type EventId, newEventId, type OrganizationId, type SourceId } from '../../core/ids.ts';
import type { WriteCollector } from './config/config-table.ts';
import type { Row } from './dynamodb-batch.ts';
import { ofSource, type TimeRange, unexpiredRange } from './event-range.ts';
import { eventFromRow, eventKey, type StoredEvent } from './event-row.ts';
import { type Page, type PageRequest, readPage } from './page.ts';
import { expiresAtSeconds, hasExpired } from './retention.ts';
import { eventsTable } from './tables.ts';

/** A page of the events that were accepted in a time range and have not expired. */
export interface EventPage extends PageRequest<string>, TimeRange {
  readonly nowMs: number;
  /** Selects the events of the page. */
  readonly keep?: (event: StoredEvent) => boolean;
  /** See `PageSource`. */
  readonly maxQueries?: number;
}

/** A larger body exceeds the inline limit even when deflated, so that is not tried. */
export const NEVER_INLINE_BYTES = 512 * 1024;

export interface EventStoreOptions {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly table: string;
  readonly bucket: string;
  readonly retentionDays: number;
  /** Receives the rows instead of the table: see `deferringTo`. */
  readonly collect?: WriteCollector;
}

/** The events table, and the bucket for the bodies that are too large for it. */
export class EventStore {
  readonly #options: EventStoreOptions;

  constructor(options: EventStoreOptions) {
    this.#options = options;
  }

  /** The same store, but its rows go to `collect`, to be written in a transaction of the configuration table. */
  deferringTo(collect: WriteCollector): EventStore {
    return new EventStore({ ...this.#options, collect });
  }

  /** Stores a webhook. When the promise resolves it is durable, and fan-out will see it. */
  async put(
    source: { readonly id: SourceId; readonly organizationId: OrganizationId },
    head: RequestHead,
    body: Uint8Array,
    nowMs: number,
  ): Promise<EventId> {
    const id = newEventId(source.id, nowMs);
    const request = await this.#encode(`${source.organizationId}/${id}`, head, body);
    const event = { id, sourceId: source.id, organizationId: source.organizationId, request };
    // Otherwise two events of one source in one millisecond drew the same 42 random bits: the second must not overwrite the
    // first.
    return (await this.#store(event, nowMs)) ? id : this.put(source, head, body, nowMs);
  }

  /**
   * Stores a webhook under a given id. Copies of it may be stored under the same id at the same time; only one of them is.
   * @returns whether it is this one
   */
  async putAs(
    id: EventId,
    source: { readonly id: SourceId; readonly organizationId: OrganizationId },
    head: RequestHead,
    body: Uint8Array,
    nowMs: number,
  ): Promise<boolean> {
    // Each copy has a key of its own: it may have another body, which must not replace the one that the row points to.
    const request = await this.#encode(`${source.organizationId}/${id}/${randomUUID()}`, head, body);
    return this.#store({ id, sourceId: source.id, organizationId: source.organizationId, request }, nowMs);
  }

  /** Stores an event unless its id is in use. @returns whether the row is the event's own */
  async #store(event: StoredEvent, nowMs: number): Promise<boolean> {
    try {
      await this.#putRow(event, nowMs);
      return true;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      // The row may be this event's own: the SDK repeats a write whose response was lost. A second event would be delivered as
      // well.
      return error.Item?.request?.B !== undefined && Buffer.compare(error.Item.request.B, event.request) === 0;
    }
  }

  /** Finds an event while its row exists, perhaps for days after it has expired: deliveries under way must not lose it sooner. */
  async get(sourceId: SourceId, id: EventId): Promise<StoredEvent | undefined> {
    const row = await this.#row(sourceId, id);
    return row && eventFromRow(row);
  }

  /** Finds an event unless it has expired, for requests that are made now. */
  async getUnexpired(sourceId: SourceId, id: EventId, nowMs: number): Promise<StoredEvent | undefined> {
    const row = await this.#row(sourceId, id);
    return row && !hasExpired(row, nowMs) ? eventFromRow(row) : undefined;
  }

  async #row(sourceId: SourceId, id: EventId): Promise<Row | undefined> {
    const { dynamodb, table } = this.#options;
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName: table, Key: eventKey(sourceId, id), ConsistentRead: true }),
    );
    return Item;
  }

  /** Events of one source, newest first. A page continues below an event's id. */
  async list(sourceId: SourceId, page: EventPage): Promise<Page<StoredEvent, string>> {
    const { dynamodb, table, retentionDays } = this.#options;
    const range = unexpiredRange(page, page.nowMs, retentionDays);
    // Everything after the previous page may have expired since.
    if (!range || (page.after !== undefined && page.after < range.from)) return { items: [] };
    return readPage(page, {
      keep: page.keep,
      maxQueries: page.maxQueries,
      keyOf: ({ id }: StoredEvent): string => id,
      query: async (after, maxRows) => {
        const { Items = [], LastEvaluatedKey } = await dynamodb.send(
          new QueryCommand({
            TableName: table,
            ...ofSource(sourceId, range),
            ...(after !== undefined && { ExclusiveStartKey: eventKey(sourceId, after) }),
            ScanIndexForward: false,
            Limit: maxRows,
          }),
        );
        // The range alone is not enough: rows may have been written when the retention was shorter.
        const kept = Items.filter((row) => !hasExpired(row, page.nowMs));
        return { rows: kept.map(eventFromRow), last: LastEvaluatedKey?.[eventsTable.sortKey]?.S };
      },
    });
  }

  /** The body of a stored request, wherever it is; `undefined` when its object has expired. */
  async bodyOf({ body }: StoredRequest): Promise<Uint8Array | undefined> {
    if (body.kind === 'inline') return body.bytes;
    const { s3, bucket } = this.#options;
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: body.key }));
      return await Body?.transformToByteArray();
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }

  /** @param key of the object, if the body becomes one */
  async #encode(key: string, head: RequestHead, body: Uint8Array): Promise<Uint8Array> {
    if (body.byteLength <= NEVER_INLINE_BYTES) {
      const inline = encodeRequest({ head, body: { kind: 'inline', bytes: body } });
      if (inline.byteLength <= INLINE_LIMIT_BYTES) return inline;
    }
    const { s3, bucket } = this.#options;
    // Written before the row: a row without its body would be an accepted event that can't be delivered.
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
    return encodeRequest({ head, body: { kind: 'object', key, sizeBytes: body.byteLength } });
  }

  async #putRow(event: StoredEvent, nowMs: number): Promise<void> {
    const { dynamodb, table, retentionDays, collect } = this.#options;
    const { sourceId, id, organizationId, request } = event;
    const expiresAt = expiresAtSeconds(nowMs, retentionDays);
    const condition = {
      TableName: table,
      ConditionExpression: 'attribute_not_exists(#id)',
      ExpressionAttributeNames: { '#id': eventsTable.sortKey },
    };
    if (collect) {
      const Item = {
        [eventsTable.partitionKey]: sourceId,
        [eventsTable.sortKey]: id,
        org_id: organizationId,
        request,
        [eventsTable.timeToLive]: expiresAt,
      };
      collect([{ put: { ...condition, Item }, refused: () => new Error(`the new id ${id} is in use`) }]);
      return;
    }
    await dynamodb.send(
      new PutItemCommand({
        ...condition,
        Item: {
          ...eventKey(sourceId, id),
          org_id: { S: organizationId },
          request: { B: request },
          [eventsTable.timeToLive]: { N: String(expiresAt) },
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
  }
}
