import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../clock.ts';
import { Database } from '../database.ts';
import { RunningTime } from '../running-time.ts';
import { AwsEndpoint } from '../wire/endpoint.ts';
import { Sqs } from './sqs.ts';

const folder = mkdtempSync(join(tmpdir(), 'hawser-sqs-'));
const clock = new ManualClock();
let database: Database | undefined;

afterEach(() => {
  database?.close();
  database = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the data folder like a process that starts after another one was killed. */
function open(): Sqs {
  database?.close();
  database = new Database(join(folder, 'hawser.db'));
  return new Sqs({ database, clock, region: 'eu-west-1', endpointUrl: 'http://127.0.0.1:4101' });
}

const now = { maxMessages: 10, waitTimeMs: 0 };

describe('ensureQueue', () => {
  it('gives an existing queue the new attributes and keeps its messages', async () => {
    const sqs = open();
    const { queueArn, queueUrl } = sqs.ensureQueue({ name: 'q', attributes: { DelaySeconds: '5' } });
    expect(queueArn).toBe('arn:aws:sqs:eu-west-1:000000000000:q');
    expect(queueUrl).toBe('http://127.0.0.1:4101/000000000000/q');
    expect(sqs.arnOfUrl(queueUrl)).toBe(queueArn);
    await sqs.sendMessage(queueArn, { body: 'x', delaySeconds: 0 });
    sqs.ensureQueue({ name: 'q', attributes: { VisibilityTimeout: '540' } });
    expect(sqs.attributesOf(queueArn)).toMatchObject({
      DelaySeconds: '0',
      VisibilityTimeout: '540',
      ApproximateNumberOfMessages: '1',
    });
  });

  it('refuses a queue that the real service would refuse', () => {
    const sqs = open();
    expect(() => sqs.ensureQueue({ name: 'a b', attributes: {} })).toThrow('Can only include alphanumeric');
    expect(() => sqs.ensureQueue({ name: 'q', attributes: { Nonsense: '1' } })).toThrow('Unknown Attribute Nonsense.');
    expect(() => sqs.ensureQueue({ name: 'q.fifo', attributes: { FifoQueue: 'true' } })).toThrow('FIFO queues');
  });
});

describe('native calls', () => {
  it('receive more than ten messages at once', async () => {
    const sqs = open();
    const { queueArn } = sqs.ensureQueue({ name: 'q', attributes: {} });
    await Promise.all(Array.from({ length: 25 }, (_, i) => sqs.sendMessage(queueArn, { body: `m${i}` })));
    const messages = await sqs.receiveMessages(queueArn, { maxMessages: 10_000, waitTimeMs: 0 });
    expect(messages).toHaveLength(25);
    await sqs.deleteMessages(
      queueArn,
      messages.map(({ receiptHandle }) => receiptHandle),
    );
    expect(sqs.attributesOf(queueArn).ApproximateNumberOfMessagesNotVisible).toBe('0');
  });

  it('wake with all messages of one group commit', async () => {
    const sqs = open();
    const { queueArn } = sqs.ensureQueue({ name: 'q', attributes: {} });
    const waiting = sqs.receiveMessages(queueArn, { maxMessages: 10, waitTimeMs: 20_000 });
    await Promise.all([1, 2, 3].map((i) => sqs.sendMessage(queueArn, { body: `m${i}` })));
    expect((await waiting).map(({ body }) => body)).toEqual(['m1', 'm2', 'm3']);
  });

  it('stop waiting when they are aborted, and leave no timer behind', async () => {
    const sqs = open();
    const { queueArn } = sqs.ensureQueue({ name: 'q', attributes: {} });
    await sqs.sendMessage(queueArn, { body: 'x', delaySeconds: 60 });
    const abort = new AbortController();
    const waiting = sqs.receiveMessages(queueArn, { ...now, waitTimeMs: 20_000, signal: abort.signal });
    await clock.advance(1);
    abort.abort();
    expect(await waiting).toEqual([]);
    expect(clock.nextDueMs()).toBeUndefined();
  });

  it('refuse a queue that is deleted while they wait', async () => {
    const sqs = open();
    const { queueArn } = sqs.ensureQueue({ name: 'q', attributes: {} });
    const waiting = sqs.receiveMessages(queueArn, { ...now, waitTimeMs: 20_000 });
    await clock.advance(1);
    await sqs.deleteQueue(queueArn);
    await expect(waiting).rejects.toMatchObject({ code: 'QueueDoesNotExist' });
  });

  it('change the visibility of what is still in flight and pass over the rest', async () => {
    const sqs = open();
    const { queueArn } = sqs.ensureQueue({ name: 'q', attributes: {} });
    await sqs.sendMessage(queueArn, { body: 'a' });
    await sqs.sendMessage(queueArn, { body: 'b' });
    const handles = (await sqs.receiveMessages(queueArn, now)).map(({ receiptHandle }) => receiptHandle);
    await sqs.deleteMessages(queueArn, handles.slice(0, 1));
    await sqs.changeVisibility(queueArn, handles, 0);
    expect((await sqs.receiveMessages(queueArn, now)).map(({ body }) => body)).toEqual(['b']);
  });
});

describe('a long poll', () => {
  it('takes no message any more once its client has gone', async () => {
    const sqs = open();
    const { queueArn, queueUrl } = sqs.ensureQueue({ name: 'q', attributes: {} });
    const server = await new AwsEndpoint([sqs.wire]).listen(0);
    const client = new AbortController();
    const polling = fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {
      method: 'POST',
      headers: {
        authorization: 'AWS4-HMAC-SHA256 Credential=any/20260101/eu-west-1/sqs/aws4_request, Signature=any',
        'x-amz-target': 'AmazonSQS.ReceiveMessage',
      },
      body: JSON.stringify({ QueueUrl: queueUrl, WaitTimeSeconds: 20 }),
      signal: client.signal,
    });
    const gone = expect(polling).rejects.toThrow('abort');
    await vi.waitFor(() => expect(clock.nextDueMs()).toBeDefined(), 30_000);
    client.abort();
    await gone;
    // The end of the wait is all that there is to see of it.
    await vi.waitFor(() => expect(clock.nextDueMs()).toBeUndefined(), 30_000);
    await sqs.sendMessage(queueArn, { body: 'for somebody else' });
    expect(await sqs.receiveMessages(queueArn, now)).toMatchObject([{ body: 'for somebody else' }]);
    server.closeAllConnections();
    server.close();
  });

  it('a long poll ends in its time although the clock of the machine is set back meanwhile', async () => {
    const sqs = open();
    const { queueArn } = sqs.ensureQueue({ name: 'q', attributes: {} });
    const ended = vi.fn();
    void sqs.receiveMessages(queueArn, { ...now, waitTimeMs: 20_000 }).then(ended);
    await clock.advance(1_000);
    clock.set(-60 * 60 * 1000);
    await clock.advance(19_000);
    expect(ended).toHaveBeenCalledWith([]);
  });
});

describe('after a restart', () => {
  it('queues, messages, delays and attributes are as they were', async () => {
    const { queueArn } = open().ensureQueue({ name: 'q', attributes: { VisibilityTimeout: '7' } });
    let sqs = open();
    const a = { DataType: 'Binary', BinaryValue: 'AP8H' };
    await sqs.sendMessage(queueArn, {
      body: 'ü',
      messageAttributes: { a },
      messageGroupId: 'g',
      traceHeader: 'Root=1',
    });
    await sqs.sendMessage(queueArn, { body: 'late', delaySeconds: 60 });
    sqs = open();
    expect(sqs.attributesOf(queueArn)).toMatchObject({
      VisibilityTimeout: '7',
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesDelayed: '1',
    });
    expect(await sqs.receiveMessages(queueArn, now)).toMatchObject([
      { body: 'ü', messageAttributes: { a }, attributes: { MessageGroupId: 'g', AWSTraceHeader: 'Root=1' } },
    ]);
  });

  it('what was deleted stays deleted', async () => {
    const { queueArn } = open().ensureQueue({ name: 'q', attributes: {} });
    let sqs = open();
    await sqs.sendMessage(queueArn, { body: 'a' });
    const [message] = await sqs.receiveMessages(queueArn, now);
    await sqs.deleteMessages(queueArn, [message?.receiptHandle ?? '']);
    sqs = open();
    expect(sqs.attributesOf(queueArn).ApproximateNumberOfMessages).toBe('0');
  });

  it('a message that was in flight is visible, its count goes on, and its old handle still deletes it', async () => {
    const { queueArn } = open().ensureQueue({ name: 'q', attributes: {} });
    let sqs = open();
    await sqs.sendMessage(queueArn, { body: 'a' });
    await sqs.sendMessage(queueArn, { body: 'b' });
    const before = await sqs.receiveMessages(queueArn, now);
    sqs = open();
    await sqs.deleteMessages(queueArn, [before[0]?.receiptHandle ?? '']);
    const after = await sqs.receiveMessages(queueArn, now);
    expect(after).toMatchObject([{ body: 'b', attributes: { ApproximateReceiveCount: '2' } }]);
    expect(after[0]?.attributes.ApproximateFirstReceiveTimestamp).toBe(
      before[1]?.attributes.ApproximateFirstReceiveTimestamp,
    );
  });

  it('a message that kills the process each time reaches the dead-letter queue', async () => {
    const first = open();
    const dead = first.ensureQueue({ name: 'dead', attributes: {} }).queueArn;
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead, maxReceiveCount: 3 });
    const { queueArn } = first.ensureQueue({ name: 'q', attributes: { RedrivePolicy } });
    await first.sendMessage(queueArn, { body: 'poison' });
    for (let life = 0; life < 3; life++) expect(await open().receiveMessages(queueArn, now)).toHaveLength(1);
    expect(await open().receiveMessages(queueArn, now)).toEqual([]);
    expect(await open().receiveMessages(dead, now)).toMatchObject([
      { body: 'poison', attributes: { DeadLetterQueueSourceArn: queueArn, ApproximateReceiveCount: '4' } },
    ]);
  });

  it('a new message does not inherit the count of a deleted one', async () => {
    const { queueArn } = open().ensureQueue({ name: 'q', attributes: {} });
    let sqs = open();
    await sqs.sendMessage(queueArn, { body: 'a' });
    const [old] = await sqs.receiveMessages(queueArn, now);
    await sqs.queue(queueArn).purge();
    sqs = open();
    await sqs.sendMessage(queueArn, { body: 'b' });
    await sqs.deleteMessages(queueArn, [old?.receiptHandle ?? '']);
    expect(await sqs.receiveMessages(queueArn, now)).toMatchObject([
      { body: 'b', attributes: { ApproximateReceiveCount: '1' } },
    ]);
  });

  it('messages that outlived their retention are gone', async () => {
    const { queueArn } = open().ensureQueue({ name: 'q', attributes: { MessageRetentionPeriod: '60' } });
    await open().sendMessage(queueArn, { body: 'a' });
    await clock.advance(60_000);
    expect(open().attributesOf(queueArn).ApproximateNumberOfMessages).toBe('0');
  });
});

