import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ManualClock, systemClock } from '../clock.ts';
import { Database } from '../database.ts';
import type { OutgoingMessage } from '../sqs/outgoing-message.ts';
import { Sqs } from '../sqs/sqs.ts';
import { AwsEndpoint } from '../wire/endpoint.ts';
import type { EventSourceMapping } from './event-source-mapping.ts';
import { FakeRunner, writeFunction } from './functions.fixture.ts';
import { LambdaRunner } from './runner.ts';
import { SqsEventSource } from './sqs-event-source.ts';

const VISIBILITY_MS = 30_000;

let clock: ManualClock;
let database: Database;
let sqs: Sqs;
let queueArn: string;
let runner: FakeRunner;
let source: SqsEventSource | undefined;

beforeEach(() => {
  clock = new ManualClock();
  database = new Database(':memory:');
  sqs = new Sqs({ database, clock, region: 'eu-west-1', endpointUrl: 'http://127.0.0.1:4101' });
  ({ queueArn } = sqs.ensureQueue({ name: 'jobs', attributes: { VisibilityTimeout: '30' } }));
  runner = new FakeRunner();
  source = undefined;
});

afterEach(async () => {
  runner.releaseAll();
  await source?.stop();
  database.close();
});

async function start(mapping: Partial<EventSourceMapping> = {}): Promise<void> {
  source = new SqsEventSource({
    runner,
    sqs,
    clock,
    mapping: {
      functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:probe',
      eventSourceArn: queueArn,
      batchSize: 10,
      maximumBatchingWindowMs: 0,
      filterPatterns: [],
      reportBatchItemFailures: true,
      ...mapping,
    },
  });
  source.start();
  await clock.advance(0);
}

async function send(...bodies: (string | OutgoingMessage)[]): Promise<void> {
  await Promise.all(bodies.map((body) => sqs.sendMessage(queueArn, typeof body === 'string' ? { body } : body)));
}

/** Bodies of each batch so far. */
const batches = () => runner.events.map(({ Records }) => Records.map(({ body }) => body));

/** Messages that are in the queue in any state. */
function queued(): number {
  const attributes = sqs.attributesOf(queueArn);
  return Number(attributes.ApproximateNumberOfMessages) + Number(attributes.ApproximateNumberOfMessagesNotVisible);
}

