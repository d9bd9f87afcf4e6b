import type { Clock } from '../clock.ts';
import type { Database } from '../database.ts';
import { DynamoDb } from '../dynamodb/dynamodb.ts';
import type { DynamoDbStreams } from '../dynamodb/streams.ts';
import type { RunningTime } from '../running-time.ts';

/** A table with a stream, and short ways to fill it, for tests about batches. */
export class TestStream {
  readonly arn: string;
  readonly shardId: string;
  readonly streams: DynamoDbStreams;
  readonly #dynamodb: DynamoDb;

  constructor(database: Database, clock: Clock, runningTime?: RunningTime) {
    this.#dynamodb = new DynamoDb({ database, clock, region: 'eu-west-1', runningTime });
    const { streamArn = '' } = this.#dynamodb.ensureTable({
      TableName: 'events',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    });
    this.streams = this.#dynamodb.streams;
    this.arn = streamArn;
    this.shardId = this.streams.shards(streamArn)[0] ?? '';
  }

  /** Puts items with these ids in one group commit. Each put changes its item, so that there is a change to record. */
  async put(...ids: string[]): Promise<void> {
    const before = this.#all().length;
    await Promise.all(
      ids.map((id, index) =>
        this.#dynamodb.wire.handle({
          method: 'POST',
          url: '/',
          headers: { 'x-amz-target': 'DynamoDB_20120810.PutItem' },
          body: Buffer.from(
            JSON.stringify({ TableName: 'events', Item: { id: { S: id }, n: { N: String(before + index) } } }),
          ),
        }),
      ),
    );
  }

  /** The sequence number of the first record about this item. */
  sequenceNumberOf(id: string): string | undefined {
    const record = this.#all().find(
      ({ dynamodb }) => JSON.stringify(dynamodb.Keys) === JSON.stringify({ id: { S: id } }),
    );
    return record?.dynamodb.SequenceNumber;
  }

  #all() {
    return this.streams.read(this.arn, this.shardId, undefined, 1000);
  }
}
