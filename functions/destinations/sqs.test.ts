import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sqs } from '../../core/destination-types/sqs.ts';
import { hang, Receiver } from '../../test/support/receiver.ts';
import { startServices, type TestServices } from '../../test/support/services.ts';
import { ACCESS_KEY, awsDestination, deliveryOf, sendToEndpoint } from './delivery.fixture.ts';
import type { AttemptInput } from './destination-type.ts';
import { sqsDestination } from './sqs.ts';

const QUEUE = 'https://sqs.us-east-1.amazonaws.com/000000000000/orders';

let services: TestServices;
let queueUrl: string;
beforeAll(async () => {
  services = await startServices();
  const { QueueUrl = '' } = await services.clients.sqs.send(new CreateQueueCommand({ QueueName: 'orders' }));
  queueUrl = QueueUrl;
});
afterAll(() => services.close());
beforeEach(() => sendToEndpoint(services.endpointUrl));

/** Uses a new instance, because an SDK client keeps the endpoint that it was created with. */
const send = (delivery: AttemptInput, config: object = {}, over: Parameters<typeof awsDestination>[1] = {}) => {
  const target = { type: 'sqs' as const, config: sqs.config.parse({ queue_url: QUEUE, ...config }) };
  return sqsDestination(() => new STSClient())
    .bind({ ...awsDestination(target), ...over, target })
    .attempt(delivery);
};

async function received() {
  const { Messages = [] } = await services.clients.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['MessageGroupId'],
      MaxNumberOfMessages: 10,
    }),
  );
  return Messages.map(({ Body = '', MessageAttributes = {}, Attributes = {} }) => ({
    body: Body,
    attributes: Object.fromEntries(
      Object.entries(MessageAttributes).map(([name, { StringValue = '' }]) => [name, StringValue]),
    ),
    groupId: Attributes.MessageGroupId,
  }));
}

describe('a delivery to a queue', () => {
  it('the message has the body as received, and attributes that identify the event', async () => {
    const body = '{"id": 12345678901234567890,\r\n "name":"Łódź 🪢"}';
    const delivery = deliveryOf(body, [['Content-Type', 'application/json; charset=utf-8']]);
    const { verdict, request, response, requestHeaders } = await send(delivery);
    expect(verdict).toEqual({ kind: 'delivered' });
    expect(response?.statusCode).toBe(200);
    expect(JSON.parse(Buffer.from(response?.body ?? []).toString())).toEqual({ MessageId: expect.any(String) });
    const attributes = {
      event_id: delivery.job.eventId,
      delivery_id: delivery.job.deliveryId,
      source_id: delivery.job.sourceId,
      attempt: '1',
      body_encoding: 'utf8',
      content_type: 'application/json; charset=utf-8',
    };
    expect(await received()).toEqual([{ body, attributes, groupId: undefined }]);
    expect(request).toEqual({ target: QUEUE });
    expect(Object.fromEntries(requestHeaders)).toEqual(attributes);
  });

  it.each([
    ['not UTF-8', Buffer.from([0xff, 0x00, 0xfe])],
    ['text with a character that SQS does not accept', Buffer.from('a\u0000b')],
    ['text with a noncharacter', Buffer.from('a\uffff')],
  ])('a body that is %s is sent in base64, and marked as such', async (_, body) => {
    expect((await send(deliveryOf(body))).verdict).toEqual({ kind: 'delivered' });
    const [message] = await received();
    expect(message?.attributes.body_encoding).toBe('base64');
    expect(Buffer.from(message?.body ?? '', 'base64')).toEqual(body);
  });

  it('the message group of the destination is set, for fair queues', async () => {
    const delivery = deliveryOf('{}');
    await send(delivery, { message_group_id: 'hawser-{source_id}' });
    expect((await received())[0]?.groupId).toBe(`hawser-${delivery.job.sourceId}`);
  });

  it('a webhook without a body fails permanently, because SQS accepts no empty messages', async () => {
    const { error, verdict } = await send(deliveryOf(''));
    expect(error?.code).toBe('UNSUPPORTED_BODY');
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'permanent' });
  });

  it.each([
    // Names, values and types of the attributes take 191 bytes. `base64` is two letters longer than `utf8`, and turns three bytes
    // into four.
    ['text', 'x', 1_048_576 - 191],
    ['bytes in base64', '\u0000', Math.floor((1_048_576 - 193) / 4) * 3],
  ])(
    'a message above 1 MiB with its attributes fails permanently, and one of exactly 1 MiB is sent: %s',
    async (_, character, most) => {
      expect((await send(deliveryOf(character.repeat(most)))).verdict).toEqual({ kind: 'delivered' });
      await received();
      const { error, verdict } = await send(deliveryOf(character.repeat(most + 1)));
      expect(error).toMatchObject({
        code: 'BODY_TOO_LARGE',
        message: expect.stringContaining('SQS accepts 1,048,576'),
      });
      expect(verdict).toMatchObject({ kind: 'failed', failure: 'permanent' });
    },
  );

  it('a queue that does not exist (yet) is retried', async () => {
    const { error, verdict } = await send(deliveryOf('{}'), { queue_url: `${QUEUE}-new` });
    expect(error).toMatchObject({
      code: 'TARGET_NOT_FOUND',
      message: expect.stringMatching(/\(request [0-9a-f-]+\)$/),
    });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'temporary', statusCode: 400 });
  });
});

