import { type Message, ReceiveMessageCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { describe, expect } from 'vitest';
import { rule, sqsSuite } from './suite.ts';

const { client, makeQueue } = sqsSuite();

async function send(QueueUrl: string, count: number, MessageGroupId?: string): Promise<void> {
  for (let sent = 0; sent < count; sent += 10) {
    const Entries = Array.from({ length: Math.min(10, count - sent) }, (_, i) => ({
      Id: `e${i}`,
      MessageBody: MessageGroupId ?? 'none',
      MessageGroupId,
    }));
    await client().send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }
}

async function receive(QueueUrl: string): Promise<Message[]> {
  return (await client().send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))).Messages ?? [];
}

describe('fair queues', () => {
  rule('a group with a backlog and many messages in flight does not delay the others', 0, async () => {
    const QueueUrl = await makeQueue();
    await send(QueueUrl, 100, 'noisy');
    for (let i = 0; i < 4; i++) expect(await receive(QueueUrl)).toHaveLength(10);
    await send(QueueUrl, 2, 'quiet');
    await send(QueueUrl, 1);
    const bodies = (await receive(QueueUrl)).map(({ Body }) => Body);
    expect(bodies.slice(0, 3).sort()).toEqual(['none', 'quiet', 'quiet']);
    expect(bodies.slice(3)).toEqual(Array(7).fill('noisy'));
  });

  rule('a noisy group gets what the others leave', 0, async () => {
    const QueueUrl = await makeQueue();
    await send(QueueUrl, 50, 'noisy');
    let received = 0;
    for (let batch = await receive(QueueUrl); batch.length > 0; batch = await receive(QueueUrl))
      received += batch.length;
    expect(received).toBe(50);
  });

  rule('every message is received once', 0, async () => {
    const QueueUrl = await makeQueue();
    for (const group of ['a', 'b', undefined, 'c']) await send(QueueUrl, 15, group);
    const ids: (string | undefined)[] = [];
    for (let batch = await receive(QueueUrl); batch.length > 0; batch = await receive(QueueUrl)) {
      ids.push(...batch.map(({ MessageId }) => MessageId));
    }
    expect([ids.length, new Set(ids).size]).toEqual([60, 60]);
  });
});
