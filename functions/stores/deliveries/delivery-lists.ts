import {
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import type { DeliveryStatus } from '../../../core/deliveries/delivery.ts';
import { type DeliveryId, type DestinationId, idBound, type OrganizationId } from '../../../core/ids.ts';
import type { Row } from '../dynamodb-batch.ts';
import { type Page, type PageRequest, type PageSource, readPage } from '../page.ts';
import { deliveriesTable } from '../tables.ts';
import type { DeliveryAddress, DeliveryReader } from './delivery-reader.ts';
import { deliveryFromRow, deliveryKey, type StoredDelivery, stateKey, text } from './delivery-row.ts';

/** When their events were accepted: from `sinceMs`, inclusive, to `untilMs`, exclusive. */
interface TimeRange {
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

/** The states in the index of states. */
type IndexedStatus = Exclude<DeliveryStatus, 'succeeded'>;

interface RowRange extends TimeRange {
  /** Lists the oldest event first; by default the newest comes first. */
  readonly oldestFirst?: boolean;
}

export interface DeliveryPage extends PageRequest<string>, RowRange {
  readonly status?: DeliveryStatus | undefined;
}

/** Lists deliveries in the order in which their events came. */
export class DeliveryLists {
  readonly #dynamodb: DynamoDBClient;
  readonly #table: string;
  readonly #reader: DeliveryReader;

  constructor({ dynamodb, table }: { dynamodb: DynamoDBClient; table: string }, reader: DeliveryReader) {
    this.#dynamodb = dynamodb;
    this.#table = table;
    this.#reader = reader;
  }

  /**
   * Deliveries to one destination; a page goes on below a delivery's id. Those that have not succeeded are found by the
   * index of states, however rare they are.
   */
  ofDestination(destinationId: DestinationId, page: DeliveryPage): Promise<Page<StoredDelivery, string>> {
    const { status } = page;
    return status === undefined || status === 'succeeded'
      ? this.#inTable(destinationId, page, status)
      : this.inState(destinationId, status, page);
  }

  /** Dead letters of an organization. The index is sparse: it holds dead letters alone. */
  async deadOfOrganization(
    organizationId: OrganizationId,
    page: PageRequest<DeliveryAddress> & RowRange,
  ): Promise<Page<StoredDelivery, DeliveryAddress>> {
    const rows = await this.#page(page, partitionOf(deliveriesTable.deadLetters, organizationId), {
      keyOf: (row) => ({
        destinationId: text(row, deliveriesTable.partitionKey) as DestinationId,
        deliveryId: sortKeyOf(row) as DeliveryId,
      }),
      rowKeyOf: ({ destinationId, deliveryId }) => deliveryKey(destinationId, deliveryId),
    });
    return { ...rows, items: rows.items.map(deliveryFromRow) };
  }

  /**
   * Counts the deliveries of a destination that are in a state, or the dead letters of an organization, as far as one
   * query, which reads 1 MB of the index.
   * @param most stops counting here
   */
  async countOf(
    list: { readonly destinationId: DestinationId; readonly status: IndexedStatus } | OrganizationId,
    range: TimeRange,
    most?: number,
  ): Promise<{ readonly count: number; readonly hasMore: boolean }> {
    const partition =
      typeof list === 'string'
        ? partitionOf(deliveriesTable.deadLetters, list)
        : partitionOf(deliveriesTable.byState, stateKey(list.destinationId, list.status));
    const { Count = 0, LastEvaluatedKey } = await this.#query(partition, range, {
      Select: 'COUNT',
      // One more, to learn whether there are more.
      ...(most !== undefined && { Limit: most + 1 }),
    });
    if (most !== undefined && Count > most) return { count: most, hasMore: true };
    return { count: Count, hasMore: LastEvaluatedKey !== undefined };
  }

  async #inTable(
    destinationId: DestinationId,
    page: DeliveryPage,
    status: 'succeeded' | undefined,
  ): Promise<Page<StoredDelivery, string>> {
    const rows = await this.#page(page, partitionOf(deliveriesTable, destinationId), {
      ...byId(destinationId),
      // The rows of later attempts are among those of the deliveries, and have no status.
      keep: (row) => (status === undefined ? row.status !== undefined : row.status?.S === status),
    });
    return { ...rows, items: rows.items.map(deliveryFromRow) };
  }

  /** The index has keys only, because deliveries may wait by the hundred thousand. The rows are read afterwards. */
  async inState(
    destinationId: DestinationId,
    status: IndexedStatus,
    page: PageRequest<string> & RowRange,
  ): Promise<Page<StoredDelivery, DeliveryId>> {
    const partition = partitionOf(deliveriesTable.byState, stateKey(destinationId, status));
    const { items: keys, next } = await this.#page(page, partition, byId(destinationId));
    const ids = keys.map((row) => sortKeyOf(row) as DeliveryId);
    const items = await this.#reader.getInState(destinationId, ids, status);
    return { items, ...(next !== undefined && { next: next as DeliveryId }) };
  }

  #page<Key>(
    page: PageRequest<Key> & RowRange,
    partition: Partition,
    { rowKeyOf, ...source }: Omit<PageSource<Row, Key>, 'query'> & { readonly rowKeyOf: (key: Key) => Row },
  ): Promise<Page<Row, Key>> {
    return readPage(page, {
      ...source,
      query: async (after, maxRows) => {
        const { Items = [], LastEvaluatedKey } = await this.#query(partition, page, {
          ...(after !== undefined && {
            ExclusiveStartKey: { ...rowKeyOf(after), [partition.name]: { S: partition.value } },
          }),
          Limit: maxRows,
        });
        return { rows: Items, last: LastEvaluatedKey && source.keyOf(LastEvaluatedKey) };
      },
    });
  }

  #query(
    { indexName, name, value }: Partition,
    { sinceMs = 0, untilMs, oldestFirst = false }: RowRange,
    more: Pick<QueryCommandInput, 'ExclusiveStartKey' | 'Limit' | 'Select'>,
  ): Promise<QueryCommandOutput> {
    return this.#dynamodb.send(
      new QueryCommand({
        TableName: this.#table,
        ...(indexName && { IndexName: indexName }),
        KeyConditionExpression: '#partition = :partition AND #id BETWEEN :from AND :to',
        ExpressionAttributeNames: { '#partition': name, '#id': deliveriesTable.sortKey },
        ExpressionAttributeValues: {
          ':partition': { S: value },
          ':from': { S: idBound('dlv', sinceMs) },
          ':to': { S: untilMs === undefined ? 'dlv_~' : idBound('dlv', untilMs) },
        },
        ScanIndexForward: oldestFirst,
        ...more,
      }),
    );
  }
}

/** The rows of one partition key, of the table or of an index, all of which are sorted by the delivery's id. */
interface Partition {
  readonly indexName?: string | undefined;
  readonly name: string;
  readonly value: string;
}

function partitionOf(
  { indexName, partitionKey }: { readonly indexName?: string; readonly partitionKey: string },
  value: string,
): Partition {
  return { indexName, name: partitionKey, value };
}

/** Page keys of lists of one destination: a page goes on below a delivery's id. */
function byId(destinationId: DestinationId) {
  return { keyOf: sortKeyOf, rowKeyOf: (id: string) => deliveryKey(destinationId, id) };
}

function sortKeyOf(row: Row): string {
  return text(row, deliveriesTable.sortKey);
}
