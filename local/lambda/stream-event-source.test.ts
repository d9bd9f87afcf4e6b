import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ManualClock } from '../clock.ts';
import { Database } from '../database.ts';
import { RunningTime } from '../running-time.ts';
import { Sqs } from '../sqs/sqs.ts';
import type { EventSourceMapping } from './event-source-mapping.ts';
import { FakeRunner } from './functions.fixture.ts';
import { TestStream } from './stream.fixture.ts';
import { StreamEventSource } from './stream-event-source.ts';
import { POLL_INTERVAL_MS } from './stream-shard.ts';

const functionArn = 'arn:aws:lambda:eu-west-1:000000000000:function:probe';

let clock: ManualClock;
let database: Database;
let stream: TestStream;
let sqs: Sqs;
let failuresArn: string;
let runner: FakeRunner;
let source: StreamEventSource | undefined;

beforeEach(() => {
  clock = new ManualClock();
  database = new Database(':memory:');
  stream = new TestStream(database, clock);
  sqs = new Sqs({ database, clock, region: 'eu-west-1', endpointUrl: 'http://127.0.0.1:4101' });
  failuresArn = sqs.ensureQueue({ name: 'failures', attributes: {} }).queueArn;
  runner = new FakeRunner();
  source = undefined;
});

afterEach(async () => {
  await stop();
  database.close();
});

async function start(mapping: Partial<EventSourceMapping> = {}): Promise<void> {
  source = new StreamEventSource({
    runner,
    streams: stream.streams,
    sqs,
    clock,
    database,
    mapping: {
      functionArn,
      eventSourceArn: stream.arn,
      batchSize: 100,
      maximumBatchingWindowMs: 0,
      filterPatterns: [],
      reportBatchItemFailures: true,
      onFailureArn: failuresArn,
      ...mapping,
    },
  });
  source.start();
  await clock.advance(0);
}

async function stop(): Promise<void> {
  const stopping = source?.stop();
  runner.releaseAll();
  await stopping;
  source = undefined;
}

async function put(...ids: string[]): Promise<void> {
  await stream.put(...ids);
  await clock.advance(0);
}

/** Ids of the records of each invocation so far. */
const batches = () => runner.events.map(({ Records }) => Records.map(({ dynamodb }) => dynamodb.Keys.id.S).join(''));

/** The messages that the on-failure queue has got. */
async function failures(): Promise<unknown[]> {
  const received = sqs.receiveMessages(failuresArn, { maxMessages: 10, waitTimeMs: 0 });
  return (await received).map(({ body }): unknown => JSON.parse(body));
}

/** Fails whole batches that contain a record with one of these ids. */
function poison(...ids: string[]): void {
  runner.fail = ({ Records }) => Records.some(({ dynamodb }) => ids.includes(dynamodb.Keys.id.S));
}

/** Reports the records with these ids as failed, as a handler that looks at each record does. */
function reportFailed(...ids: string[]): void {
  runner.otherwise = ({ Records }) => ({
    batchItemFailures: Records.filter(({ dynamodb }) => ids.includes(dynamodb.Keys.id.S)).map(({ dynamodb }) => ({
      itemIdentifier: dynamodb.SequenceNumber,
    })),
  });
}

