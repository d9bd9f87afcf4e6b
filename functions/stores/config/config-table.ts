import { randomUUID } from 'node:crypto';
import { type AttributeValue, type DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { retryingConflicts } from '../conflicts.ts';
import { batchGet, inChunks, MAX_BATCH_GET } from '../dynamodb-batch.ts';
import { type Page, type PageRequest, type PageSource, readPage } from '../page.ts';
import { configTable } from '../tables.ts';

/** A row as it is stored; the repositories parse it. */
export type Row = Record<string, unknown>;

export interface RowKey {
  readonly pk: string;
  readonly sk: string;
}

/** The key of the last row of a page: the next page begins behind it. */
export type PageKey = Record<string, string>;

export type ConfigPageRequest = PageRequest<PageKey>;
export type ConfigPage<T> = Page<T, PageKey>;

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];
type WithoutTable<T> = T extends object ? Omit<T, 'TableName'> : never;

/** One write of a transaction, and the error to throw if its condition fails. */
export interface TransactionWrite {
  /** Written to the configuration table unless it names another one. */
  readonly put?: WithoutTable<TransactItem['Put']> & { readonly TableName?: string };
  readonly update?: WithoutTable<TransactItem['Update']>;
  readonly delete?: WithoutTable<TransactItem['Delete']>;
  /** @param current the row that failed the condition, in DynamoDB's own notation; `undefined` if there is none */
  readonly refused: (current: Readonly<Record<string, AttributeValue>> | undefined) => Error;
}

/** Receives the writes of a transaction that is to be run later. */
export type WriteCollector = (writes: readonly TransactionWrite[]) => void;

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
export const MAX_TRANSACTION_WRITES = 100;

type Index = typeof configTable.byOrganization | typeof configTable.byDestination;

const rowKeyAttributes = [configTable.partitionKey, configTable.sortKey];

/**
 * The SDK recognizes a plain object by its constructor's name, which an entry named `constructor` hides, and a header
 * may have that name. The second option makes it a map all the same.
 */
const marshallOptions = { removeUndefinedValues: true, convertClassInstanceToMap: true };

/** The configuration table: what the repositories of this folder share. */
export class ConfigTable {
  readonly #dynamodb: DynamoDBClient;
  readonly #client: DynamoDBDocumentClient;
  readonly #name: string;
  readonly #collect: WriteCollector | undefined;

  /** @param collect receives the writes of transactions instead of the table: see `deferringTo` */
  constructor(dynamodb: DynamoDBClient, name: string, collect?: WriteCollector) {
    this.#dynamodb = dynamodb;
    this.#collect = collect;
    this.#client = DynamoDBDocumentClient.from(dynamodb, { marshallOptions });
    this.#name = name;
  }

  /** The same table, except that the writes of its transactions go to `collect`, to be made later in a larger transaction. */
  deferringTo(collect: WriteCollector): ConfigTable {
    return new ConfigTable(this.#dynamodb, this.#name, collect);
  }

  /** Strongly consistent, so a row that was just created is found. */
  async get(key: RowKey): Promise<Row | undefined> {
    const { Item } = await this.#client.send(new GetCommand({ TableName: this.#name, Key: key, ConsistentRead: true }));
    return Item;
  }

  /** The row as it is after the update. @throws ConditionalCheckFailedException of the SDK */
  async update(input: WithoutTable<UpdateCommandInput>): Promise<Row> {
    if (this.#collect) throw new TypeError('an update returns the row as it then is, so it cannot be deferred');
    const { Attributes } = await this.#client.send(
      new UpdateCommand({ ...input, TableName: this.#name, ReturnValues: 'ALL_NEW' }),
    );
    return Attributes ?? {};
  }

  /** Those of these distinct keys that have a row, consistently, in no particular order. */
  async getMany(keys: readonly RowKey[]): Promise<Row[]> {
    const rows = await inChunks(keys, MAX_BATCH_GET, (chunk) =>
      batchGet(
        this.#dynamodb,
        this.#name,
        chunk.map(({ pk, sk }) => ({ pk: { S: pk }, sk: { S: sk } })),
      ),
    );
    return rows.map((row) => unmarshall(row));
  }

  /** All rows of a partition, or those whose sort key begins with `prefix`, consistently. */
  async partition(pk: string, prefix?: string): Promise<Row[]> {
    const rows: Row[] = [];
    let after: Row | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await this.#query({
        ...partitionCondition(pk, prefix),
        ConsistentRead: true,
        ExclusiveStartKey: after,
      });
      rows.push(...Items);
      after = LastEvaluatedKey;
    } while (after);
    return rows;
  }

