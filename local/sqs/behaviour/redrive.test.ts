import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect } from 'vitest';
import { rule, sqsSuite } from './suite.ts';

const { client, advance, makeQueue, attributesOf } = sqsSuite();

async function receive(QueueUrl: string): Promise<Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
  });
  return (await client().send(command)).Messages ?? [];
}

/** A queue that tries each message twice, for a second each, and its dead-letter queue. */
async function makeQueues() {
  const deadLetterQueue = await makeQueue();
  const deadLetterTargetArn = (await attributesOf(deadLetterQueue)).QueueArn;
  const queue = await makeQueue({
    VisibilityTimeout: '1',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 }),
  });
  return { queue, deadLetterQueue };
}

describe('redrive', () => {
  rule('a message goes to the dead-letter queue with the receive after the last one allowed', 5000, async () => {
    const { queue, deadLetterQueue } = await makeQueues();
    const MessageAttributes = { a: { DataType: 'String', StringValue: 'x' } };
    const sent = await client().send(
      new SendMessageCommand({ QueueUrl: queue, MessageBody: 'poison', MessageAttributes, MessageGroupId: 'g' }),
    );
    for (const count of ['1', '2']) {
      expect(await receive(queue)).toMatchObject([{ Attributes: { ApproximateReceiveCount: count } }]);
      await advance(1100);
    }
    expect(await attributesOf(deadLetterQueue)).toMatchObject({ ApproximateNumberOfMessages: '0' });
    expect(await receive(queue)).toEqual([]);
    expect(await attributesOf(queue)).toMatchObject({ ApproximateNumberOfMessages: '0' });
    expect(await receive(deadLetterQueue)).toMatchObject([
      {
        MessageId: sent.MessageId,
        Body: 'poison',
        MessageAttributes,
        Attributes: {
          ApproximateReceiveCount: '3',
          MessageGroupId: 'g',
          DeadLetterQueueSourceArn: (await attributesOf(queue)).QueueArn,
        },
      },
    ]);
  });

  rule('other messages are still received when one moves to the dead-letter queue', 5000, async () => {
    const { queue } = await makeQueues();
    await client().send(new SendMessageCommand({ QueueUrl: queue, MessageBody: 'poison' }));
    for (let i = 0; i < 2; i++) {
      await receive(queue);
      await advance(1100);
    }
    await client().send(new SendMessageCommand({ QueueUrl: queue, MessageBody: 'good' }));
    expect(await receive(queue)).toMatchObject([{ Body: 'good' }]);
  });

  rule('a message that is deleted in time does not move', 5000, async () => {
    const { queue, deadLetterQueue } = await makeQueues();
    await client().send(new SendMessageCommand({ QueueUrl: queue, MessageBody: 'x' }));
    const [message] = await receive(queue);
    await client().send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: message?.ReceiptHandle }));
    await advance(1100);
    expect(await receive(queue)).toEqual([]);
    expect(await attributesOf(deadLetterQueue)).toMatchObject({ ApproximateNumberOfMessages: '0' });
  });
});

describe('what is not implemented', () => {
  rule('message move tasks are refused with 501', 0, async () => {
    const { StartMessageMoveTaskCommand } = await import('@aws-sdk/client-sqs');
    const start = new StartMessageMoveTaskCommand({ SourceArn: 'arn:aws:sqs:us-east-1:000000000000:x' });
    await expect(client().send(start)).rejects.toMatchObject({
      name: 'NotImplemented',
      message: expect.stringContaining('StartMessageMoveTask'),
      $metadata: { httpStatusCode: 501 },
    });
  });

  rule('a parameter that is not honoured is refused with 501', 0, async () => {
    const QueueUrl = await makeQueue();
    const command = new ReceiveMessageCommand({ QueueUrl, ReceiveRequestAttemptId: 'x' });
    await expect(client().send(command)).rejects.toMatchObject({
      message: expect.stringContaining('the parameter ReceiveRequestAttemptId of ReceiveMessage'),
      $metadata: { httpStatusCode: 501 },
    });
  });
});