describe('batches', () => {
  test('records come in order, up to the batch size, one batch at a time', async () => {
    runner.hold();
    await stream.put('a', 'b', 'c', 'd', 'e');
    await start({ batchSize: 2 });
    expect(batches()).toEqual(['ab']);
    runner.releaseAll();
    await clock.advance(0);
    expect(batches()).toEqual(['ab', 'cd', 'e']);
  });

  test('records are passed on as the stream has them', async () => {
    await start();
    await put('a');
    expect(runner.events).toEqual([{ Records: stream.streams.read(stream.arn, stream.shardId, undefined, 10) }]);
  });

  test('a record that comes alone is taken at once, and what follows it gathers until the next poll', async () => {
    await start();
    await put('a');
    expect(batches()).toEqual(['a']);
    await put('b');
    await clock.advance(POLL_INTERVAL_MS - 1);
    await put('c');
    expect(batches()).toEqual(['a']);
    await clock.advance(1);
    expect(batches()).toEqual(['a', 'bc']);
    await clock.advance(POLL_INTERVAL_MS);
    await put('d');
    expect(batches()).toEqual(['a', 'bc', 'd']);
  });

  test('a backlog is worked off without waiting for polls', async () => {
    await stream.put(...Array.from({ length: 2_500 }, (_, index) => `${index}`));
    await start();
    await clock.advance(0);
    expect(runner.events.reduce((sum, { Records }) => sum + Records.length, 0)).toBe(2_500);
  });

  test('a window gathers until it closes', async () => {
    await start({ maximumBatchingWindowMs: 5_000 });
    await put('a');
    await clock.advance(4_999);
    await put('b');
    expect(batches()).toEqual([]);
    await clock.advance(1);
    expect(batches()).toEqual(['ab']);
  });

  test('a window ends early when the batch is full', async () => {
    await start({ batchSize: 2, maximumBatchingWindowMs: 5_000 });
    await put('a');
    await put('b', 'c');
    await clock.advance(POLL_INTERVAL_MS);
    expect(batches()).toEqual(['ab']);
    await clock.advance(5_000);
    expect(batches()).toEqual(['ab', 'c']);
  });

  test('with a parallelization factor other keys go on while one is slow, and each key stays in order', async () => {
    await start({ batchSize: 1, parallelizationFactor: 10 });
    runner.hold();
    const ids = [...'abcdefghij'];
    await put(...ids, ...ids);
    const inFlight = batches().length;
    expect(inFlight).toBeGreaterThan(2);
    expect(inFlight).toBe(new Set(batches()).size);
    runner.releaseAll();
    await clock.advance(0);
    expect(batches().toSorted().join('')).toBe('aabbccddeeffgghhiijj');
  });

  test('records that no filter lets pass are skipped, and not read again after a restart', async () => {
    const filterPatterns = [{ eventName: ['INSERT'], dynamodb: { Keys: { id: { S: ['a', 'c'] } } } }];
    await stream.put('a', 'b', 'c', 'd');
    await start({ filterPatterns });
    expect(batches()).toEqual(['ac']);
    await stop();
    await start();
    expect(batches()).toEqual(['ac']);
  });

  test('a filter that is not a pattern is refused at once', async () => {
    await expect(start({ filterPatterns: [{ eventName: 'INSERT' }] })).rejects.toThrow('Event pattern is not valid');
  });
});

describe('where a mapping begins', () => {
  test('TRIM_HORIZON begins with the oldest record', async () => {
    await stream.put('a');
    await start({ startingPosition: 'TRIM_HORIZON' });
    expect(batches()).toEqual(['a']);
  });

  test('LATEST begins with what comes after its first start, even if it is down when that comes', async () => {
    await stream.put('a');
    await start({ startingPosition: 'LATEST' });
    await stop();
    await stream.put('b');
    await start({ startingPosition: 'LATEST' });
    expect(batches()).toEqual(['b']);
  });
});

describe('checkpoints', () => {
  test('after a restart a mapping goes on where it was', async () => {
    await start();
    await put('a', 'b');
    await stop();
    await stream.put('c');
    await start();
    expect(batches()).toEqual(['ab', 'c']);
  });

  test('a batch that was in flight at a crash runs again', async () => {
    await start({ batchSize: 2 });
    await put('a', 'b');
    await clock.advance(POLL_INTERVAL_MS);
    runner.hold();
    await put('c', 'd');
    await put('e');
    runner.crash();
    await start({ batchSize: 2 });
    expect(batches()).toEqual(['ab', 'cd', 'cd', 'e']);
  });

  test('after a crash each lane goes on where it was', async () => {
    const mapping = { batchSize: 1, parallelizationFactor: 10 };
    await start(mapping);
    runner.holdIf = ({ Records }) => Records[0]?.dynamodb.Keys.id.S === 'a';
    await put('a', 'b', 'd');
    expect(batches()).toEqual(['a', 'b', 'd']);
    runner.crash();
    await start(mapping);
    expect(batches()).toEqual(['a', 'b', 'd', 'a']);
  });

  test('another parallelization factor repeats rather than loses', async () => {
    await start({ batchSize: 1, parallelizationFactor: 10 });
    runner.holdIf = ({ Records }) => Records[0]?.dynamodb.Keys.id.S === 'b';
    await put('a', 'b', 'c', 'd');
    runner.crash();
    await start();
    expect(batches().at(-1)).toMatch(/bcd$/);
  });

  test('what a stop interrupts is tried again at the next start', async () => {
    poison('b');
    await start();
    await put('a', 'b');
    await stop();
    runner.fail = () => false;
    await start();
    expect(batches()).toEqual(['ab', 'ab']);
    expect(await failures()).toEqual([]);
  });
});