describe('the retention of a message', () => {
  const DAY_MS = 24 * 60 * 60 * 1000;
  const attributes = { MessageRetentionPeriod: String(7 * 24 * 60 * 60) };
  let running: RunningTime | undefined;
  /** Opens the data folder like a process that notes how long it runs. */
  const start = () => {
    database?.close();
    database = new Database(join(folder, 'hawser.db'));
    running = new RunningTime(database, clock);
    running.start();
    const options = { database, clock, region: 'eu-west-1', endpointUrl: 'http://127.0.0.1:4101' };
    return new Sqs({ ...options, runningTime: running });
  };
  const stop = async () => {
    await running?.stop();
    database?.close();
  };
  /** Whatever a process would do at its end comes too late. */
  const kill = async () => {
    database?.close();
    const complaints = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await running?.stop();
    complaints.mockRestore();
  };
  const bodies = async (sqs: Sqs, queueArn: string) =>
    (await sqs.receiveMessages(queueArn, { ...now, visibilityTimeoutSeconds: 0 })).map(({ body }) => body);
  afterEach(stop);

  it.each([
    ['stopped', stop],
    ['killed', kill],
  ])('does not count the time in which nothing ran, however often the process is %s', async (_, end) => {
    let sqs = start();
    const { queueArn } = sqs.ensureQueue({ name: 'q', attributes });
    await sqs.sendMessage(queueArn, { body: 'accepted' });
    for (const daysOff of [8, 15, 400]) {
      await clock.advance(DAY_MS);
      await end();
      await clock.advance(daysOff * DAY_MS);
      sqs = start();
      expect(await bodies(sqs, queueArn)).toEqual(['accepted']);
    }
  });

  it('ends once the process has run for that long, in one run or in several', async () => {
    let sqs = start();
    const { queueArn } = sqs.ensureQueue({ name: 'q', attributes });
    await sqs.sendMessage(queueArn, { body: 'accepted' });
    for (let run = 0; run < 3; run++) {
      await clock.advance(2 * DAY_MS);
      await stop();
      await clock.advance(8 * DAY_MS);
      sqs = start();
    }
    await clock.advance(DAY_MS - 1);
    expect(sqs.attributesOf(queueArn).ApproximateNumberOfMessages).toBe('1');
    await clock.advance(1001);
    expect(sqs.attributesOf(queueArn).ApproximateNumberOfMessages).toBe('0');
  });

  it('does not count the time in which the machine was asleep', async () => {
    const sqs = start();
    const { queueArn } = sqs.ensureQueue({ name: 'q', attributes });
    await sqs.sendMessage(queueArn, { body: 'accepted' });
    for (const daysAsleep of [8, 15]) {
      await clock.advance(DAY_MS);
      clock.set(daysAsleep * DAY_MS);
      expect(await bodies(sqs, queueArn)).toEqual(['accepted']);
    }
  });

  it('retention ends in its time although the clock of the machine was ahead for a while', async () => {
    const sqs = start();
    const { queueArn } = sqs.ensureQueue({ name: 'q', attributes });
    const count = () => sqs.attributesOf(queueArn).ApproximateNumberOfMessages;
    await sqs.sendMessage(queueArn, { body: 'before' });
    await clock.advance(7 * DAY_MS);
    clock.set(365 * DAY_MS);
    await clock.advance(60_000);
    expect(count()).toBe('0');
    clock.set(-365 * DAY_MS);
    await sqs.sendMessage(queueArn, { body: 'after' });
    await clock.advance(7 * DAY_MS - 1000);
    expect(count()).toBe('1');
    await clock.advance(1000 + 5 * 60_000);
    expect(count()).toBe('0');
  });
});

