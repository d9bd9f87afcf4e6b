import { AwsError } from '../../wire/aws-error.ts';
import { invalidParameters } from '../errors.ts';
import { MAX_STREAM_BYTES_PER_READ, MAX_STREAM_RECORDS_PER_READ, SHARD_ITERATOR_MS } from '../limits.ts';
import { Parameters } from '../parameters.ts';
import { type DynamoDbStreams, formatSequenceNumber, type OpenStream, parseSequenceNumber } from '../streams.ts';
import type { Engine } from './engine.ts';
import { formatIterator, parseIterator } from './shard-iterator.ts';

const LIST_PARAMETERS: ReadonlySet<string> = new Set(['TableName', 'Limit', 'ExclusiveStartStreamArn']);
const DESCRIBE_PARAMETERS: ReadonlySet<string> = new Set(['StreamArn', 'Limit', 'ExclusiveStartShardId']);
const ITERATOR_PARAMETERS: ReadonlySet<string> = new Set([
  'StreamArn',
  'ShardId',
  'ShardIteratorType',
  'SequenceNumber',
]);
const RECORDS_PARAMETERS: ReadonlySet<string> = new Set(['ShardIterator', 'Limit']);

const MAX_LISTED = 100;
const ITERATOR_TYPES = ['TRIM_HORIZON', 'LATEST', 'AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER'] as const;

export async function listStreams(engine: Engine, input: object): Promise<object> {
  const parameters = new Parameters('ListStreams', input, LIST_PARAMETERS);
  const tableName = parameters.string('TableName');
  const after = parameters.string('ExclusiveStartStreamArn');
  const limit = parameters.integer('Limit', 1, MAX_LISTED) ?? MAX_LISTED;
  parameters.check();
  const streams = engine.catalog
    .all()
    .filter(({ name }) => tableName === undefined || name === tableName)
    .flatMap(({ name, stream }) =>
      stream ? [{ TableName: name, StreamArn: stream.arn, StreamLabel: stream.label }] : [],
    );
  const left = streams.slice(after === undefined ? 0 : streams.findIndex(({ StreamArn }) => StreamArn === after) + 1);
  const page = left.slice(0, limit);
  return { Streams: page, ...(left.length > limit && { LastEvaluatedStreamArn: page.at(-1)?.StreamArn }) };
}

export async function describeStream(engine: Engine, streams: DynamoDbStreams, input: object): Promise<object> {
  const parameters = new Parameters('DescribeStream', input, DESCRIBE_PARAMETERS);
  const arn = parameters.requiredString('StreamArn');
  parameters.integer('Limit', 1, MAX_LISTED);
  const after = parameters.string('ExclusiveStartShardId');
  parameters.check();
  const { table, stream, shardId } = streams.open(arn);
  const first = engine.log.oldestSequence(stream) ?? engine.log.lastSequence(stream) + 1;
  const shard = { ShardId: shardId, SequenceNumberRange: { StartingSequenceNumber: formatSequenceNumber(first) } };
  return {
    StreamDescription: {
      StreamArn: stream.arn,
      StreamLabel: stream.label,
      StreamStatus: 'ENABLED',
      StreamViewType: stream.viewType,
      CreationRequestDateTime: Date.parse(`${stream.label}Z`) / 1000,
      TableName: table.name,
      KeySchema: table.spec.KeySchema,
      Shards: after === shardId ? [] : [shard],
    },
  };
}

export async function getShardIterator(engine: Engine, streams: DynamoDbStreams, input: object): Promise<object> {
  const parameters = new Parameters('GetShardIterator', input, ITERATOR_PARAMETERS);
  const arn = parameters.requiredString('StreamArn');
  const shardId = parameters.requiredString('ShardId');
  const type = parameters.oneOf('ShardIteratorType', ITERATOR_TYPES, 'TRIM_HORIZON');
  if (parameters.raw('ShardIteratorType') === undefined) parameters.requiredString('ShardIteratorType');
  const sequenceNumber = parameters.length('SequenceNumber', 21, 40);
  parameters.check();
  const opened = streams.open(arn, shardId);
  const afterSequence = startOf(engine, opened, type, sequenceNumber);
  return {
    ShardIterator: formatIterator({ streamArn: arn, shardId, afterSequence, issuedMs: engine.clock.nowMs() }),
  };
}

function startOf(
  engine: Engine,
  { stream }: OpenStream,
  type: (typeof ITERATOR_TYPES)[number],
  sequenceNumber: string | undefined,
): number {
  if (type === 'TRIM_HORIZON') return 0;
  if (type === 'LATEST') return engine.log.lastSequence(stream);
  if (sequenceNumber === undefined) {
    throw invalidParameters('Invalid SequenceNumber');
  }
  const sequence = parseSequenceNumber(sequenceNumber);
  const oldest = engine.log.oldestSequence(stream) ?? engine.log.lastSequence(stream) + 1;
  if (sequence < oldest && sequence < engine.log.lastSequence(stream)) {
    throw new AwsError(
      'TrimmedDataAccessException',
      `Attempt to access trimmed data: sequence number ${sequenceNumber} is beyond the trim horizon`,
    );
  }
  return type === 'AT_SEQUENCE_NUMBER' ? sequence - 1 : sequence;
}

export async function getRecords(engine: Engine, streams: DynamoDbStreams, input: object): Promise<object> {
  const parameters = new Parameters('GetRecords', input, RECORDS_PARAMETERS);
  const text = parameters.requiredString('ShardIterator');
  const limit = parameters.integer('Limit', 1, MAX_STREAM_RECORDS_PER_READ) ?? MAX_STREAM_RECORDS_PER_READ;
  parameters.check();
  const iterator = parseIterator(text);
  if (engine.clock.nowMs() - iterator.issuedMs > SHARD_ITERATOR_MS) {
    throw new AwsError(
      'ExpiredIteratorException',
      'Iterator expired. The iterator was created more than 15 minutes ago',
    );
  }
  const { streamArn, shardId } = iterator;
  const records = [];
  let bytes = 0;
  let afterSequence = iterator.afterSequence;
  for (const record of streams.read(streamArn, shardId, formatSequenceNumber(afterSequence), limit)) {
    bytes += record.dynamodb.SizeBytes;
    if (records.length > 0 && bytes > MAX_STREAM_BYTES_PER_READ) break;
    // Over the wire, the request already names the stream, and the members of the identity begin with capitals.
    const { eventSourceARN: _, userIdentity, ...wire } = record;
    records.push({
      ...wire,
      ...(userIdentity && { userIdentity: { Type: userIdentity.type, PrincipalId: userIdentity.principalId } }),
    });
    afterSequence = parseSequenceNumber(record.dynamodb.SequenceNumber);
  }
  return {
    Records: records,
    NextShardIterator: formatIterator({ streamArn, shardId, afterSequence, issuedMs: engine.clock.nowMs() }),
  };
}
