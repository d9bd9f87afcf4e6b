import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DeliveryJob, firstJob, replayJob } from '../../core/deliveries/delivery.ts';
import { withResendRequest } from '../../core/deliveries/resend-request.ts';
import { newEventId, newId } from '../../core/ids.ts';
import { resourceNames, startServices, type TestServices } from '../../test/support/services.ts';
import { decodeDelivery, encodeMessage } from '../messages/delivery.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { DeliveryLog } from './deliveries/delivery-log.ts';
import { DeliveryReader } from './deliveries/delivery-reader.ts';

let services: TestServices;
let queue: DeadLetterQueue;
let log: DeliveryLog;
let reader: DeliveryReader;
beforeEach(async () => {
  services = await startServices();
  const { dynamodb, sqs } = services.clients;
  const table = resourceNames.deliveries;
  reader = new DeliveryReader({ dynamodb, table });
  queue = new DeadLetterQueue(sqs, services.deadLetterQueue.queueUrl, reader);
  log = new DeliveryLog({ dynamodb, table, retentionDays: 30 });
});
afterEach(() => services.close());

const depth = () =>
  Number(services.simulators.sqs.attributesOf(services.deadLetterQueue.queueArn).ApproximateNumberOfMessages);

/** A delivery that is dead: in the table and in the queue. */
async function dead(): Promise<DeliveryJob> {
  const [sourceId, connectionId] = [newId('src'), newId('con')];
  const eventId = newEventId(sourceId, Date.now());
  const job = firstJob(
    { id: eventId, organizationId: newId('org'), sourceId },
    { id: connectionId, destinationId: newId('dst') },
  );
  await queue.send(job, 'retries_exhausted');
  const attempt = { number: 1, startedAtMs: 0, durationMs: 1, requestHeaders: [] };
  const error = { code: 'TIMEOUT', message: 'no answer within 10 s' } as const;
  await log.recordAttempt(job, { ...attempt, error }, { status: 'dead', reason: 'retries_exhausted' });
  return job;
}

/** Removes the message as if the delivery were sent again now. */
const remove = ({ deliveryId }: Pick<DeliveryJob, 'deliveryId'>) =>
  queue.remove(new Map([[deliveryId, services.clock.nowMs()]]), services.clock.nowMs());

/** Lets long polls end. */
async function passTimeUntil<T>(done: Promise<T>): Promise<T> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  done.then(end, end);
  while (!ended) {
    await services.clock.advance(100);
    // Requests under way take real time.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return done;
}

/** Records that a dead letter is sent again, as whoever asks for it does. */
async function replay(job: DeliveryJob): Promise<void> {
  const row = (await reader.getMany([job])).get(job.deliveryId);
  if (row) await log.recordResend(withResendRequest(replayJob(row, 0), row), row, 0);
}

describe('taking a dead letter out of the queue', () => {
  it('the message is found among others, which are put back at once', async () => {
    const jobs = [await dead(), await dead(), await dead()];
    expect(await remove(jobs[1] as DeliveryJob)).toBe(1);
    expect(depth()).toBe(2);
  });

  it('duplicates that a crash left behind are taken out as well', async () => {
    const job = await dead();
    await queue.send(job, 'retries_exhausted');
    expect(await remove(job)).toBe(1);
    expect(depth()).toBe(0);
  });

  it('a missing message is reported', async () => {
    await dead();
    expect(await passTimeUntil(remove({ deliveryId: newId('dlv') }))).toBe(0);
    expect(depth()).toBe(1);
  });

  it('concurrent replays find their messages even if another sweep has received them first', async () => {
    const job = await dead();
    const { queueArn } = services.deadLetterQueue;
    const [held] = await services.simulators.sqs.receiveMessages(queueArn, {
      maxMessages: 10,
      waitTimeMs: 0,
      visibilityTimeoutSeconds: 1,
    });
    expect(held?.body).toContain(job.deliveryId);
    expect(await passTimeUntil(remove(job))).toBe(1);
    expect(depth()).toBe(0);
  });

  it('messages of deliveries that are no longer dead are removed on the way', async () => {
    const [replayed, wanted] = [await dead(), await dead()];
    await replay(replayed);
    expect(await remove(wanted)).toBe(1);
    expect(depth()).toBe(0);
  });

  it('messages taken out at the same time are found without waiting, each by its own sweep', async () => {
    const jobs: DeliveryJob[] = [];
    for (let count = 0; count < 25; count++) jobs.push(await dead());
    const nowMs = services.clock.nowMs();
    const discard = async (job: DeliveryJob) => {
      const next = { ...job, attempt: 2, roundStart: 2 };
      await log.recordState(next, { status: 'cancelled', reason: 'discarded' }, nowMs);
    };
    const discarded = jobs.slice(0, 5);
    await Promise.all(discarded.map(discard));
    const removed = Promise.all(discarded.map(remove));
    // A sweep that waited would never end, because time stands still.
    expect(await removed).toEqual([1, 1, 1, 1, 1]);
    expect(depth()).toBe(20);
  });

  it('the message of a delivery that has died again is left, even if no attempt was made', async () => {
    const [again, other] = [await dead(), await dead()];
    const sentAgainMs = services.clock.nowMs();
    const next = { ...again, attempt: 2, roundStart: 2, startsReplay: true };
    await queue.send({ ...next, replayedAtMs: sentAgainMs - 1 }, 'transform_failed');
    await queue.send({ ...next, replayedAtMs: sentAgainMs }, 'transform_failed');
    const sentAgain = new Map([again, other].map(({ deliveryId }) => [deliveryId, sentAgainMs]));
    expect(await queue.remove(sentAgain, sentAgainMs)).toBe(2);
    const { queueArn } = services.deadLetterQueue;
    const left = await services.simulators.sqs.receiveMessages(queueArn, { maxMessages: 10, waitTimeMs: 0 });
    expect(left.map(({ body }) => decodeDelivery(body).job.replayedAtMs)).toEqual([sentAgainMs]);
  });

  it('unreadable messages are left for a person to see', async () => {
    const job = await dead();
    const { sqs } = services.simulators;
    await sqs.sendMessage(services.deadLetterQueue.queueArn, { body: 'not a job' });
    expect(await remove(job)).toBe(1);
    expect(depth()).toBe(1);
  });
});