describe('a batch that fails', () => {
  test('is tried again, with pauses that double, until it succeeds; later records wait', async () => {
    poison('a');
    await start({ batchSize: 2 });
    await put('a', 'b', 'c');
    await clock.advance(499);
    expect(batches()).toEqual(['ab']);
    await clock.advance(1);
    expect(batches()).toEqual(['ab', 'ab']);
    await clock.advance(999);
    expect(batches()).toHaveLength(2);
    runner.fail = () => false;
    await clock.advance(1);
    expect(batches()).toEqual(['ab', 'ab', 'ab', 'c']);
  });

  test('is given up after its retries, and the on-failure queue is told in AWS’s words', async () => {
    poison('b');
    await start({ maximumRetryAttempts: 2 });
    await put('a', 'b', 'c');
    await clock.advance(60_000);
    expect(batches()).toEqual(['abc', 'abc', 'abc']);
    expect(await failures()).toEqual([
      {
        requestContext: {
          requestId: 'request-3',
          functionArn,
          condition: 'RetryAttemptsExhausted',
          approximateInvokeCount: 3,
        },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        version: '1.0',
        timestamp: '2026-01-01T00:00:01.500Z',
        DDBStreamBatchInfo: {
          shardId: stream.shardId,
          startSequenceNumber: stream.sequenceNumberOf('a'),
          endSequenceNumber: stream.sequenceNumberOf('c'),
          approximateArrivalOfFirstRecord: '2026-01-01T00:00:00Z',
          approximateArrivalOfLastRecord: '2026-01-01T00:00:00Z',
          batchSize: 3,
          streamArn: stream.arn,
        },
      },
    ]);
    await put('d');
    expect(batches().at(-1)).toBe('d');
  });

  test('with no retries allowed is given up at once', async () => {
    poison('a');
    await start({ maximumRetryAttempts: 0 });
    await put('a');
    await clock.advance(POLL_INTERVAL_MS);
    await put('b');
    expect(batches()).toEqual(['a', 'b']);
    expect(await failures()).toHaveLength(1);
  });

  test('is bisected until the poison record is alone; splitting takes no retry', async () => {
    poison('f');
    await start({ bisectOnError: true, maximumRetryAttempts: 1 });
    await put(...'abcdefgh');
    await clock.advance(60_000);
    expect(batches()).toEqual(['abcdefgh', 'abcd', 'efgh', 'ef', 'e', 'f', 'f', 'gh']);
    expect(await failures()).toMatchObject([
      { requestContext: { approximateInvokeCount: 2 }, DDBStreamBatchInfo: { batchSize: 1 } },
    ]);
  });

  test('waits for an on-failure queue that is out of order rather than to pass over the records', async () => {
    const complaints = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    poison('a');
    await start({ maximumRetryAttempts: 0, onFailureArn: 'arn:aws:sqs:eu-west-1:000000000000:later' });
    await put('a', 'b');
    await clock.advance(5_000);
    const { queueArn } = sqs.ensureQueue({ name: 'later', attributes: {} });
    await clock.advance(1_000);
    expect(complaints).toHaveBeenCalledWith(expect.stringContaining('could not send to'));
    complaints.mockRestore();
    expect(sqs.attributesOf(queueArn).ApproximateNumberOfMessages).toBe('1');
    expect(batches()).toEqual(['ab']);
  });
});

