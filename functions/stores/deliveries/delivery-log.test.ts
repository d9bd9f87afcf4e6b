import {
  DeleteItemCommand,
  DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DeliveryJob, firstJob, isDue, nextJob, replayJob } from '../../../core/deliveries/delivery.ts';
import { type ResendJob, withResendRequest } from '../../../core/deliveries/resend-request.ts';
import { newEventId, newId } from '../../../core/ids.ts';
import { loseResponse } from '../../../test/support/lost-responses.ts';
import { Receiver } from '../../../test/support/receiver.ts';
import { resourceNames, startServices, type TestServices } from '../../../test/support/services.ts';
import { DeliveryLog } from './delivery-log.ts';
import { DeliveryReader } from './delivery-reader.ts';
import { type DeliveryState, deliveryKey, type EndState, type StoredDelivery } from './delivery-row.ts';

const T = Date.UTC(2026, 10, 26);
const SENT_AGAIN = T + 60_000;

let services: TestServices;
let log: DeliveryLog;
let reader: DeliveryReader;
beforeEach(async () => {
  services = await startServices();
  const { dynamodb } = services.clients;
  const table = resourceNames.deliveries;
  log = new DeliveryLog({ dynamodb, table, retentionDays: 30 });
  reader = new DeliveryReader({ dynamodb, table });
});
afterEach(() => services.close());

async function rowOf(job: DeliveryJob): Promise<StoredDelivery> {
  const row = (await reader.getMany([job])).get(job.deliveryId);
  if (!row) throw new Error('no row');
  return row;
}

function made(job: DeliveryJob, state: DeliveryState): Promise<boolean> {
  const error = { code: 'TIMEOUT', message: 'no answer within 10 s' } as const;
  const attempt = { number: job.attempt, startedAtMs: T, durationMs: 1, requestHeaders: [], error };
  return log.recordAttempt(job, attempt, state);
}

function newJob(): DeliveryJob {
  const sourceId = newId('src');
  const event = { id: newEventId(sourceId, T), organizationId: newId('org'), sourceId };
  return firstJob(event, { id: newId('con'), destinationId: newId('dst') });
}

/** The replay of a delivery that is dead after one attempt. */
async function replayed(): Promise<ResendJob> {
  const job = newJob();
  await made(job, { status: 'dead', reason: 'retries_exhausted' });
  const row = await rowOf(job);
  return withResendRequest(replayJob(row, SENT_AGAIN), row);
}

describe('the time at which a delivery was last sent again', () => {
  it('the row has the time once the delivery is pending', async () => {
    const job = await replayed();
    expect(await log.recordResend(job, undefined, T)).toBe(true);
    expect(await rowOf(job)).toMatchObject({ status: 'pending', replayedAtMs: SENT_AGAIN });
  });

  it.each<EndState>([
    { status: 'cancelled', reason: 'dropped_by_transform' },
    { status: 'dead', reason: 'transform_failed' },
  ])('the row keeps the time when the delivery ends without an attempt: $status', async (state) => {
    const job = await replayed();
    await log.recordState(job, state, T);
    expect(await rowOf(job)).toMatchObject({ status: state.status, replayedAtMs: SENT_AGAIN });
  });

  it.each<DeliveryState>([
    { status: 'retrying', nextAttemptAtMs: T },
    { status: 'succeeded' },
    { status: 'dead', reason: 'retries_exhausted' },
  ])('the row keeps the time after an attempt: $status', async (state) => {
    const job = await replayed();
    await made(job, state);
    expect(await rowOf(job)).toMatchObject({ status: state.status, replayedAtMs: SENT_AGAIN });
  });

  it('the row keeps the time while the delivery is held, cancelled and sent once more', async () => {
    const job = await replayed();
    await log.hold(job, await rowOf(job), T);
    expect(nextJob(await rowOf(job))).toMatchObject({ replayedAtMs: SENT_AGAIN });
    await log.recordState(nextJob(await rowOf(job)), { status: 'cancelled', reason: 'by_request' }, T);
    expect(await rowOf(job)).toMatchObject({ replayedAtMs: SENT_AGAIN });
    expect(replayJob(await rowOf(job), SENT_AGAIN + 5)).toMatchObject({ replayedAtMs: SENT_AGAIN + 5 });
  });
});

