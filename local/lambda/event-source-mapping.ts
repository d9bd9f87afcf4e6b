/** What to poll for a function, and how: an `AWS::Lambda::EventSourceMapping` in the terms of the pollers. */
export interface EventSourceMapping {
  readonly functionArn: string;
  readonly eventSourceArn: string;
  readonly batchSize: number;
  /** How long to gather a batch that is not full yet; 0 takes what there is. */
  readonly maximumBatchingWindowMs: number;
  /** A record must match one of these event patterns. Without any, everything passes. */
  readonly filterPatterns: readonly unknown[];
  readonly reportBatchItemFailures: boolean;
  /** Queues: batches that may be in flight at once. Default 10. */
  readonly maximumConcurrency?: number;
  /** Streams: a batch that fails is split in two. Default false. */
  readonly bisectOnError?: boolean;
  /** Streams: tries after the first; -1 (the default) until the records are too old. */
  readonly maximumRetryAttempts?: number;
  /** Streams: older records are given up. With -1, the default, only the stream's own 24 hours apply. */
  readonly maximumRecordAgeSeconds?: number;
  /** Streams: the SQS queue that gets reports of records given up. */
  readonly onFailureArn?: string;
  /** Streams: batches of one shard that may be in flight at once, each with keys of its own, 1–10. Default 1. */
  readonly parallelizationFactor?: number;
  /** Streams: where to begin when there is no checkpoint. Default `TRIM_HORIZON`. */
  readonly startingPosition?: 'TRIM_HORIZON' | 'LATEST';
}

/** The region of an ARN, as the records of its events name it. */
export function regionOf(arn: string): string {
  return arn.split(':')[3] ?? '';
}
