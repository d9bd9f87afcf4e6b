import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect } from 'vitest';
import { rule, sqsSuite } from './suite.ts';

const { client, advance, untilWaiting, makeQueue, attributesOf } = sqsSuite();

async function receive(QueueUrl: string, options: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> {
  return (await client().send(new ReceiveMessageCommand({ QueueUrl, ...options }))).Messages ?? [];
}

async function receiveOne(QueueUrl: string, options: Partial<ReceiveMessageCommandInput> = {}) {
  const [message] = await receive(QueueUrl, options);
  if (!message?.ReceiptHandle) throw new Error('no message was received');
  return { ...message, ReceiptHandle: message.ReceiptHandle };
}

async function send(QueueUrl: string, MessageBody: string, MessageGroupId?: string): Promise<void> {
  await client().send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId }));
}

function remove(QueueUrl: string, ReceiptHandle: string) {
  return client().send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
}

function hold(QueueUrl: string, ReceiptHandle: string, VisibilityTimeout: number) {
  return client().send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
}

describe('receiving', () => {
  rule('an empty queue returns no messages', 0, async () => {
    const QueueUrl = await makeQueue();
    const response = await client().send(new ReceiveMessageCommand({ QueueUrl }));
    expect(response.Messages).toBeUndefined();
  });

  rule('a receive returns one message by default, and ten at most', 0, async () => {
    const QueueUrl = await makeQueue();
    for (let i = 0; i < 12; i++) await send(QueueUrl, 'x');
    expect(await receive(QueueUrl)).toHaveLength(1);
    expect(await receive(QueueUrl, { MaxNumberOfMessages: 10 })).toHaveLength(10);
    for (const MaxNumberOfMessages of [0, 11]) {
      await expect(receive(QueueUrl, { MaxNumberOfMessages })).rejects.toMatchObject({
        Code: 'InvalidParameterValue',
        message: `Value ${MaxNumberOfMessages} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`,
      });
    }
  });

  rule('a receive returns the requested system attributes', 1000, async () => {
    const QueueUrl = await makeQueue({ VisibilityTimeout: '0' });
    const AWSTraceHeader = { DataType: 'String', StringValue: 'Root=1-5759e988-bd862e3fe1be46a994272793' };
    await client().send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: 'x',
        MessageGroupId: 'g',
        MessageSystemAttributes: { AWSTraceHeader },
      }),
    );
    const first = await receiveOne(QueueUrl, { MessageSystemAttributeNames: ['All'] });
    await advance(1000);
    const second = await receiveOne(QueueUrl, { AttributeNames: ['All'] });
    expect(first.Attributes).toEqual({
      ApproximateReceiveCount: '1',
      ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      SentTimestamp: expect.stringMatching(/^\d{13}$/),
      SenderId: expect.any(String),
      MessageGroupId: 'g',
      AWSTraceHeader: AWSTraceHeader.StringValue,
    });
    expect(second.Attributes).toEqual({ ...first.Attributes, ApproximateReceiveCount: '2' });
    const some = await receiveOne(QueueUrl, { MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
    expect(some.Attributes).toEqual({ ApproximateReceiveCount: '3' });
    expect(await receiveOne(QueueUrl)).not.toHaveProperty('Attributes');
  });
});