describe('clearing the queue', () => {
  const settledMs = () => services.clock.nowMs() + 1;

  it('messages of deliveries that were sent again are removed, those of dead ones stay', async () => {
    const jobs = [await dead(), await dead(), await dead()];
    for (const job of jobs.slice(1)) await replay(job);
    expect(await queue.clear(3, settledMs())).toBe(3);
    await services.clock.advance(120_000);
    expect(depth()).toBe(1);
  });

  it('no message is looked at twice, because those left are invisible for two minutes', async () => {
    for (let count = 0; count < 25; count++) await dead();
    expect(await queue.clear(10, settledMs())).toBe(10);
    expect(await queue.depth()).toEqual({ visible: 15, hidden: 10 });
    await services.clock.advance(120_000);
    expect(await queue.depth()).toEqual({ visible: 25, hidden: 0 });
  });

  it('one message of a delivery that has died again is left', async () => {
    const job = await dead();
    const again = { ...job, attempt: 2, roundStart: 2 };
    await queue.send(again, 'retries_exhausted');
    const attempt = { number: 2, startedAtMs: 0, durationMs: 1, requestHeaders: [] };
    const error = { code: 'TIMEOUT', message: 'no answer within 10 s' } as const;
    await log.recordAttempt(again, { ...attempt, error }, { status: 'dead', reason: 'retries_exhausted' });
    await queue.clear(2, settledMs());
    await services.clock.advance(120_000);
    expect(depth()).toBe(1);
  });

  it('one message of a delivery that has died repeatedly without an attempt is left', async () => {
    const job = await dead();
    for (const replayedAtMs of [1, 2, 3]) {
      const again = { ...job, attempt: 2, roundStart: 2, replayedAtMs };
      await queue.send(again, 'transform_failed');
      await log.recordState(again, { status: 'dead', reason: 'transform_failed' }, 0);
    }
    await queue.clear(4, settledMs());
    await services.clock.advance(120_000);
    const { queueArn } = services.deadLetterQueue;
    const left = await services.simulators.sqs.receiveMessages(queueArn, { maxMessages: 10, waitTimeMs: 0 });
    expect(left.map(({ body }) => decodeDelivery(body).job.replayedAtMs)).toEqual([3]);
  });

  it('a message given up without an attempt is removed once its row has had time to say so', async () => {
    const job = await dead();
    const next = { ...job, attempt: 2, roundStart: 2 };
    await queue.send(next, 'processing_failed');
    await replay(job);
    await queue.clear(2, 0);
    await services.clock.advance(120_000);
    expect(depth()).toBe(1);
    await queue.clear(1, settledMs());
    await services.clock.advance(120_000);
    expect(depth()).toBe(0);
  });

  it('messages from the redrive policy are left, because they may be all there is of an attempt', async () => {
    const job = await dead();
    await replay(job);
    const body = encodeMessage({ job: { ...job, attempt: 2, roundStart: 2, startsReplay: true } });
    await services.simulators.sqs.sendMessage(services.deadLetterQueue.queueArn, { body });
    await queue.clear(2, settledMs());
    await services.clock.advance(120_000);
    expect(depth()).toBe(1);
  });
});