describe('batches', () => {
  test('the messages of a queue come as one batch, up to the batch size', async () => {
    await send('a', 'b', 'c');
    await start({ batchSize: 2 });
    expect(batches()).toEqual([['a', 'b'], ['c']]);
  });

  test('a batching window gathers messages until it closes', async () => {
    await start({ maximumBatchingWindowMs: 5_000 });
    await send('a');
    await clock.advance(4_000);
    await send('b');
    await clock.advance(999);
    expect(batches()).toEqual([]);
    await clock.advance(1);
    expect(batches()).toEqual([['a', 'b']]);
  });

  test('a batching window closes in its time although the clock of the machine is set back meanwhile', async () => {
    await start({ maximumBatchingWindowMs: 5_000 });
    await send('a');
    await clock.advance(1_000);
    clock.set(-3_600_000);
    await send('b');
    await clock.advance(4_000);
    expect(batches()).toEqual([['a', 'b']]);
  });

  test('a batching window ends early when the batch is full', async () => {
    await start({ batchSize: 2, maximumBatchingWindowMs: 5_000 });
    await send('a', 'b', 'c');
    await clock.advance(0);
    expect(batches()).toEqual([['a', 'b']]);
    await clock.advance(5_000);
    expect(batches()).toEqual([['a', 'b'], ['c']]);
  });

  test('a batch too large for one invocation is split', async () => {
    await send(...['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((letter) => letter.repeat(1_000_000)));
    await start();
    expect(batches().map((batch) => batch.map((body) => body[0]).join(''))).toEqual(['abcdef', 'gh']);
    await clock.advance(0);
    expect(queued()).toBe(0);
  });

  test('batches in flight grow step by step to the maximum concurrency while the function is slow', async () => {
    runner.hold();
    await send('a', 'b', 'c', 'd', 'e');
    await start({ batchSize: 1, maximumConcurrency: 4 });
    expect(batches()).toHaveLength(2);
    await clock.advance(100);
    expect(batches()).toHaveLength(3);
    await clock.advance(1_000);
    expect(batches()).toHaveLength(4);
    runner.releaseAll();
    await clock.advance(0);
    expect(batches()).toHaveLength(5);
  });
});

describe('a group whose messages hang', () => {
  const to = (messageGroupId: string, count: number): OutgoingMessage[] =>
    Array.from({ length: count }, () => ({ body: messageGroupId, messageGroupId }));
  const healthy = () => batches().filter((batch) => batch.includes('healthy'));

  beforeEach(() => {
    runner.holdIf = ({ Records }) => Records.some(({ body }) => body === 'hangs');
  });

  test('a group whose messages hang leaves a quarter of the concurrency to the others', async () => {
    await send(...to('hangs', 500));
    await start({ maximumConcurrency: 24 });
    await clock.advance(10_000);
    expect(batches()).toHaveLength(18);
    await send(...to('healthy', 25));
    await clock.advance(0);
    expect(healthy().flat()).toHaveLength(25);
    expect(batches().length - healthy().length).toBe(18);
  });

  test('a group whose messages hang shares no batch with others once batches take long', async () => {
    await start({ maximumConcurrency: 24 });
    await send(...to('hangs', 10));
    await send(...to('hangs', 10));
    await clock.advance(100);
    await send(...to('hangs', 5), ...to('healthy', 5));
    await clock.advance(1_000);
    expect(healthy()).toEqual([Array(5).fill('healthy')]);
  });

  test('a group whose messages hang gets its concurrency back when some of its batches end', async () => {
    await send(...to('hangs', 500));
    await start({ maximumConcurrency: 24 });
    await clock.advance(10_000);
    runner.releaseAll();
    await vi.waitUntil(() => queued() === 0);
    expect(batches()).toHaveLength(50);
  });
});

describe('after the invocation', () => {
  test('a batch that succeeded is deleted', async () => {
    await send('a', 'b');
    await start();
    await clock.advance(0);
    expect(queued()).toBe(0);
    await clock.advance(VISIBILITY_MS);
    expect(batches()).toEqual([['a', 'b']]);
  });

  test('a failed batch comes back after the visibility timeout', async () => {
    runner.respondWith({ ok: false, requestId: 'r', errorType: 'Error', errorMessage: 'no' });
    await send('a', 'b');
    await start();
    await clock.advance(VISIBILITY_MS - 1);
    expect(batches()).toEqual([['a', 'b']]);
    await clock.advance(1);
    expect(batches()).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    await clock.advance(VISIBILITY_MS);
    expect(queued()).toBe(0);
  });

  test('only the failed messages of a partly failed batch come back', async () => {
    runner.respondWith(({ Records }) => ({
      batchItemFailures: Records.filter(({ body }) => body === 'b').map(({ messageId }) => ({
        itemIdentifier: messageId,
      })),
    }));
    await send('a', 'b', 'c');
    await start();
    await clock.advance(VISIBILITY_MS);
    expect(batches()).toEqual([['a', 'b', 'c'], ['b']]);
  });

  test('a response that names a message outside the batch fails all of it', async () => {
    runner.respondWith(() => ({ batchItemFailures: [{ itemIdentifier: 'somebody else' }] }));
    await send('a', 'b');
    await start();
    await clock.advance(0);
    expect(queued()).toBe(2);
  });

  test('the response is ignored without ReportBatchItemFailures', async () => {
    runner.respondWith(() => ({ batchItemFailures: [{ itemIdentifier: 'somebody else' }] }));
    await send('a', 'b');
    await start({ reportBatchItemFailures: false });
    await clock.advance(0);
    expect(queued()).toBe(0);
  });

  test('a message that fails too often goes to the dead-letter queue', async () => {
    const dead = sqs.ensureQueue({ name: 'dead', attributes: {} });
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.queueArn, maxReceiveCount: 2 });
    sqs.ensureQueue({ name: 'jobs', attributes: { VisibilityTimeout: '30', RedrivePolicy } });
    runner.fail = () => true;
    await send('a');
    await start();
    await clock.advance(3 * VISIBILITY_MS);
    expect(batches()).toEqual([['a'], ['a']]);
    expect(sqs.attributesOf(dead.queueArn).ApproximateNumberOfMessages).toBe('1');
  });
});

