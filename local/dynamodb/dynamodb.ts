import { crc32 } from 'node:zlib';
import type { Clock } from '../clock.ts';
import type { Database } from '../database.ts';
import { RunningTime } from '../running-time.ts';
import { awsJsonService } from '../wire/aws-json.ts';
import type { WireService } from '../wire/wire.ts';
import { CapacityMeter, type Consumed } from './capacity-meter.ts';
import { ItemStore } from './item-store.ts';
import { ItemWriter } from './item-writer.ts';
import { batchGetItem } from './operations/batch-get.ts';
import { batchWriteItem } from './operations/batch-write.ts';
import { describeTable, describeTimeToLive, listTables } from './operations/describe.ts';
import type { Engine } from './operations/engine.ts';
import { getItem } from './operations/get-item.ts';
import { query, scan } from './operations/query-scan.ts';
import { deleteItem, putItem, updateItem } from './operations/single-writes.ts';
import { describeStream, getRecords, getShardIterator, listStreams } from './operations/streams-wire.ts';
import { transactGetItems } from './operations/transact-get.ts';
import { transactWriteItems } from './operations/transact-write.ts';
import { TransactionTokens } from './operations/transaction-tokens.ts';
import { StreamLog } from './stream-log.ts';
import { DynamoDbStreams } from './streams.ts';
import { Sweep } from './sweep.ts';
import { TableCatalog } from './table-catalog.ts';
import type { TableSpec } from './table-spec.ts';

export type { TableSpec } from './table-spec.ts';

export interface DynamoDbOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly region: string;
  /** Pass it if it is shared with other services. */
  readonly runningTime?: RunningTime | undefined;
}

export interface TableDescription {
  readonly tableName: string;
  readonly tableArn: string;
  readonly streamArn?: string;
}

/** The embedded DynamoDB with streams: durable in the shared database, served in the service's wire protocol. */
export class DynamoDb {
  /** Both target prefixes, `DynamoDB_20120810` and `DynamoDBStreams_20120810`: they share a signing name. */
  readonly wire: WireService;
  readonly streams: DynamoDbStreams;
  readonly #engine: Engine;
  readonly #sweep: Sweep;

  constructor({ database, clock, region, runningTime = new RunningTime(database, clock) }: DynamoDbOptions) {
    const items = new ItemStore(database);
    const log = new StreamLog(database, clock, runningTime);
    const catalog = new TableCatalog(database, clock, region, items, log);
    const tokens = new TransactionTokens(database, clock);
    const [writer, meter] = [new ItemWriter(items, log), new CapacityMeter()];
    this.#engine = { database, clock, catalog, items, writer, log, tokens, meter };
    this.streams = new DynamoDbStreams(catalog, log, region);
    this.#sweep = new Sweep(this.#engine);
    this.wire = wireService(this.#engine, this.streams);
  }

  /** Creates the table, or changes an existing one of that name to the specification. */
  ensureTable(spec: TableSpec): TableDescription {
    const table = this.#engine.catalog.ensure(spec);
    return {
      tableName: table.name,
      tableArn: table.arn,
      ...(table.stream && { streamArn: table.stream.arn }),
    };
  }

  /** What all requests have used since the start. */
  consumedCapacity(): Consumed[] {
    return this.#engine.meter.totals();
  }

  /** Starts to remove expired items and stream records from time to time. */
  start(): void {
    this.#sweep.start();
  }

  async stop(): Promise<void> {
    await this.#sweep.stop();
  }

  /** Runs one sweep now. After `start`, one runs soon and then every hour. */
  sweep(): Promise<void> {
    return this.#sweep.run();
  }
}

function wireService(engine: Engine, streams: DynamoDbStreams): WireService {
  return awsJsonService({
    signingName: 'dynamodb',
    jsonVersion: '1.0',
    errorNamespace: 'com.amazonaws.dynamodb.v20120810',
    responseHeaders: (body) => ({ 'x-amz-crc32': String(crc32(body)) }),
    targetPrefix: 'DynamoDB_20120810',
    operations: {
      BatchGetItem: (input) => batchGetItem(engine, input),
      BatchWriteItem: (input) => batchWriteItem(engine, input),
      DeleteItem: (input) => deleteItem(engine, input),
      DescribeTable: (input) => describeTable(engine, input),
      DescribeTimeToLive: (input) => describeTimeToLive(engine, input),
      GetItem: (input) => getItem(engine, input),
      ListTables: (input) => listTables(engine, input),
      PutItem: (input) => putItem(engine, input),
      Query: (input) => query(engine, input),
      Scan: (input) => scan(engine, input),
      TransactGetItems: (input) => transactGetItems(engine, input),
      TransactWriteItems: (input) => transactWriteItems(engine, input),
      UpdateItem: (input) => updateItem(engine, input),
    },
    siblings: {
      DynamoDBStreams_20120810: {
        DescribeStream: (input) => describeStream(engine, streams, input),
        GetRecords: (input) => getRecords(engine, streams, input),
        GetShardIterator: (input) => getShardIterator(engine, streams, input),
        ListStreams: (input) => listStreams(engine, input),
      },
    },
  });
}
