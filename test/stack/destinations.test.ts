import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventually, Hawser } from '../support/hawser.ts';
import { KafkaRestProxy } from '../support/kafka-rest-proxy.ts';
import { noRabbitmq, RabbitmqServer } from '../support/rabbitmq-server.ts';

/** One webhook through the deployed bundles to a destination of each type that is not HTTP. */

const AUTH = {
  type: 'aws_access_key',
  access_key_id: 'AKIAIOSFODNN7EXAMPLE',
  secret_access_key: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
/** Beyond 2^53, and within the 64 bits that EventBridge takes. */
const BODY = '{"order": 1234567890123456789}';

let hawser: Hawser;
let sqs: SQSClient;
let s3: S3Client;
let eventbridge: EventBridgeClient;
beforeAll(async () => {
  hawser = await Hawser.start();
  const credentials = { accessKeyId: AUTH.access_key_id, secretAccessKey: AUTH.secret_access_key };
  const options = { endpoint: hawser.awsUrl, region: 'us-east-1', credentials };
  sqs = new SQSClient(options);
  s3 = new S3Client(options);
  eventbridge = new EventBridgeClient(options);
});
afterAll(async () => {
  for (const client of [sqs, s3, eventbridge]) client.destroy();
  await hawser.dispose();
});

async function send(name: string, destination: object): Promise<string> {
  const { ingestUrl } = await hawser.route(name, { auth: AUTH, ...destination });
  const response = await fetch(ingestUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: BODY,
  });
  const { id } = (await response.json()) as { id: string };
  return id;
}

async function newQueue(QueueName: string): Promise<string> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName }));
  return QueueUrl;
}

const messageIn = (QueueUrl: string) =>
  eventually(`a message in ${QueueUrl}`, async () => {
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'] }));
    return Messages?.[0];
  });

describe('a webhook to a destination outside of Hawser', () => {
  it('a webhook reaches an SQS queue', async () => {
    const queue = await newQueue('orders');
    const id = await send('to-sqs', {
      type: 'sqs',
      config: { queue_url: 'https://sqs.us-east-1.amazonaws.com/000000000000/orders' },
    });
    const { Body, MessageAttributes } = await messageIn(queue);
    expect([Body, MessageAttributes?.event_id?.StringValue]).toEqual([BODY, id]);
  });

  it('a webhook reaches an S3 bucket', async () => {
    const Bucket = 'webhooks-archive';
    await s3.send(new CreateBucketCommand({ Bucket }));
    const id = await send('to-s3', {
      type: 's3',
      config: { bucket: Bucket, region: 'us-east-1', key: 'in/{event_id}' },
    });
    await eventually('the object', async () => {
      const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: `in/${id}` }));
      return KeyCount === 1;
    });
    const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket, Key: `in/${id}` }));
    expect([await Body?.transformToString(), ContentType]).toEqual([BODY, 'application/json']);
  });

  it('a webhook reaches an EventBridge event bus', async () => {
    const [queue, EventBusName] = [await newQueue('seen'), 'orders'];
    await eventbridge.send(new CreateEventBusCommand({ Name: EventBusName }));
    await eventbridge.send(new PutRuleCommand({ Name: 'all', EventBusName, EventPattern: '{"source":["shop"]}' }));
    const Targets = [{ Id: 'queue', Arn: 'arn:aws:sqs:us-east-1:000000000000:seen' }];
    await eventbridge.send(new PutTargetsCommand({ Rule: 'all', EventBusName, Targets }));
    const config = { event_bus: EventBusName, region: 'us-east-1', source: 'shop' };
    const id = await send('to-eventbridge', { type: 'eventbridge', config });
    const { Body = '' } = await messageIn(queue);
    expect(JSON.parse(Body)).toMatchObject({ 'detail-type': 'webhook.received', resources: [id, expect.any(String)] });
  });

  it('a webhook reaches a Kafka topic', async () => {
    const proxy = await KafkaRestProxy.start();
    onTestFinished(() => proxy.stop());
    const config = { rest_url: proxy.url, cluster_id: 'lkc-abc123', topic: 'webhooks' };
    const id = await send('to-kafka', { type: 'kafka', config, auth: null });
    const { key, value } = await eventually('the record', async () => proxy.records.webhooks?.[0]);
    expect([value?.toString(), key?.toString()]).toEqual([BODY, id]);
  });

  const why = noRabbitmq === undefined ? '' : `, skipped because ${noRabbitmq}`;
  it.skipIf(why !== '')(
    `a webhook reaches a RabbitMQ queue${why}`,
    async () => {
      const rabbitmq = await RabbitmqServer.start();
      onTestFinished(() => rabbitmq.stop());
      await rabbitmq.api('PUT', '/queues/%2F/orders', {});
      const id = await send('to-rabbitmq', {
        type: 'rabbitmq',
        config: { management_url: rabbitmq.url, routing_key: 'orders' },
        auth: { type: 'basic', username: 'guest', password: 'guest' },
      });
      const { payload, properties } = await eventually(
        'the message',
        async () => (await rabbitmq.messages('orders'))[0],
      );
      expect([payload.toString(), properties.message_id]).toEqual([BODY, id]);
    },
    60_000,
  );
});
