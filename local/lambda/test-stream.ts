import type { Clock } from '../clock.ts';
import type { StreamRecord } from '../dynamodb/streams.ts';

/** A stream with one shard, for tests that are about batches. */
export class FakeStream {
  readonly arn = 'arn:aws:dynamodb:eu-west-1:000000000000:table/events/stream/2026-01-01T00:00:00.000';
  readonly shardId = 'shardId-00000001767225600000-00000001';
  readonly #clock: Clock;
  readonly #records: StreamRecord[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Appends records of new items with these ids. */
  put(...ids: string[]): void {
    for (const id of ids) this.#records.push(this.#record(id));
    for (const listener of this.#listeners) listener();
  }

  sequenceNumberOf(id: string): string | undefined {
    return this.#records.find(
      ({ dynamodb }) => dynamodb.Keys.id && 'S' in dynamodb.Keys.id && dynamodb.Keys.id.S === id,
    )?.dynamodb.SequenceNumber;
  }

  shards(): string[] {
    return [this.shardId];
  }

  read(_streamArn: string, _shardId: string, after: string | undefined, limit: number): StreamRecord[] {
    return this.#records.filter(({ dynamodb }) => dynamodb.SequenceNumber > (after ?? '')).slice(0, limit);
  }

  latestSequenceNumber(): string | undefined {
    return this.#records.at(-1)?.dynamodb.SequenceNumber;
  }

  onRecords(_streamArn: string, listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #record(id: string): StreamRecord {
    const SequenceNumber = `1${String(this.#records.length + 1).padStart(20, '0')}`;
    return {
      eventID: SequenceNumber,
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'eu-west-1',
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(this.#clock.nowMs() / 1000),
        Keys: { id: { S: id } },
        NewImage: { id: { S: id } },
        SequenceNumber,
        SizeBytes: 6,
        StreamViewType: 'NEW_IMAGE',
      },
      eventSourceARN: this.arn,
    };
  }
}
