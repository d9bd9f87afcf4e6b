import { AwsError } from '../../wire/aws-error.ts';
import type { ItemStore } from '../item-store.ts';
import { Parameters } from '../parameters.ts';
import type { Table } from '../table.ts';
import type { Engine } from './engine.ts';

const TABLE_NAME_ONLY: ReadonlySet<string> = new Set(['TableName']);
const LIST_PARAMETERS: ReadonlySet<string> = new Set(['ExclusiveStartTableName', 'Limit']);
const MAX_LISTED_TABLES = 100;

export async function describeTable(engine: Engine, input: object): Promise<object> {
  return { Table: await tableDescription(namedTable(engine, 'DescribeTable', input), engine.items) };
}

export async function describeTimeToLive(engine: Engine, input: object): Promise<object> {
  const { timeToLiveAttribute } = namedTable(engine, 'DescribeTimeToLive', input);
  return {
    TimeToLiveDescription:
      timeToLiveAttribute === undefined
        ? { TimeToLiveStatus: 'DISABLED' }
        : { TimeToLiveStatus: 'ENABLED', AttributeName: timeToLiveAttribute },
  };
}

export async function listTables(engine: Engine, input: object): Promise<object> {
  const parameters = new Parameters('ListTables', input, LIST_PARAMETERS);
  const after = parameters.string('ExclusiveStartTableName');
  const limit = parameters.integer('Limit', 1, MAX_LISTED_TABLES) ?? MAX_LISTED_TABLES;
  parameters.check();
  const names = engine.catalog.all().map(({ name }) => name);
  const left = after === undefined ? names : names.filter((name) => name > after);
  const page = left.slice(0, limit);
  return { TableNames: page, ...(left.length > limit && { LastEvaluatedTableName: page.at(-1) }) };
}

function namedTable(engine: Engine, operation: string, input: object): Table {
  const parameters = new Parameters(operation, input, TABLE_NAME_ONLY);
  const name = parameters.tableName();
  parameters.check();
  try {
    return engine.catalog.table(name);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError(error.code, `Requested resource not found: Table: ${name} not found`);
  }
}

async function tableDescription(table: Table, items: ItemStore): Promise<object> {
  const { spec, stream } = table;
  const { items: itemCount, bytes } = await items.count(table);
  return {
    TableName: table.name,
    TableArn: table.arn,
    TableId: table.uuid,
    TableStatus: 'ACTIVE',
    CreationDateTime: table.createdMs / 1000,
    AttributeDefinitions: spec.AttributeDefinitions,
    KeySchema: spec.KeySchema,
    ItemCount: itemCount,
    TableSizeBytes: bytes,
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST', LastUpdateToPayPerRequestDateTime: table.createdMs / 1000 },
    ProvisionedThroughput: NO_THROUGHPUT,
    ...(table.indexes.length > 0 && {
      GlobalSecondaryIndexes: await Promise.all(
        table.indexes.map(async (index) => ({
          IndexName: index.name,
          IndexArn: `${table.arn}/index/${index.name}`,
          IndexStatus: 'ACTIVE',
          KeySchema: index.spec.KeySchema,
          Projection: index.spec.Projection,
          ItemCount: await items.indexCount(index),
          ProvisionedThroughput: NO_THROUGHPUT,
        })),
      ),
    }),
    ...(stream && {
      StreamSpecification: { StreamEnabled: true, StreamViewType: stream.viewType },
      LatestStreamArn: stream.arn,
      LatestStreamLabel: stream.label,
    }),
    DeletionProtectionEnabled: false,
  };
}

const NO_THROUGHPUT = { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 };
