import { createHash } from 'node:crypto';
import { AwsError } from '../wire/aws-error.ts';
import type { AttributeMap, Item } from './attribute-value.ts';
import { invalidParameters } from './errors.ts';
import { parseStoredItem } from './item-store.ts';
import type { LoggedChange, StreamEventName, StreamLog } from './stream-log.ts';
import type { StreamIdentity, StreamViewType, Table } from './table.ts';
import type { TableCatalog } from './table-catalog.ts';

/** One element of `Records` in the event of a function that a DynamoDB stream invokes. */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: StreamEventName;
  readonly eventVersion: '1.1';
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly dynamodb: StreamRecordChange;
  /** Only for items that the service removed because their time to live had ended. */
  readonly userIdentity?: { readonly type: 'Service'; readonly principalId: 'dynamodb.amazonaws.com' };
  readonly eventSourceARN: string;
}

interface StreamRecordChange {
  /** Whole seconds since the epoch. */
  readonly ApproximateCreationDateTime: number;
  readonly Keys: AttributeMap;
  readonly NewImage?: Item;
  readonly OldImage?: Item;
  readonly SequenceNumber: string;
  readonly SizeBytes: number;
  readonly StreamViewType: StreamViewType;
}

/** A stream and its only shard. With one shard, the order holds for the whole table, not only for each key. */
export interface OpenStream {
  readonly table: Table;
  readonly stream: StreamIdentity;
  readonly shardId: string;
}

/** Native reading of the streams, for event source mappings. */
export class DynamoDbStreams {
  readonly #catalog: TableCatalog;
  readonly #log: StreamLog;
  readonly #region: string;

  constructor(catalog: TableCatalog, log: StreamLog, region: string) {
    this.#catalog = catalog;
    this.#log = log;
    this.#region = region;
  }

  shards(streamArn: string): string[] {
    return [this.open(streamArn).shardId];
  }

  /** Up to `limit` records after a sequence number, or from the oldest one if it is `undefined`. None is older than 24 hours. */
  read(streamArn: string, shardId: string, afterSequenceNumber: string | undefined, limit: number): StreamRecord[] {
    const { stream } = this.open(streamArn, shardId);
    const after = afterSequenceNumber === undefined ? 0 : parseSequenceNumber(afterSequenceNumber);
    return this.#log.read(stream, after, limit).map((change) => this.#record(stream, change));
  }

  /** How long ago the record was made, without the time in which nothing ran. */
  ageMsOf({ dynamodb }: StreamRecord): number {
    return this.#log.ageMs(dynamodb.ApproximateCreationDateTime * 1000);
  }

  /** The number of the newest record, from which to read on; `undefined` while there is none. */
  latestSequenceNumber(streamArn: string, shardId: string): string | undefined {
    const { stream } = this.open(streamArn, shardId);
    const last = this.#log.lastSequence(stream);
    return last === 0 ? undefined : formatSequenceNumber(last);
  }

  /** Calls the listener after every commit that added records. @returns a function that ends that. */
  onRecords(streamArn: string, listener: () => void): () => void {
    return this.#log.onRecords(this.open(streamArn).stream, listener);
  }

  /** @throws ResourceNotFoundException if there is no such stream or shard. */
  open(streamArn: string, shardId?: string): OpenStream {
    const table = this.#catalog.byStreamArn(streamArn);
    if (!table?.stream) {
      throw new AwsError('ResourceNotFoundException', `Requested resource not found: Stream: ${streamArn} not found`);
    }
    const opened = { table, stream: table.stream, shardId: shardIdOf(table.stream) };
    if (shardId !== undefined && shardId !== opened.shardId) {
      throw new AwsError('ResourceNotFoundException', 'Shard does not exist');
    }
    return opened;
  }

  #record(stream: StreamIdentity, change: LoggedChange): StreamRecord {
    return {
      eventID: createHash('md5').update(`${stream.arn}${change.sequence}`).digest('hex'),
      eventName: change.eventName,
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: this.#region,
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(change.createdMs / 1000),
        Keys: parseStoredItem(change.keys),
        ...(change.newImage !== undefined && { NewImage: parseStoredItem(change.newImage) }),
        ...(change.oldImage !== undefined && { OldImage: parseStoredItem(change.oldImage) }),
        SequenceNumber: formatSequenceNumber(change.sequence),
        SizeBytes: change.size,
        StreamViewType: stream.viewType,
      },
      ...(change.byService && {
        userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } as const,
      }),
      eventSourceARN: stream.arn,
    };
  }
}

/** 21 digits, so that the order of the texts is the order of the numbers. */
export function formatSequenceNumber(sequence: number): string {
  return `1${String(sequence).padStart(20, '0')}`;
}

const SEQUENCE_NUMBER = /^1(\d{20})$/;

export function parseSequenceNumber(text: string): number {
  const match = SEQUENCE_NUMBER.exec(text);
  if (!match) throw invalidParameters('Invalid SequenceNumber');
  return Number(match[1]);
}

function shardIdOf(stream: StreamIdentity): string {
  const made = String(Date.parse(`${stream.label}Z`)).padStart(20, '0');
  return `shardId-${made}-${stream.id.toString(16).padStart(8, '0')}`;
}