describe('visibility', () => {
  rule('a received message is hidden until its timeout, then received again with another handle', 31_000, async () => {
    const QueueUrl = await makeQueue();
    await send(QueueUrl, 'x');
    const first = await receiveOne(QueueUrl);
    expect(await attributesOf(QueueUrl)).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '1',
    });
    await advance(29_999);
    expect(await receive(QueueUrl)).toEqual([]);
    await advance(1);
    const second = await receiveOne(QueueUrl);
    expect(second.MessageId).toBe(first.MessageId);
    expect(second.ReceiptHandle).not.toBe(first.ReceiptHandle);
  });

  rule('a receive may set its own timeout', 3000, async () => {
    const QueueUrl = await makeQueue();
    await send(QueueUrl, 'x');
    await receiveOne(QueueUrl, { VisibilityTimeout: 2 });
    expect(await receive(QueueUrl)).toEqual([]);
    await advance(2100);
    await receiveOne(QueueUrl);
    for (const VisibilityTimeout of [-1, 43_201]) {
      await expect(receive(QueueUrl, { VisibilityTimeout })).rejects.toMatchObject({ Code: 'InvalidParameterValue' });
    }
  });

  rule('a visibility timeout can be extended and ended', 61_000, async () => {
    const QueueUrl = await makeQueue();
    await send(QueueUrl, 'x');
    const { ReceiptHandle } = await receiveOne(QueueUrl);
    await hold(QueueUrl, ReceiptHandle, 60);
    await advance(59_999);
    expect(await receive(QueueUrl)).toEqual([]);
    await hold(QueueUrl, ReceiptHandle, 0);
    expect(await receive(QueueUrl)).toHaveLength(1);
  });

  rule('a visibility timeout cannot be extended beyond twelve hours in total', 3600_000, async () => {
    const QueueUrl = await makeQueue();
    await send(QueueUrl, 'x');
    const { ReceiptHandle } = await receiveOne(QueueUrl, { VisibilityTimeout: 7200 });
    await advance(3600_000);
    await hold(QueueUrl, ReceiptHandle, 39_600);
    await expect(hold(QueueUrl, ReceiptHandle, 39_601)).rejects.toMatchObject({ Code: 'InvalidParameterValue' });
    await expect(hold(QueueUrl, ReceiptHandle, 43_201)).rejects.toMatchObject({ Code: 'InvalidParameterValue' });
  });

  rule('a change after the timeout ran out is accepted without effect', 2000, async () => {
    const QueueUrl = await makeQueue({ VisibilityTimeout: '1' });
    await send(QueueUrl, 'x');
    const { ReceiptHandle } = await receiveOne(QueueUrl);
    await advance(1100);
    await hold(QueueUrl, ReceiptHandle, 60);
    expect(await receive(QueueUrl)).toHaveLength(1);
  });

  rule('a change for a deleted message is refused', 0, async () => {
    const QueueUrl = await makeQueue();
    await send(QueueUrl, 'x');
    const { ReceiptHandle } = await receiveOne(QueueUrl);
    await remove(QueueUrl, ReceiptHandle);
    await expect(hold(QueueUrl, ReceiptHandle, 60)).rejects.toMatchObject({
      Code: 'InvalidParameterValue',
      message: `Value ${ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
    });
  });

  rule('visibility timeouts are changed in batches', 0, async () => {
    const QueueUrl = await makeQueue();
    await send(QueueUrl, 'x');
    const { ReceiptHandle } = await receiveOne(QueueUrl);
    const { Successful, Failed } = await client().send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'a', ReceiptHandle, VisibilityTimeout: 0 },
          { Id: 'b', ReceiptHandle: 'nonsense', VisibilityTimeout: 0 },
        ],
      }),
    );
    expect(Successful).toEqual([{ Id: 'a' }]);
    expect(Failed).toMatchObject([{ Id: 'b', SenderFault: true, Code: 'ReceiptHandleIsInvalid' }]);
    expect(await receive(QueueUrl)).toHaveLength(1);
  });
});

describe('deleting', () => {
  rule('a deleted message never comes back, and a repeated deletion succeeds', 31_000, async () => {
    const QueueUrl = await makeQueue();
    await send(QueueUrl, 'x');
    const { ReceiptHandle } = await receiveOne(QueueUrl);
    await remove(QueueUrl, ReceiptHandle);
    await remove(QueueUrl, ReceiptHandle);
    await advance(30_000);
    expect(await receive(QueueUrl)).toEqual([]);
  });

  rule('a message can be deleted after its timeout, unless it was received again', 4000, async () => {
    const QueueUrl = await makeQueue({ VisibilityTimeout: '1' });
    await send(QueueUrl, 'x');
    const first = await receiveOne(QueueUrl);
    await advance(1100);
    const second = await receiveOne(QueueUrl);
    await remove(QueueUrl, first.ReceiptHandle);
    await advance(1100);
    expect(await attributesOf(QueueUrl)).toMatchObject({ ApproximateNumberOfMessages: '1' });
    await remove(QueueUrl, second.ReceiptHandle);
    expect(await attributesOf(QueueUrl)).toMatchObject({ ApproximateNumberOfMessages: '0' });
  });

  rule('a handle that no receive returned is refused', 0, async () => {
    const [QueueUrl, other] = [await makeQueue(), await makeQueue()];
    await send(other, 'x');
    const { ReceiptHandle } = await receiveOne(other);
    for (const handle of ['nonsense', ReceiptHandle]) {
      await expect(remove(QueueUrl, handle)).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
    }
  });

  rule('messages are deleted in batches', 0, async () => {
    const QueueUrl = await makeQueue();
    for (let i = 0; i < 3; i++) await send(QueueUrl, 'x');
    const messages = await receive(QueueUrl, { MaxNumberOfMessages: 10 });
    const Entries = messages.map(({ ReceiptHandle }, i) => ({ Id: `e${i}`, ReceiptHandle }));
    const { Successful, Failed } = await client().send(
      new DeleteMessageBatchCommand({ QueueUrl, Entries: [...Entries, { Id: 'wrong', ReceiptHandle: 'nonsense' }] }),
    );
    expect(Successful?.map(({ Id }) => Id)).toEqual(['e0', 'e1', 'e2']);
    expect(Failed).toMatchObject([{ Id: 'wrong', SenderFault: true, Code: 'ReceiptHandleIsInvalid' }]);
    expect(await attributesOf(QueueUrl)).toMatchObject({ ApproximateNumberOfMessagesNotVisible: '0' });
  });
});

describe('long polling', () => {
  rule('a long poll returns as soon as a message arrives', 0, async () => {
    const QueueUrl = await makeQueue();
    const waiting = receive(QueueUrl, { WaitTimeSeconds: 20 });
    await untilWaiting();
    await send(QueueUrl, 'x');
    expect(await waiting).toMatchObject([{ Body: 'x' }]);
  });

  rule('a long poll returns when a delay or visibility timeout ends', 4000, async () => {
    const QueueUrl = await makeQueue({ VisibilityTimeout: '1' });
    await client().send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', DelaySeconds: 1 }));
    for (let round = 0; round < 2; round++) {
      const waiting = receive(QueueUrl, { WaitTimeSeconds: 20 });
      await untilWaiting();
      await advance(1100);
      expect(await waiting).toMatchObject([{ Body: 'x' }]);
    }
  });

  rule('a long poll returns empty after its wait time', 1000, async () => {
    const QueueUrl = await makeQueue({ ReceiveMessageWaitTimeSeconds: '1' });
    const waiting = receive(QueueUrl);
    await untilWaiting();
    await advance(1000);
    expect(await waiting).toEqual([]);
  });

  rule('a long poll lasts 20 seconds at most', 0, async () => {
    const QueueUrl = await makeQueue();
    for (const WaitTimeSeconds of [-1, 21]) {
      await expect(receive(QueueUrl, { WaitTimeSeconds })).rejects.toMatchObject({
        Code: 'InvalidParameterValue',
        message: `Value ${WaitTimeSeconds} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.`,
      });
    }
  });

  rule('messages are shared among waiting receivers', 0, async () => {
    const QueueUrl = await makeQueue();
    const waiting = [1, 2, 3].map(() => receive(QueueUrl, { WaitTimeSeconds: 20 }));
    await untilWaiting();
    for (const body of ['a', 'b', 'c']) await send(QueueUrl, body);
    const bodies = (await Promise.all(waiting)).flat().map(({ Body }) => Body);
    expect(bodies.sort()).toEqual(['a', 'b', 'c']);
  });
});

describe('retention', () => {
  rule('a message is dropped after the retention period, even while in flight', 120_000, async () => {
    const QueueUrl = await makeQueue({ MessageRetentionPeriod: '60', VisibilityTimeout: '40' });
    await send(QueueUrl, 'old');
    await advance(30_000);
    await send(QueueUrl, 'new');
    await receiveOne(QueueUrl);
    await advance(30_000);
    expect(await receive(QueueUrl, { MaxNumberOfMessages: 10 })).toMatchObject([{ Body: 'new' }]);
    await advance(30_000);
    expect(await attributesOf(QueueUrl)).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
    });
  });
});
