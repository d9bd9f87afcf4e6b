import { createHash } from 'node:crypto';
import {
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import { describe, expect } from 'vitest';
import { rule, sqsSuite } from './suite.ts';

const { client, advance, makeQueue, attributesOf } = sqsSuite();
const MIB = 1_048_576;

async function receive(QueueUrl: string, MessageAttributeNames = ['All']): Promise<Message[]> {
  const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames });
  return (await client().send(command)).Messages ?? [];
}

function send(QueueUrl: string, message: Omit<SendMessageCommandInput, 'QueueUrl'>) {
  return client().send(new SendMessageCommand({ QueueUrl, ...message }));
}

describe('one message', () => {
  rule('a message is received with the same body and digest', 0, async () => {
    const QueueUrl = await makeQueue();
    const MessageBody = 'tab\t, line\r\n, ü, 漢字, 😀, "quoted" \\ &lt;';
    const { MessageId, MD5OfMessageBody } = await send(QueueUrl, { MessageBody });
    expect(MD5OfMessageBody).toBe(createHash('md5').update(MessageBody).digest('hex'));
    expect(await receive(QueueUrl)).toMatchObject([{ MessageId, Body: MessageBody, MD5OfBody: MD5OfMessageBody }]);
  });

  rule('a message without a body is refused', 0, async () => {
    const QueueUrl = await makeQueue();
    await expect(send(QueueUrl, { MessageBody: '' })).rejects.toMatchObject({
      Code: 'MissingParameter',
      message: 'The request must contain the parameter MessageBody.',
    });
  });

  rule('a message may be 1 MiB long, attributes included, and not a byte more', 0, async () => {
    const QueueUrl = await makeQueue();
    const MessageAttributes = { ab: { DataType: 'String', StringValue: 'cd' } };
    const room = MIB - 'abStringcd'.length;
    await send(QueueUrl, { MessageBody: 'x'.repeat(room), MessageAttributes });
    for (const MessageBody of ['x'.repeat(room + 1), 'ü'.repeat(room / 2 + 1)]) {
      await expect(send(QueueUrl, { MessageBody, MessageAttributes })).rejects.toMatchObject({
        Code: 'InvalidParameterValue',
        message: 'One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.',
      });
    }
  });

  rule("a message may be as long as the queue's own limit", 0, async () => {
    const QueueUrl = await makeQueue({ MaximumMessageSize: '1024' });
    await send(QueueUrl, { MessageBody: 'x'.repeat(1024) });
    await expect(send(QueueUrl, { MessageBody: 'x'.repeat(1025) })).rejects.toMatchObject({
      message: 'One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.',
    });
  });

  rule('a message with characters outside of XML 1.0 is refused', 0, async () => {
    const QueueUrl = await makeQueue();
    for (const MessageBody of ['a\u0000b', 'a\u000bb', '\ufffe']) {
      await expect(send(QueueUrl, { MessageBody })).rejects.toMatchObject({ name: 'InvalidMessageContents' });
    }
  });

  rule('a message may be delayed by up to 900 seconds', 901_000, async () => {
    const QueueUrl = await makeQueue();
    await send(QueueUrl, { MessageBody: 'late', DelaySeconds: 900 });
    await expect(send(QueueUrl, { MessageBody: 'x', DelaySeconds: 901 })).rejects.toMatchObject({
      Code: 'InvalidParameterValue',
    });
    expect(await attributesOf(QueueUrl)).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesDelayed: '1',
    });
    await advance(899_999);
    expect(await receive(QueueUrl)).toEqual([]);
    await advance(1);
    expect(await receive(QueueUrl)).toMatchObject([{ Body: 'late' }]);
  });

  rule("a message has the queue's delay unless it has its own", 3000, async () => {
    const QueueUrl = await makeQueue({ DelaySeconds: '2' });
    await send(QueueUrl, { MessageBody: 'at once', DelaySeconds: 0 });
    await send(QueueUrl, { MessageBody: 'later' });
    expect(await receive(QueueUrl)).toMatchObject([{ Body: 'at once' }]);
    await advance(2100);
    expect(await receive(QueueUrl)).toMatchObject([{ Body: 'later' }]);
  });

  rule('an invalid group id is refused', 0, async () => {
    const QueueUrl = await makeQueue();
    for (const MessageGroupId of ['group 123', 'a'.repeat(129)]) {
      await expect(send(QueueUrl, { MessageBody: 'x', MessageGroupId })).rejects.toMatchObject({
        Code: 'InvalidParameterValue',
        message: `Value ${MessageGroupId} for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
      });
    }
  });

  rule('a deduplication id is refused on a standard queue', 0, async () => {
    const QueueUrl = await makeQueue();
    await expect(send(QueueUrl, { MessageBody: 'x', MessageDeduplicationId: 'd' })).rejects.toMatchObject({
      Code: 'InvalidParameterValue',
    });
  });
});

describe('message attributes', () => {
  const attributes: Record<string, MessageAttributeValue> = {
    text: { DataType: 'String', StringValue: 'ü' },
    'kind.of-number_1': { DataType: 'Number.int', StringValue: '-1.5e3' },
    bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255, 7]) },
  };

  rule('message attributes are returned, with the digest that the SDK checks', 0, async () => {
    const QueueUrl = await makeQueue();
    const { MD5OfMessageAttributes } = await send(QueueUrl, { MessageBody: 'x', MessageAttributes: attributes });
    const [message] = await receive(QueueUrl);
    expect(message?.MessageAttributes).toEqual(attributes);
    expect(message?.MD5OfMessageAttributes).toBe(MD5OfMessageAttributes);
  });

  rule('message attributes are returned only on request, by name or prefix', 0, async () => {
    const QueueUrl = await makeQueue({ VisibilityTimeout: '0' });
    const value = { DataType: 'String', StringValue: 'x' };
    await send(QueueUrl, { MessageBody: 'x', MessageAttributes: { 'a.one': value, 'a.two': value, b: value } });
    const namesFor = async (wanted: string[]) => {
      const [message] = await receive(QueueUrl, wanted);
      return Object.keys(message?.MessageAttributes ?? {}).sort();
    };
    expect(await namesFor([])).toEqual([]);
    expect(await namesFor(['b', 'nobody'])).toEqual(['b']);
    expect(await namesFor(['a.*'])).toEqual(['a.one', 'a.two']);
    expect(await namesFor(['.*'])).toEqual(['a.one', 'a.two', 'b']);
    expect((await receive(QueueUrl, []))[0]).not.toHaveProperty('MD5OfMessageAttributes');
  });

  rule('a message has at most ten attributes', 0, async () => {
    const QueueUrl = await makeQueue();
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, { DataType: 'String', StringValue: 'x' }]));
    await send(QueueUrl, { MessageBody: 'x', MessageAttributes: many(10) });
    await expect(send(QueueUrl, { MessageBody: 'x', MessageAttributes: many(11) })).rejects.toMatchObject({
      Code: 'InvalidParameterValue',
    });
  });

  const wrong: Record<string, Record<string, MessageAttributeValue>> = {
    'an empty value': { a: { DataType: 'String', StringValue: '' } },
    'an unknown type': { a: { DataType: 'Text', StringValue: 'x' } },
    'a number that is not numeric': { a: { DataType: 'Number', StringValue: 'x' } },
    'a reserved name': { 'AWS.x': { DataType: 'String', StringValue: 'x' } },
    'a name with a space': { 'a b': { DataType: 'String', StringValue: 'x' } },
    'a string value for a binary type': { a: { DataType: 'Binary', StringValue: 'x' } },
  };
  for (const [what, MessageAttributes] of Object.entries(wrong)) {
    rule(`a message attribute with ${what} is refused`, 0, async () => {
      const QueueUrl = await makeQueue();
      await expect(send(QueueUrl, { MessageBody: 'x', MessageAttributes })).rejects.toMatchObject({
        Code: 'InvalidParameterValue',
      });
    });
  }
});

describe('a batch', () => {
  function sendBatch(QueueUrl: string, Entries: { Id: string; MessageBody: string; DelaySeconds?: number }[]) {
    return client().send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }

  rule('a batch sends up to ten messages', 0, async () => {
    const QueueUrl = await makeQueue();
    const entries = (count: number) => Array.from({ length: count }, (_, i) => ({ Id: `e${i}`, MessageBody: `m${i}` }));
    const { Successful, Failed } = await sendBatch(QueueUrl, entries(10));
    expect([Successful?.map(({ Id }) => Id), Failed ?? []]).toEqual([entries(10).map(({ Id }) => Id), []]);
    expect((await receive(QueueUrl)).map(({ Body }) => Body).sort()).toEqual(entries(10).map((e) => e.MessageBody));
    await expect(sendBatch(QueueUrl, entries(11))).rejects.toMatchObject({
      name: 'TooManyEntriesInBatchRequest',
      message: 'Maximum number of entries per request are 10. You have sent 11.',
    });
    await expect(sendBatch(QueueUrl, [])).rejects.toMatchObject({ name: 'EmptyBatchRequest' });
  });

  rule('the ids of a batch must be distinct and simple', 0, async () => {
    const QueueUrl = await makeQueue();
    const entry = (Id: string) => ({ Id, MessageBody: 'x' });
    await expect(sendBatch(QueueUrl, [entry('a'), entry('a')])).rejects.toMatchObject({
      name: 'BatchEntryIdsNotDistinct',
    });
    for (const Id of ['', 'a:b', 'a'.repeat(81)]) {
      await expect(sendBatch(QueueUrl, [entry(Id)])).rejects.toMatchObject({ name: 'InvalidBatchEntryId' });
    }
    expect(await receive(QueueUrl)).toEqual([]);
  });

  rule('a batch may be 1 MiB in total', 0, async () => {
    const QueueUrl = await makeQueue();
    const half = { Id: 'a', MessageBody: 'x'.repeat(MIB / 2) };
    await sendBatch(QueueUrl, [half, { ...half, Id: 'b' }]);
    await expect(sendBatch(QueueUrl, [half, { Id: 'b', MessageBody: `${half.MessageBody}x` }])).rejects.toMatchObject({
      name: 'BatchRequestTooLong',
      message: 'Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.',
    });
  });

  rule('only the invalid entries of a batch fail', 0, async () => {
    const QueueUrl = await makeQueue({ MaximumMessageSize: '1024' });
    const { Successful, Failed } = await sendBatch(QueueUrl, [
      { Id: 'long', MessageBody: 'x'.repeat(1025) },
      { Id: 'good', MessageBody: 'x' },
      { Id: 'delay', MessageBody: 'x', DelaySeconds: 901 },
    ]);
    expect(Successful?.map(({ Id }) => Id)).toEqual(['good']);
    expect(Failed).toMatchObject([
      { Id: 'long', SenderFault: true, Code: 'InvalidParameterValue' },
      { Id: 'delay', SenderFault: true, Code: 'InvalidParameterValue' },
    ]);
    expect(await receive(QueueUrl)).toHaveLength(1);
  });
});
