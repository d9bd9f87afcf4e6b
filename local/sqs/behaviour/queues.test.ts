import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect } from 'vitest';
import { rule, sqsSuite } from './suite.ts';

const { client, advance, makeQueue, attributesOf } = sqsSuite();

function nameOf(queueUrl: string): string {
  return queueUrl.slice(queueUrl.lastIndexOf('/') + 1);
}

describe('CreateQueue', () => {
  rule('a queue has the documented defaults', 0, async () => {
    const QueueUrl = await makeQueue();
    expect(await attributesOf(QueueUrl)).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesDelayed: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
      DelaySeconds: '0',
      MaximumMessageSize: '1048576',
      MessageRetentionPeriod: '345600',
      QueueArn: expect.stringMatching(new RegExp(`^arn:aws:sqs:us-east-1:\\d{12}:${nameOf(QueueUrl)}$`)),
      ReceiveMessageWaitTimeSeconds: '0',
      VisibilityTimeout: '30',
    });
  });

  rule('the same queue again is the same queue', 0, async () => {
    const QueueUrl = await makeQueue({ DelaySeconds: '5' });
    const again = new CreateQueueCommand({ QueueName: nameOf(QueueUrl), Attributes: { DelaySeconds: '5' } });
    expect((await client().send(again)).QueueUrl).toBe(QueueUrl);
  });

  rule('the same name with another attribute is refused', 0, async () => {
    const QueueUrl = await makeQueue({ DelaySeconds: '5' });
    const other = new CreateQueueCommand({ QueueName: nameOf(QueueUrl), Attributes: { DelaySeconds: '6' } });
    await expect(client().send(other)).rejects.toMatchObject({
      name: 'QueueNameExists',
      message: 'A queue already exists with the same name and a different value for attribute DelaySeconds',
    });
  });

  rule('a name is letters, digits, hyphens and underscores', 0, async () => {
    for (const QueueName of ['a b', 'ä', 'a'.repeat(81), 'x.fifo']) {
      await expect(client().send(new CreateQueueCommand({ QueueName }))).rejects.toMatchObject({
        Code: 'InvalidParameterValue',
        message: 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
      });
    }
  });

  rule('tags are kept', 0, async () => {
    const QueueName = nameOf(await makeQueue()).replace('hawser', 'tagged');
    const { QueueUrl } = await client().send(new CreateQueueCommand({ QueueName, tags: { team: 'x' } }));
    expect((await client().send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ team: 'x' });
  });

  rule('FIFO queues are not implemented', 0, async () => {
    const fifo = new CreateQueueCommand({ QueueName: 'x.fifo', Attributes: { FifoQueue: 'true' } });
    await expect(client().send(fifo)).rejects.toMatchObject({ $metadata: { httpStatusCode: 501 } });
  });
});

describe('finding queues', () => {
  rule('a queue is found by name', 0, async () => {
    const QueueUrl = await makeQueue();
    expect((await client().send(new GetQueueUrlCommand({ QueueName: nameOf(QueueUrl) }))).QueueUrl).toBe(QueueUrl);
  });

  rule('a queue that does not exist is not found', 0, async () => {
    const missing = { name: 'QueueDoesNotExist', message: 'The specified queue does not exist.' };
    await expect(client().send(new GetQueueUrlCommand({ QueueName: 'nobody' }))).rejects.toMatchObject(missing);
    const QueueUrl = (await makeQueue()).replace(/[^/]+$/, 'nobody');
    await expect(client().send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))).rejects.toMatchObject(missing);
  });

  rule('queues are listed page by page, by name prefix', 0, async () => {
    const prefix = `page-${Date.now()}-`;
    for (const end of ['a', 'b', 'c']) await client().send(new CreateQueueCommand({ QueueName: prefix + end }));
    const list = async (NextToken?: string) =>
      client().send(new ListQueuesCommand({ QueueNamePrefix: prefix, MaxResults: 2, NextToken }));
    const first = await list();
    const second = await list(first.NextToken);
    const names = [...(first.QueueUrls ?? []), ...(second.QueueUrls ?? [])].map(nameOf);
    expect([first.QueueUrls?.length, second.NextToken]).toEqual([2, undefined]);
    expect(names.sort()).toEqual(['a', 'b', 'c'].map((end) => prefix + end));
  });
});