describe('SQS as an HTTP peer', () => {
  let peer: Receiver;
  beforeEach(async () => {
    peer = await Receiver.start();
    sendToEndpoint(new URL('/', peer.url).href);
    return () => peer.stop();
  });

  const answers = (status: number, answer: object) => {
    peer.behave = (_, response) =>
      void response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
  };
  const fifo = { queue_url: `${QUEUE}.fifo` };
  const sent = () => peer.received.map(({ body }) => JSON.parse(body.toString()));

  it('a message for a FIFO queue has a group, the source by default, and a deduplication id', async () => {
    answers(200, { MessageId: '1', SequenceNumber: '18849496460467696128' });
    const delivery = deliveryOf('{}');
    const { response } = await send(delivery, fifo);
    expect(Buffer.from(response?.body ?? []).toString()).toBe(
      '{"MessageId":"1","SequenceNumber":"18849496460467696128"}',
    );
    expect(sent()).toEqual([
      expect.objectContaining({
        QueueUrl: `${QUEUE}.fifo`,
        MessageGroupId: delivery.job.sourceId,
        MessageDeduplicationId: `${delivery.job.deliveryId}-1`,
      }),
    ]);
  });

  it('a retry has the deduplication id of the first attempt, and a replay has a new one', async () => {
    answers(200, { MessageId: '1' });
    const first = deliveryOf('{}');
    const retry = { ...first, job: { ...first.job, attempt: 2 } };
    const replay = { ...first, job: { ...first.job, attempt: 3, roundStart: 3, startsReplay: true } };
    for (const delivery of [first, retry, replay]) await send(delivery, fifo);
    const ids = sent().map(({ MessageDeduplicationId }) => MessageDeduplicationId);
    expect(ids).toEqual([1, 1, 3].map((round) => `${first.job.deliveryId}-${round}`));
  });

  it("requests are signed with the destination's credentials for the queue's region", async () => {
    answers(200, { MessageId: '1' });
    await send(deliveryOf('{}'), { queue_url: 'https://sqs.eu-west-3.amazonaws.com/111122223333/orders' });
    const { authorization } = peer.received[0]?.headers ?? {};
    expect(authorization).toContain('Credential=AKIAIOSFODNN7EXAMPLE/');
    expect(authorization).toContain('/eu-west-3/sqs/aws4_request');
    expect(JSON.stringify(peer.received)).not.toContain('of-the-function');
  });

  it.each([
    ['ACCESS_DENIED', 403, 'AccessDeniedException'],
    ['ACCESS_DENIED', 403, 'InvalidClientTokenId'],
    ['ACCESS_DENIED', 400, 'UnrecognizedClientException'],
    ['THROTTLED', 400, 'RequestThrottled'],
    ['THROTTLED', 400, 'ThrottlingException'],
    ['THROTTLED', 429, 'SomethingNew'],
    ['SERVICE_ERROR', 500, 'InternalFailure'],
    ['SERVICE_ERROR', 503, 'SomethingNew'],
    ['REQUEST_REFUSED', 400, 'InvalidParameterValue'],
  ])('%s is reported for %i %s, after a single request', async (code, status, name) => {
    answers(status, { __type: `com.amazonaws.sqs#${name}`, message: 'no' });
    const { error, verdict } = await send(deliveryOf('{}'));
    expect(error).toMatchObject({ code, message: expect.stringContaining(`${name}: no`) });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'temporary', statusCode: status });
    expect(peer.received).toHaveLength(1);
  });

  it('a hanging SQS is reported as TIMEOUT', async () => {
    peer.behave = hang;
    const { error, verdict } = await send(deliveryOf('{}'), {}, { timeoutSeconds: 0.2 });
    expect(error).toEqual({ code: 'TIMEOUT', message: 'no answer within 0.2 s' });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'temporary' });
  });

  it('an SQS that is down is reported as CONNECTION_REFUSED', async () => {
    await peer.stop();
    expect((await send(deliveryOf('{}'))).error?.code).toBe('CONNECTION_REFUSED');
    peer = await Receiver.start();
  });

  it('the secret key never appears in the log', async () => {
    answers(403, { __type: 'com.amazonaws.sqs#AccessDeniedException', message: 'no' });
    const { secret_access_key } = ACCESS_KEY as { secret_access_key: string };
    expect(JSON.stringify(await send(deliveryOf('{}')))).not.toContain(secret_access_key);
  });
});
