import type { StreamRecord } from '../dynamodb/streams.ts';
import type { EventSourceMapping } from './event-source-mapping.ts';

export interface FailureReport {
  readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  readonly mapping: EventSourceMapping;
  readonly shardId: string;
  /** What was given up, in order; at least one record. */
  readonly records: readonly StreamRecord[];
  /** Of the last invocation. */
  readonly requestId: string;
  readonly invocations: number;
  readonly nowMs: number;
  /** Of the last invocation: `null` if the function returned but reported failures. */
  readonly functionError?: 'Unhandled' | null;
}

/**
 * The report to the on-failure destination about records that were given up. It doesn't contain the records: they stay in the
 * stream under these sequence numbers for 24 hours.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export function failureMessage(report: FailureReport): string {
  const { condition, mapping, shardId, records, requestId, invocations, nowMs, functionError } = report;
  const [first, last] = [records[0], records.at(-1)];
  if (!first || !last) throw new Error('no record was given up');
  return JSON.stringify({
    requestContext: {
      requestId,
      functionArn: mapping.functionArn,
      condition,
      // AWS counts one even for records that were too old before their first invocation.
      approximateInvokeCount: Math.max(1, invocations),
    },
    ...(functionError !== undefined && {
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError },
    }),
    version: '1.0',
    timestamp: new Date(nowMs).toISOString(),
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: first.dynamodb.SequenceNumber,
      endSequenceNumber: last.dynamodb.SequenceNumber,
      approximateArrivalOfFirstRecord: arrival(first),
      approximateArrivalOfLastRecord: arrival(last),
      batchSize: records.length,
      streamArn: mapping.eventSourceArn,
    },
  });
}

/** In whole seconds, as the stream records it. */
function arrival(record: StreamRecord): string {
  return `${new Date(record.dynamodb.ApproximateCreationDateTime * 1000).toISOString().slice(0, 19)}Z`;
}