describe('a batch that fails in part', () => {
  test('goes on at the lowest failed sequence number, at once', async () => {
    runner.answer(({ Records }) => ({
      batchItemFailures: [4, 2].map((index) => ({ itemIdentifier: Records[index]?.dynamodb.SequenceNumber })),
    }));
    await start();
    await put(...'abcdef');
    expect(batches()).toEqual(['abcdef', 'cdef']);
  });

  test('has its retries anew after each step forward', async () => {
    reportFailed('c');
    await start({ maximumRetryAttempts: 3 });
    await put('a', 'b', 'c');
    await clock.advance(60_000);
    expect(batches()).toEqual(['abc', 'c', 'c', 'c', 'c']);
    expect(await failures()).toMatchObject([
      {
        requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 4 },
        responseContext: { functionError: null },
        DDBStreamBatchInfo: { batchSize: 1 },
      },
    ]);
  });

  test('with bisect is split at the returned sequence number, and in halves where that is the first one', async () => {
    reportFailed('c');
    await start({ bisectOnError: true, maximumRetryAttempts: 0 });
    await put(...'abcdef');
    expect(batches()).toEqual(['abcdef', 'cdef', 'cd', 'c', 'd', 'ef']);
    expect(await failures()).toMatchObject([
      { DDBStreamBatchInfo: { startSequenceNumber: stream.sequenceNumberOf('c') } },
    ]);
  });

  test('keeps what succeeded when it is interrupted', async () => {
    reportFailed('b');
    await start();
    await put('a', 'b');
    await stop();
    await start();
    expect(batches()).toEqual(['ab', 'b', 'b']);
  });

  test('is a failure of the whole batch when the answer names something else', async () => {
    runner.answer(() => ({ batchItemFailures: [{ itemIdentifier: '123' }] }));
    await start();
    await put('a', 'b');
    await clock.advance(500);
    expect(batches()).toEqual(['ab', 'ab']);
  });

  test('is a success where ReportBatchItemFailures is off', async () => {
    reportFailed('a');
    await start({ reportBatchItemFailures: false });
    await put('a');
    await clock.advance(60_000);
    expect(batches()).toEqual(['a']);
  });
});

describe('the age of records', () => {
  test('a record older than the limit goes to the on-failure queue without an invocation', async () => {
    await stream.put('a', 'b');
    await clock.advance(60_000);
    await stream.put('c');
    await start({ maximumRecordAgeSeconds: 60 });
    expect(batches()).toEqual(['c']);
    const [failure, ...others] = await failures();
    expect(others).toEqual([]);
    expect(failure).toMatchObject({
      requestContext: { condition: 'RecordAgeExceeded', approximateInvokeCount: 1 },
      DDBStreamBatchInfo: { startSequenceNumber: stream.sequenceNumberOf('a'), batchSize: 2 },
    });
    expect(failure).not.toHaveProperty('responseContext');
  });

  test('a record that becomes too old while it is retried is given up', async () => {
    poison('a');
    await start({ maximumRecordAgeSeconds: 60 });
    await put('a');
    await clock.advance(120_000);
    expect(await failures()).toMatchObject([
      { requestContext: { condition: 'RecordAgeExceeded', approximateInvokeCount: batches().length } },
    ]);
    await put('b');
    expect(batches().at(-1)).toBe('b');
  });

  describe('of a machine that falls asleep', () => {
    const daySeconds = 24 * 60 * 60;
    const sleep = () => clock.set(3 * daySeconds * 1000);

    beforeEach(() => {
      const runningTime = new RunningTime(database, clock);
      stream = new TestStream(database, clock, runningTime);
      runningTime.start();
    });

    test('sleep does not count for the age of a batch in flight, nor of what was read ahead', async () => {
      await start({ maximumRecordAgeSeconds: daySeconds - 60, batchSize: 1 });
      runner.hold();
      await put('a', 'b');
      sleep();
      poison('a');
      runner.releaseAll();
      await clock.advance(499);
      runner.fail = () => false;
      await clock.advance(1);
      expect(batches()).toEqual(['a', 'a', 'b']);
      expect(await failures()).toEqual([]);
    });

    test('sleep does not change when a record came, by which its event is found', async () => {
      poison('a');
      await stream.put('a');
      sleep();
      await start({ maximumRetryAttempts: 0 });
      expect(await failures()).toMatchObject([
        { DDBStreamBatchInfo: { approximateArrivalOfFirstRecord: '2026-01-01T00:00:00Z' } },
      ]);
    });
  });
});
