import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { DynamoDbStreams, StreamRecord } from '../dynamodb/streams.ts';
import { failedItems } from './batch-response.ts';
import type { EventSourceMapping } from './event-source-mapping.ts';
import { type FailureReport, failureMessage } from './failure-message.ts';
import { recordsPayload, type SerializedRecord } from './invocation-payload.ts';
import { pause } from './pause.ts';
import type { LambdaRunner } from './runner.ts';

export type SerializedStreamRecord = SerializedRecord<StreamRecord>;

export interface StreamBatchOptions {
  readonly runner: Pick<LambdaRunner, 'invoke'>;
  readonly clock: Clock;
  readonly mapping: EventSourceMapping;
  readonly shardId: string;
  /** Tells how old a record is now: the machine may have been asleep since it was read. */
  readonly streams: Pick<DynamoDbStreams, 'ageMsOf'>;
  /** Sends a report to the on-failure destination. */
  readonly sendFailure: (message: string) => Promise<void>;
  /** All records up to this sequence number have succeeded or were given up. */
  readonly onDone: (sequenceNumber: string) => void;
  readonly signal: AbortSignal;
}

/** Pauses between tries, doubling each time. Lambda documents an exponential backoff without figures. */
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 60_000;

/** Consecutive records that are tried together. After a split or a partial success, the tries count from zero again. */
interface Part {
  readonly records: readonly SerializedStreamRecord[];
  readonly tries: number;
  readonly requestId: string;
}

/** The result of an invocation for its part: how many records from its start succeeded, and whether the function threw. */
interface Outcome {
  readonly succeeded: number;
  readonly functionError: 'Unhandled' | null;
  readonly requestId: string;
}

/**
 * Works through one batch in order until every record has succeeded or is given up. It retries with backoff, splits, gives up
 * records by age or by number of tries, and reports what it gave up.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export async function processStreamBatch(
  records: readonly SerializedStreamRecord[],
  options: StreamBatchOptions,
): Promise<void> {
  const { signal, onDone } = options;
  const parts: Part[] = [{ records, tries: 0, requestId: randomUUID() }];
  for (let next = parts.pop(); next && !signal.aborted; next = parts.pop()) {
    const part = await withoutExpired(next, options);
    if (part.records.length === 0) continue;
    const outcome = await invoke(part, options);
    const done = part.records[outcome.succeeded - 1];
    if (done) onDone(sequenceNumberOf(done));
    if (outcome.succeeded === part.records.length) continue;
    if (signal.aborted) return;
    parts.push(...(await afterFailure(part, outcome, options)));
  }
}

/** The parts that are left; the one to try next comes last. */
async function afterFailure(part: Part, outcome: Outcome, options: StreamBatchOptions): Promise<Part[]> {
  const { mapping, clock, signal } = options;
  const { records } = part;
  const { succeeded, requestId } = outcome;
  if (succeeded > 0) return [{ records: records.slice(succeeded), tries: 0, requestId }];
  if (mapping.bisectOnError && records.length > 1) {
    // If the function named the very first record, there is nothing before it to split off. Halving finds it as well.
    const middle = Math.ceil(records.length / 2);
    return [records.slice(middle), records.slice(0, middle)].map((half) => ({ records: half, tries: 0, requestId }));
  }
  const tries = part.tries + 1;
  const retries = mapping.maximumRetryAttempts ?? -1;
  if (retries >= 0 && tries > retries) {
    await giveUp({ ...part, tries, requestId }, 'RetryAttemptsExhausted', options, outcome);
    return [];
  }
  await pause(clock, Math.min(FIRST_RETRY_MS * 2 ** (tries - 1), LONGEST_RETRY_MS), signal);
  return [{ records, tries, requestId }];
}

async function invoke({ records }: Part, { runner, mapping }: StreamBatchOptions): Promise<Outcome> {
  const result = await runner.invoke(mapping.functionArn, recordsPayload(records));
  const { requestId } = result;
  if (!result.ok) return { succeeded: 0, functionError: 'Unhandled', requestId };
  if (!mapping.reportBatchItemFailures) return { succeeded: records.length, functionError: null, requestId };
  const failed = failedItems(result.payload, new Set(records.map(sequenceNumberOf)));
  if (!failed) return { succeeded: 0, functionError: null, requestId };
  // The lowest failed sequence number is the new start: everything after it is tried again, failed or not.
  const firstFailed = records.findIndex((record) => failed.has(sequenceNumberOf(record)));
  return { succeeded: firstFailed < 0 ? records.length : firstFailed, functionError: null, requestId };
}

/** Gives up the records that have become too old. They are at the start. */
async function withoutExpired(part: Part, options: StreamBatchOptions): Promise<Part> {
  const { mapping, streams } = options;
  const maxAgeSeconds = mapping.maximumRecordAgeSeconds ?? -1;
  if (maxAgeSeconds < 0) return part;
  const fresh = part.records.findIndex(({ source }) => streams.ageMsOf(source) < maxAgeSeconds * 1000);
  const expired = fresh < 0 ? part.records.length : fresh;
  if (expired === 0) return part;
  await giveUp({ ...part, records: part.records.slice(0, expired) }, 'RecordAgeExceeded', options);
  return { ...part, records: part.records.slice(expired) };
}

async function giveUp(
  part: Part,
  condition: FailureReport['condition'],
  options: StreamBatchOptions,
  outcome?: Outcome,
): Promise<void> {
  const { mapping, shardId, clock, sendFailure, onDone } = options;
  const message = failureMessage({
    condition,
    mapping,
    shardId,
    records: part.records.map(({ source }) => source),
    requestId: part.requestId,
    invocations: part.tries,
    nowMs: clock.nowMs(),
    ...(outcome && { functionError: outcome.functionError }),
  });
  await sendFailure(message);
  const last = part.records.at(-1);
  if (last) onDone(sequenceNumberOf(last));
}

function sequenceNumberOf({ source }: SerializedStreamRecord): string {
  return source.dynamodb.SequenceNumber;
}
