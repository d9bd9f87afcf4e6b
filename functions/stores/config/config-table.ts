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

type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];
type WithoutTable<T> = T extends object ? Omit<T, 'TableName'> : never;

/** One write of a transaction, and the error to throw if its condition fails. */
export interface Step {
  /** Into this table, unless it names another one. */
  readonly put?: WithoutTable<Write['Put']> & { readonly TableName?: string };
  readonly update?: WithoutTable<Write['Update']>;
  readonly delete?: WithoutTable<Write['Delete']>;
  /** @param current the row that failed the condition, in DynamoDB's own notation; `undefined` if there is none */
  readonly refused: (current: Readonly<Record<string, AttributeValue>> | undefined) => Error;
}

/** Receives the steps of a transaction that is not to be run yet. */
export type Hold = (steps: readonly Step[]) => void;

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
export const MAX_TRANSACTION_STEPS = 100;

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
  readonly #hold: Hold | undefined;

  /** @param hold receives the transactions, which are then not run: see `holding` */
  constructor(dynamodb: DynamoDBClient, name: string, hold?: Hold) {
    this.#dynamodb = dynamodb;
    this.#hold = hold;
    this.#client = DynamoDBDocumentClient.from(dynamodb, { marshallOptions });
    this.#name = name;
  }

  /** The same table, but its transactions go to `hold`, so that they can be run later as part of a larger one. */
  holding(hold: Hold): ConfigTable {
    return new ConfigTable(this.#dynamodb, this.#name, hold);
  }

  /** Consistent: what was just created is found. */
  async get(key: RowKey): Promise<Row | undefined> {
    const { Item } = await this.#client.send(new GetCommand({ TableName: this.#name, Key: key, ConsistentRead: true }));
    return Item;
  }

  /** The row as it is after the update. @throws ConditionalCheckFailedException of the SDK */
  async update(input: WithoutTable<UpdateCommandInput>): Promise<Row> {
    if (this.#hold) throw new TypeError('an update answers the row as it is then, so it can not be held back');
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

  /** Runs all steps or none. @throws what `refused` of the first step with a failed condition returns */
  async transact(steps: readonly Step[]): Promise<void> {
    if (this.#hold) return this.#hold(steps);
    const items = steps.map((step) => this.#write(step));
    try {
      // One token for all tries: by it DynamoDB knows a try whose answer was lost.
      const input = { TransactItems: items, ClientRequestToken: randomUUID() };
      await retryingConflicts(() => this.#client.send(new TransactWriteCommand(input)));
    } catch (error) {
      const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
      const failed = reasons.findIndex(({ Code }) => Code === 'ConditionalCheckFailed');
      throw steps[failed]?.refused(reasons[failed]?.Item) ?? error;
    }
  }

  #write(step: Step): Write {
    const common = { TableName: this.#name, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
    if (step.put) return { Put: { ...common, ...step.put } };
    if (step.update) return { Update: { ...step.update, ...common } };
    if (step.delete) return { Delete: { ...step.delete, ...common } };
    throw new TypeError('a step of a transaction must put, update or delete');
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