describe('messages that outlived their retention are off the disk', () => {
  const expire = async () => {
    const sqs = open();
    const { queueArn } = sqs.ensureQueue({ name: 'dead', attributes: { MessageRetentionPeriod: '60' } });
    await sqs.sendMessage(queueArn, { body: 'received' });
    await sqs.receiveMessages(queueArn, now);
    await sqs.sendMessage(queueArn, { body: 'seen by nobody' });
    await clock.advance(60_000);
    await sqs.sendMessage(queueArn, { body: 'new' });
    return { sqs, queueArn };
  };
  const bodies = () => database?.statement('SELECT body FROM sqs_messages').all();
  const receives = () => database?.statement('SELECT seq FROM sqs_receives').all();
  const committed = () => database?.write(() => {});

  it('once somebody looks at the queue, without receiving from it', async () => {
    const { sqs, queueArn } = await expire();
    expect(bodies()).toHaveLength(3);
    expect(sqs.attributesOf(queueArn).ApproximateNumberOfMessages).toBe('1');
    await committed();
    expect([bodies(), receives()]).toEqual([[{ body: 'new' }], []]);
  });

  it('and at the start, of queues that nobody ever looks at', async () => {
    await expire();
    open();
    await committed();
    expect([bodies(), receives()]).toEqual([[{ body: 'new' }], []]);
  });
});