describe('attributes', () => {
  rule('attributes can be changed and read by name', 0, async () => {
    const QueueUrl = await makeQueue();
    await client().send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '69', MaximumMessageSize: '2048' } }),
    );
    const AttributeNames = ['VisibilityTimeout' as const, 'RedrivePolicy' as const];
    const { Attributes } = await client().send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    expect(Attributes).toEqual({ VisibilityTimeout: '69' });
    expect(await attributesOf(QueueUrl)).toMatchObject({ MaximumMessageSize: '2048', DelaySeconds: '0' });
  });

  rule('unknown attributes are refused', 0, async () => {
    const QueueUrl = await makeQueue();
    for (const name of ['Foo', 'constructor', 'toString']) {
      const unknown = { name: 'InvalidAttributeName', message: `Unknown Attribute ${name}.` };
      const set = new SetQueueAttributesCommand({ QueueUrl, Attributes: JSON.parse(`{"${name}":"1"}`) });
      await expect(client().send(set)).rejects.toMatchObject(unknown);
      const get = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: JSON.parse(`["${name}"]`) });
      await expect(client().send(get)).rejects.toMatchObject({ name: 'InvalidAttributeName' });
    }
  });

  rule('attributes outside their limits are refused', 0, async () => {
    const QueueUrl = await makeQueue();
    const wrong: Record<string, string> = {
      DelaySeconds: '901',
      MaximumMessageSize: '1023',
      MessageRetentionPeriod: '59',
      ReceiveMessageWaitTimeSeconds: '21',
      VisibilityTimeout: '43201',
    };
    for (const [name, value] of Object.entries(wrong)) {
      const set = new SetQueueAttributesCommand({ QueueUrl, Attributes: { [name]: value } });
      await expect(client().send(set)).rejects.toMatchObject({
        name: 'InvalidAttributeValue',
        message: `Invalid value for the parameter ${name}.`,
      });
    }
  });

  rule('FifoQueue is unknown to a standard queue', 0, async () => {
    const QueueUrl = await makeQueue();
    const set = new SetQueueAttributesCommand({ QueueUrl, Attributes: { FifoQueue: 'false' } });
    await expect(client().send(set)).rejects.toMatchObject({ message: 'Unknown Attribute FifoQueue.' });
  });

  rule('a dead-letter queue must exist', 0, async () => {
    const QueueUrl = await makeQueue();
    const policy = { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:nobody', maxReceiveCount: 1 };
    const set = new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy: JSON.stringify(policy) } });
    await expect(client().send(set)).rejects.toMatchObject({ Code: 'InvalidParameterValue' });
  });

  rule('a queue is not its own dead-letter queue', 0, async () => {
    const QueueUrl = await makeQueue();
    const RedrivePolicy = JSON.stringify({
      deadLetterTargetArn: (await attributesOf(QueueUrl)).QueueArn,
      maxReceiveCount: 1,
    });
    const set = new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } });
    await expect(client().send(set)).rejects.toMatchObject({ Code: 'InvalidParameterValue' });
  });

  rule('maxReceiveCount is between 1 and 1000', 0, async () => {
    const [QueueUrl, deadLetterQueue] = [await makeQueue(), await makeQueue()];
    const deadLetterTargetArn = (await attributesOf(deadLetterQueue)).QueueArn;
    for (const maxReceiveCount of [0, 1001]) {
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
      const set = new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } });
      await expect(client().send(set)).rejects.toMatchObject({ Code: 'InvalidParameterValue' });
    }
  });

  rule('an empty redrive policy removes it', 0, async () => {
    const [QueueUrl, deadLetterQueue] = [await makeQueue(), await makeQueue()];
    const deadLetterTargetArn = (await attributesOf(deadLetterQueue)).QueueArn;
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 });
    await client().send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } }));
    expect(JSON.parse((await attributesOf(QueueUrl)).RedrivePolicy ?? '')).toEqual({
      deadLetterTargetArn,
      maxReceiveCount: 3,
    });
    await client().send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy: '' } }));
    expect(await attributesOf(QueueUrl)).not.toHaveProperty('RedrivePolicy');
  });

  rule('a redrive allow policy is obeyed', 0, async () => {
    const [QueueUrl, deadLetterQueue] = [
      await makeQueue(),
      await makeQueue({ RedriveAllowPolicy: JSON.stringify({ redrivePermission: 'denyAll' }) }),
    ];
    const deadLetterTargetArn = (await attributesOf(deadLetterQueue)).QueueArn;
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 });
    const set = new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } });
    await expect(client().send(set)).rejects.toMatchObject({ Code: 'InvalidParameterValue' });
  });
});

describe('emptying and deleting', () => {
  rule('a purge removes every message, once a minute', 61_000, async () => {
    const QueueUrl = await makeQueue();
    for (let i = 0; i < 3; i++) await client().send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
    await client().send(new PurgeQueueCommand({ QueueUrl }));
    expect(await attributesOf(QueueUrl)).toMatchObject({ ApproximateNumberOfMessages: '0' });
    await expect(client().send(new PurgeQueueCommand({ QueueUrl }))).rejects.toMatchObject({
      name: 'PurgeQueueInProgress',
      $metadata: { httpStatusCode: 403 },
    });
    await advance(60_000);
    await client().send(new PurgeQueueCommand({ QueueUrl }));
  });

  rule('a deleted queue is gone, and its name free after a minute', 61_000, async () => {
    const QueueUrl = await makeQueue();
    const QueueName = nameOf(QueueUrl);
    await client().send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
    await client().send(new DeleteQueueCommand({ QueueUrl }));
    await expect(client().send(new GetQueueUrlCommand({ QueueName }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    });
    await expect(client().send(new CreateQueueCommand({ QueueName }))).rejects.toMatchObject({
      name: 'QueueDeletedRecently',
    });
    await advance(60_000);
    await client().send(new CreateQueueCommand({ QueueName }));
    expect(await attributesOf(QueueUrl)).toMatchObject({ ApproximateNumberOfMessages: '0' });
  });
});