  /** One page of the rows of a partition whose sort key begins with `prefix`, newest first. */
  partitionPage(pk: string, prefix: string, page: ConfigPageRequest): Promise<ConfigPage<Row>> {
    return this.#page(partitionCondition(pk, prefix), page, { keyOf: (row) => pick(row, rowKeyAttributes) });
  }

  /** One page of an index, newest first: of all rows in it, or of those to keep. */
  indexPage(
    index: Index,
    value: string,
    page: ConfigPageRequest,
    keep?: (row: Row) => boolean,
  ): Promise<ConfigPage<Row>> {
    const condition = {
      IndexName: index.indexName,
      KeyConditionExpression: '#index = :value',
      ExpressionAttributeNames: { '#index': index.partitionKey },
      ExpressionAttributeValues: { ':value': value },
    };
    return this.#page(condition, page, { keyOf: (row) => indexPageKey(index, row), ...(keep && { keep }) });
  }

  #page(
    condition: WithoutTable<QueryCommandInput>,
    page: ConfigPageRequest,
    { keyOf, keep }: Omit<PageSource<Row, PageKey>, 'query'>,
  ): Promise<ConfigPage<Row>> {
    return readPage(page, {
      keyOf,
      ...(keep && { keep }),
      query: async (after, maxRows) => {
        const { Items = [], LastEvaluatedKey } = await this.#query({
          ...condition,
          ScanIndexForward: false,
          Limit: maxRows,
          ExclusiveStartKey: after,
        });
        return { rows: Items, last: LastEvaluatedKey };
      },
    });
  }

  #query(input: WithoutTable<QueryCommandInput>): Promise<QueryCommandOutput> {
    return this.#client.send(new QueryCommand({ ...input, TableName: this.#name }));
  }

  /** Makes all writes or none. @throws what `refused` of the first write with a failed condition returns */
  async transact(writes: readonly TransactionWrite[]): Promise<void> {
    if (this.#collect) return this.#collect(writes);
    const items = writes.map((write) => this.#itemOf(write));
    try {
      // One token for all tries, by which DynamoDB recognizes a try whose response was lost.
      const input = { TransactItems: items, ClientRequestToken: randomUUID() };
      await retryingConflicts(() => this.#client.send(new TransactWriteCommand(input)));
    } catch (error) {
      const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
      const failed = reasons.findIndex(({ Code }) => Code === 'ConditionalCheckFailed');
      throw writes[failed]?.refused(reasons[failed]?.Item) ?? error;
    }
  }

  #itemOf(write: TransactionWrite): TransactItem {
    const common = { TableName: this.#name, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
    if (write.put) return { Put: { ...common, ...write.put } };
    if (write.update) return { Update: { ...write.update, ...common } };
    if (write.delete) return { Delete: { ...write.delete, ...common } };
    throw new TypeError('a transaction write must put, update or delete');
  }
}

function partitionCondition(pk: string, prefix: string | undefined) {
  return {
    KeyConditionExpression: prefix === undefined ? '#pk = :pk' : '#pk = :pk AND begins_with(#sk, :prefix)',
    ExpressionAttributeNames: {
      '#pk': configTable.partitionKey,
      ...(prefix !== undefined && { '#sk': configTable.sortKey }),
    },
    ExpressionAttributeValues: { ':pk': pk, ...(prefix !== undefined && { ':prefix': prefix }) },
  };
}

/** The key behind which a page of an index goes on after this row. */
export function indexPageKey(index: Index, row: Row): PageKey {
  return pick(row, [...rowKeyAttributes, index.partitionKey, index.sortKey]);
}

function pick(row: Row, attributes: readonly string[]): PageKey {
  return Object.fromEntries(attributes.map((attribute) => [attribute, String(row[attribute])]));
}