describe('the records of a batch', () => {
  test('records have the shape that Lambda gives them', async () => {
    await send({
      body: 'hello',
      messageGroupId: 'dst_1',
      messageAttributes: {
        Title: { DataType: 'String', StringValue: 'The Whistler' },
        Raw: { DataType: 'Binary', BinaryValue: 'AAE=' },
      },
    });
    await start();
    expect(runner.events).toEqual([
      {
        Records: [
          {
            messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
            receiptHandle: expect.any(String),
            body: 'hello',
            attributes: {
              ApproximateReceiveCount: '1',
              SentTimestamp: String(clock.nowMs()),
              SenderId: expect.any(String),
              ApproximateFirstReceiveTimestamp: String(clock.nowMs()),
              MessageGroupId: 'dst_1',
            },
            messageAttributes: {
              Title: { stringValue: 'The Whistler', stringListValues: [], binaryListValues: [], dataType: 'String' },
              Raw: { binaryValue: 'AAE=', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
            },
            md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
            md5OfBody: '5d41402abc4b2a76b9719d911017c592',
            eventSource: 'aws:sqs',
            eventSourceARN: queueArn,
            awsRegion: 'eu-west-1',
          },
        ],
      },
    ]);
  });

  test('messages that match no filter are deleted without an invocation', async () => {
    await send('{"kind":"push"}', '{"kind":"ping"}', 'not JSON', '{"kind":"fork"}');
    await start({ filterPatterns: [{ body: { kind: ['push'] } }, { body: { kind: ['fork'] } }] });
    await clock.advance(0);
    expect(batches()).toEqual([['{"kind":"push"}', '{"kind":"fork"}']]);
    expect(queued()).toBe(0);
  });

  test('a filter on a plain text does not match JSON', async () => {
    await send('push', '{"kind":"push"}');
    await start({ filterPatterns: [{ body: ['push', '{"kind":"push"}'] }] });
    expect(batches()).toEqual([['push']]);
  });

  test('a filter that is not a pattern is refused at once', async () => {
    await expect(start({ filterPatterns: [{ body: 'push' }] })).rejects.toThrow('Event pattern is not valid');
  });
});

describe('stopping', () => {
  test('a stopping event source receives nothing more and waits for its batches in flight', async () => {
    runner.hold();
    await send('a');
    await start();
    let stopped = false;
    const stopping = source?.stop().then(() => {
      stopped = true;
    });
    await send('b');
    await clock.advance(0);
    expect(stopped).toBe(false);
    runner.releaseAll();
    await stopping;
    expect(batches()).toEqual([['a']]);
    expect(queued()).toBe(1);
  });
});

test('a real function receives the messages of a queue', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hawser-lambda-'));
  const realRunner = new LambdaRunner({
    clock: systemClock,
    endpoint: new AwsEndpoint([]),
    endpointUrl: 'http://127.0.0.1:4101',
    region: 'eu-west-1',
  });
  const failsOnce = `const seen = new Set();
    export const handler = async ({ Records }) => ({ batchItemFailures: Records
      .filter(({ body }) => body === 'b' && !seen.has(body) && seen.add(body))
      .map(({ messageId }) => ({ itemIdentifier: messageId })) });`;
  const spec = writeFunction(folder, { source: failsOnce });
  realRunner.ensureFunction(spec);
  runner.forward = (functionArn, payload) => realRunner.invoke(functionArn, payload);
  await send('a', 'b', 'c');
  await start({ functionArn: spec.arn });
  await vi.waitUntil(() => queued() === 1, { timeout: 15_000 });
  await clock.advance(VISIBILITY_MS);
  await vi.waitUntil(() => queued() === 0, { timeout: 15_000 });
  expect(batches()).toEqual([['a', 'b', 'c'], ['b']]);
  await realRunner.close();
  rmSync(folder, { recursive: true });
});