describe("a record that meets somebody else's transaction", () => {
  /** Refuses so many writes as DynamoDB does in a conflict. @param meanwhile makes the other write */
  function conflicts(
    count: number,
    meanwhile: () => Promise<unknown> = async () => {},
    Code = 'TransactionConflict',
  ): void {
    let left = count;
    services.clients.dynamodb.middlewareStack.add(
      (next, { commandName = '' }) =>
        async (args) => {
          if (left <= 0 || !/^(Put|Update|TransactWrite)/.test(commandName)) return next(args);
          left--;
          if (left === 0) await meanwhile();
          const common = { message: 'Transaction is ongoing for the item', $metadata: {} };
          const CancellationReasons = [{ Code }, { Code: 'None' }];
          if (commandName.startsWith('T')) throw new TransactionCanceledException({ ...common, CancellationReasons });
          throw new TransactionConflictException(common);
        },
      { step: 'initialize' },
    );
  }

  const retrying = { status: 'retrying', nextAttemptAtMs: T } as const;

  it.each<[string, string, (job: DeliveryJob) => Promise<unknown>]>([
    ['of a later attempt', 'succeeded', (job) => made(job, { status: 'succeeded' })],
    ['of a state', 'cancelled', (job) => log.recordState(job, { status: 'cancelled', reason: 'by_request' }, T)],
    ['of a hold', 'held', async (job) => log.hold(job, await rowOf(job), T)],
  ])('a record %s is written all the same', async (_, status, record) => {
    const job = await replayed();
    conflicts(2);
    await record(job);
    expect(await rowOf(job)).toMatchObject({ status });
  });

  it('a record is written although the other transaction is throttled', async () => {
    const job = await replayed();
    conflicts(3, undefined, 'ThrottlingError');
    expect(await made(job, { status: 'succeeded' })).toBe(true);
    expect(await rowOf(job)).toMatchObject({ status: 'succeeded', attemptCount: 2 });
  });

  it('a record is dropped if the other transaction has got further', async () => {
    const job = await replayed();
    conflicts(1, () => made(job, { status: 'succeeded' }));
    await made(job, retrying);
    expect(await rowOf(job)).toMatchObject({ status: 'succeeded', attemptCount: 2 });
  });

  it('a record is not retried for ever', async () => {
    const job = await replayed();
    conflicts(Number.POSITIVE_INFINITY);
    await expect(made(job, retrying)).rejects.toThrow(TransactionCanceledException);
    await expect(log.recordResend(job, undefined, T)).rejects.toThrow(TransactionConflictException);
  });
});

describe('a throttled table', () => {
  let peer: Receiver;
  let throttled: DynamoDBClient;
  beforeEach(async () => {
    peer = await Receiver.start();
    peer.behave = (_, response) => {
      const isThrottled = peer.received.length <= 2;
      const answer = isThrottled ? { __type: 'com.amazonaws.dynamodb.v20120810#ThrottlingException' } : {};
      response.writeHead(isThrottled ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(answer));
    };
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const endpoint = new URL(peer.url).origin;
    // Without the SDK's own tries, which are over sooner than throttling is.
    throttled = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
    log = new DeliveryLog({ dynamodb: throttled, table: resourceNames.deliveries, retentionDays: 30 });
  });
  afterEach(async () => {
    throttled.destroy();
    await peer.stop();
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a first attempt that succeeded', () => made(newJob(), { status: 'succeeded' })],
    ['a first attempt that failed', () => made(newJob(), { status: 'dead', reason: 'permanent_failure' })],
    ['a cancel', () => log.recordState(newJob(), { status: 'cancelled', reason: 'by_request' }, T)],
  ])('the record of %s is written once the table takes it again', async (_, record) => {
    expect(await record()).toBe(true);
    expect(peer.received).toHaveLength(3);
  });
});

describe('whether the record of an attempt stands', () => {
  const dead = { status: 'dead', reason: 'permanent_failure' } as const;
  const jobs: [string, () => Promise<DeliveryJob>][] = [
    ['a first attempt', async () => newJob()],
    ['a later attempt', replayed],
  ];

  it.each(jobs)('the record of %s stands, even if the response to its write was lost', async (_, jobOf) => {
    const job = await jobOf();
    const lost = loseResponse(services.clients.dynamodb, /this_attempt/);
    expect(await made(job, dead)).toBe(true);
    expect(lost()).toBe(1);
  });

  it.each(jobs)('the record of %s does not stand if another copy has got further', async (_, jobOf) => {
    const job = await jobOf();
    await made(job, { status: 'succeeded' });
    expect(await made(job, dead)).toBe(false);
    expect(await rowOf(job)).toMatchObject({ status: 'succeeded' });
  });
});

describe('an attempt that fails after its delivery was cancelled', () => {
  const byRequest: EndState = { status: 'cancelled', reason: 'by_request' };
  const retrying: DeliveryState = { status: 'retrying', nextAttemptAtMs: T + 5_000 };

  /** Runs something after the first write of the record was refused, and before the second. */
  function inBetween(work: () => Promise<unknown>): void {
    const { dynamodb } = services.clients;
    let isDone = false;
    dynamodb.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'UpdateItemCommand' && !isDone) {
            isDone = true;
            await work();
          }
          return next(args);
        },
      { step: 'initialize' },
    );
  }

  it('the attempt takes nothing from a replay that is recorded at that moment', async () => {
    const job = newJob();
    await log.recordState(job, byRequest, T);
    const row = await rowOf(job);
    const replay = withResendRequest(replayJob(row, SENT_AGAIN), row);
    inBetween(async () => expect(await log.recordResend(replay, row, SENT_AGAIN)).toBe(true));
    expect(await made(job, retrying)).toBe(false);
    expect(isDue(replay, await rowOf(job))).toBe(true);
  });

  it('the attempt does not recreate a deleted row', async () => {
    const job = newJob();
    await log.recordState(job, byRequest, T);
    const { dynamodb } = services.clients;
    const Key = deliveryKey(job.destinationId, job.deliveryId);
    inBetween(() => dynamodb.send(new DeleteItemCommand({ TableName: resourceNames.deliveries, Key })));
    await made(job, retrying);
    expect(await reader.getMany([job])).toEqual(new Map());
  });
});
