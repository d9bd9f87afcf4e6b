import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  CreateTableCommand,
  DynamoDBClient,
  DynamoDBServiceException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient, DynamoDBStreamsServiceException } from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, it } from 'vitest';
import { ManualClock } from '../../clock.ts';
import { Database } from '../../database.ts';
import { type BehaviourTarget, behaviourTarget } from '../../testing/behaviour-target.ts';
import { DynamoDb, type TableSpec } from '../dynamodb.ts';
import { exceptionsOf } from './exceptions.ts';

const isElsewhere = process.env.HAWSER_BEHAVIOUR_DYNAMODB_ENDPOINT !== undefined;
const exceptions = exceptionsOf(process.env.HAWSER_BEHAVIOUR_DYNAMODB_NAME);

export type Item = Record<string, AttributeValue>;
/** A table without its name, which the suite chooses. */
export type Shape = Omit<TableSpec, 'TableName'>;

/** A string key with a string sort key; nothing else. */
export const PAIR: Shape = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
};

/**
 * `PAIR` with two sparse indexes by `team`: `narrow`, sorted by the number `score`, projects only keys; `wide` projects
 * everything.
 */
export const INDEXED: Shape = {
  ...PAIR,
  AttributeDefinitions: [
    ...PAIR.AttributeDefinitions,
    { AttributeName: 'team', AttributeType: 'S' },
    { AttributeName: 'score', AttributeType: 'N' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'narrow',
      KeySchema: [
        { AttributeName: 'team', KeyType: 'HASH' },
        { AttributeName: 'score', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
    {
      IndexName: 'wide',
      KeySchema: [{ AttributeName: 'team', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
};

export interface DynamoSuite {
  readonly client: () => DynamoDBClient;
  readonly streams: () => DynamoDBStreamsClient;
  /** Creates a table with a unique name and returns the name. */
  makeTable(shape: Shape): Promise<string>;
}

/** Starts the service for one test file. */
export function dynamoSuite(): DynamoSuite {
  const service = new DynamoDb({ database: new Database(':memory:'), clock: new ManualClock(), region: 'us-east-1' });
  let target: BehaviourTarget;
  let client: DynamoDBClient;
  let streams: DynamoDBStreamsClient;
  beforeAll(async () => {
    target = await behaviourTarget('DYNAMODB', () => service.wire);
    client = new DynamoDBClient({ ...target.client, maxAttempts: 1 });
    streams = new DynamoDBStreamsClient({ ...target.client, maxAttempts: 1 });
  });
  afterAll(async () => {
    client.destroy();
    streams.destroy();
    await target.close();
  });
  return {
    client: () => client,
    streams: () => streams,
    async makeTable(shape) {
      const TableName = `hawser-${randomUUID()}`;
      if (isElsewhere) await createTable(client, { ...shape, TableName });
      else service.ensureTable({ ...shape, TableName });
      return TableName;
    },
  };
}

/** The embedded service only creates tables from the template. Any other implementation has CreateTable for that. */
async function createTable(client: DynamoDBClient, spec: TableSpec): Promise<void> {
  const { StreamSpecification: stream, GlobalSecondaryIndexes: indexes } = spec;
  await client.send(
    new CreateTableCommand({
      TableName: spec.TableName,
      AttributeDefinitions: [...spec.AttributeDefinitions],
      KeySchema: [...spec.KeySchema],
      BillingMode: 'PAY_PER_REQUEST',
      ...(indexes && {
        GlobalSecondaryIndexes: indexes.map(({ IndexName, KeySchema, Projection }) => ({
          IndexName,
          KeySchema: [...KeySchema],
          Projection: {
            ProjectionType: Projection.ProjectionType,
            ...(Projection.NonKeyAttributes && { NonKeyAttributes: [...Projection.NonKeyAttributes] }),
          },
        })),
      }),
      ...(stream && { StreamSpecification: { StreamEnabled: true, StreamViewType: stream.StreamViewType } }),
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName: spec.TableName });
}

/** One rule of the suite. Skipped if the implementation under test is known to differ: see exceptions.ts. */
export function rule(name: string, run: () => Promise<void>): void {
  it.skipIf(exceptions.has(name))(name, run);
}

/** The error code and message with which a request is refused. */
export async function refusal(request: Promise<unknown>): Promise<string> {
  try {
    await request;
  } catch (error) {
    if (error instanceof DynamoDBServiceException || error instanceof DynamoDBStreamsServiceException) {
      return `${error.name}: ${error.message}`;
    }
    throw error;
  }
  return 'accepted';
}

export const S = (text: string): AttributeValue => ({ S: text });
export const N = (number: number | string): AttributeValue => ({ N: String(number) });
export const key = (pk: string, sk: string): Item => ({ pk: S(pk), sk: S(sk) });