describe('a purge', () => {
  const purgeOf = async (count: number) => {
    const sqs = open();
    const { queueArn } = sqs.ensureQueue({ name: 'q', attributes: {} });
    await Promise.all(Array.from({ length: count }, () => sqs.sendMessage(queueArn, { body: 'old' })));
    return { sqs, queueArn, purging: sqs.queue(queueArn).purge() };
  };

  it('is made in pieces, between which requests have their turn', async () => {
    const { sqs, queueArn, purging } = await purgeOf(1000);
    const seen = new Set<string | undefined>();
    let isDone = false;
    void purging.finally(() => {
      isDone = true;
    });
    while (!isDone) {
      seen.add(sqs.attributesOf(queueArn).ApproximateNumberOfMessages);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await purging;
    expect(seen.size).toBeGreaterThan(2);
    expect(sqs.attributesOf(queueArn).ApproximateNumberOfMessages).toBe('0');
    expect(database?.statement('SELECT seq FROM sqs_messages').all()).toEqual([]);
  });

  it('spares what is sent after it has begun', async () => {
    const { sqs, queueArn, purging } = await purgeOf(10);
    await Promise.all([sqs.sendMessage(queueArn, { body: 'new' }), purging]);
    expect(await sqs.receiveMessages(queueArn, now)).toMatchObject([{ body: 'new' }]);
  });
});

describe('a write that fails', () => {
  it('leaves a message to be received again, with the count it had', async () => {
    const sqs = open();
    const { queueArn } = sqs.ensureQueue({ name: 'q', attributes: {} });
    await sqs.sendMessage(queueArn, { body: 'a' });
    const failing = database?.write(() => {
      throw new Error('disk full');
    });
    const receiving = sqs.receiveMessages(queueArn, now);
    await expect(failing).rejects.toThrow('disk full');
    await expect(receiving).rejects.toThrow('disk full');
    expect(await sqs.receiveMessages(queueArn, now)).toMatchObject([{ attributes: { ApproximateReceiveCount: '1' } }]);
  });
});
