import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { leanClient, withoutLog } from '../../functions/shared/lean-client.ts';
import { clientsTable, configTable, deliveriesTable, eventsTable } from '../../functions/stores/tables.ts';
import { ManualClock } from '../../local/clock.ts';
import { Database } from '../../local/database.ts';
import type { TableSpec } from '../../local/dynamodb/table-spec.ts';
import { createSimulators, type Simulators, wiresOf } from '../../local/simulators.ts';
import { AwsEndpoint } from '../../local/wire/endpoint.ts';
import { shortenWayTo } from './in-process-endpoint.ts';

const region = 'us-east-1';

/** The embedded services with the stack's tables, queues and bucket, behind a loopback port, on a clock that the test advances. */
export interface TestServices {
  readonly clock: ManualClock;
  readonly simulators: Simulators;
  readonly endpointUrl: string;
  readonly clients: {
    readonly dynamodb: DynamoDBClient;
    readonly sqs: SQSClient;
    readonly s3: S3Client;
    readonly scheduler: SchedulerClient;
    readonly eventbridge: EventBridgeClient;
  };
  readonly deliveryQueue: { queueUrl: string; queueArn: string };
  readonly deadLetterQueue: { queueUrl: string; queueArn: string };
  readonly replayQueue: { queueUrl: string; queueArn: string };
  /** All rows of a table as they are stored. Scanning with the SDK took half the time of tests that look again and again. */
  storedRows(table: string): readonly string[];
  close(): Promise<void>;
}

export const resourceNames = {
  events: 'events',
  deliveries: 'deliveries',
  config: 'configuration',
  clients: 'clients',
  bucket: 'payloads',
  scheduleGroup: 'retries',
  eventBus: 'hawser',
} as const;

export async function startServices(): Promise<TestServices> {
  const database = new Database(':memory:');
  const clock = new ManualClock(Date.UTC(2026, 10, 22));
  const endpoint = new AwsEndpoint();
  const server = await endpoint.listen(0);
  const endpointUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const leaveShortWay = shortenWayTo(endpointUrl, endpoint);
  const simulators = createSimulators({ database, clock, region, endpointUrl });
  for (const wire of wiresOf(simulators)) endpoint.add(wire);
  for (const spec of tableSpecs) simulators.dynamodb.ensureTable(spec);
  simulators.s3.ensureBucket({ name: resourceNames.bucket });
  simulators.eventBridge.ensureEventBus({ name: resourceNames.eventBus });
  simulators.scheduler.ensureScheduleGroup({ name: resourceNames.scheduleGroup });
  simulators.scheduler.start();
  const options = { endpoint: endpointUrl, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const clients = {
    dynamodb: leanClient(DynamoDBClient, options),
    sqs: leanClient(SQSClient, options),
    s3: withoutLog(new S3Client(options)),
    scheduler: withoutLog(new SchedulerClient(options)),
    eventbridge: withoutLog(new EventBridgeClient(options)),
  };
  return {
    clock,
    simulators,
    endpointUrl,
    clients,
    deliveryQueue: simulators.sqs.ensureQueue({ name: 'deliveries', attributes: { VisibilityTimeout: '540' } }),
    deadLetterQueue: simulators.sqs.ensureQueue({ name: 'dead-letters', attributes: {} }),
    replayQueue: simulators.sqs.ensureQueue({ name: 'replays', attributes: { VisibilityTimeout: '180' } }),
    storedRows: (table) =>
      database
        .statement(
          'SELECT item FROM dynamodb_items JOIN dynamodb_tables ON dynamodb_tables.id = table_id WHERE name = ? ORDER BY pk, sk',
        )
        .all(table)
        .map(({ item }) => String(item)),
    async close() {
      for (const client of Object.values(clients)) client.destroy();
      simulators.scheduler.stop();
      leaveShortWay();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      database.close();
    },
  };
}

const text = (...names: string[]) => names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const }));
const keys = (partition: string, sort: string) => [
  { AttributeName: partition, KeyType: 'HASH' as const },
  { AttributeName: sort, KeyType: 'RANGE' as const },
];

/** Must be like the tables that lib/storage/ creates; test/template compares those with functions/stores/tables.ts. */
const tableSpecs: readonly TableSpec[] = [
  {
    TableName: resourceNames.events,
    AttributeDefinitions: text(eventsTable.partitionKey, eventsTable.sortKey),
    KeySchema: keys(eventsTable.partitionKey, eventsTable.sortKey),
    StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
  },
  {
    TableName: resourceNames.deliveries,
    AttributeDefinitions: text(
      deliveriesTable.partitionKey,
      deliveriesTable.sortKey,
      deliveriesTable.byState.partitionKey,
      deliveriesTable.deadLetters.partitionKey,
    ),
    KeySchema: keys(deliveriesTable.partitionKey, deliveriesTable.sortKey),
    GlobalSecondaryIndexes: [
      {
        IndexName: deliveriesTable.byState.indexName,
        KeySchema: keys(deliveriesTable.byState.partitionKey, deliveriesTable.byState.sortKey),
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
      {
        IndexName: deliveriesTable.deadLetters.indexName,
        KeySchema: keys(deliveriesTable.deadLetters.partitionKey, deliveriesTable.deadLetters.sortKey),
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  },
  {
    TableName: resourceNames.config,
    AttributeDefinitions: text(
      configTable.partitionKey,
      configTable.sortKey,
      configTable.byOrganization.partitionKey,
      configTable.byDestination.partitionKey,
      configTable.byOrganization.sortKey,
    ),
    KeySchema: keys(configTable.partitionKey, configTable.sortKey),
    GlobalSecondaryIndexes: [configTable.byOrganization, configTable.byDestination].map((index) => ({
      IndexName: index.indexName,
      KeySchema: keys(index.partitionKey, index.sortKey),
      Projection: { ProjectionType: 'ALL' as const },
    })),
  },
  {
    TableName: resourceNames.clients,
    AttributeDefinitions: text(clientsTable.partitionKey, clientsTable.sortKey),
    KeySchema: keys(clientsTable.partitionKey, clientsTable.sortKey),
  },
];
