import { readdirSync } from 'node:fs';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  ListEventBusesCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, ListQueuesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
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
const BASIC = { type: 'basic', username: 'guest', password: 'guest' };
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
        auth: BASIC,
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

it.runIf(process.platform === 'linux')('the stack has enough threads for slow name look-ups', async () => {
  const settings = { name: 'by-name', type: 'http', url: 'http://localhost:1/' };
  const { body } = await hawser.api<{ id: string }>('POST', '/v1/destinations', settings);
  await hawser.api('POST', `/v1/destinations/${body.id}/test`, {});
  expect(readdirSync(`/proc/${hawser.pid}/task`).length).toBeGreaterThan(64);
});

describe('AWS resources of the stack itself', () => {
  /** What a delivery to this destination comes to, and what a test of it does. */
  async function refusals(name: string, settings: object) {
    const { ingestUrl, destinations } = await hawser.route(name, { auth: AUTH, retry_max_attempts: 0, ...settings });
    const { id: eventId } = (await (await fetch(ingestUrl, { method: 'POST', body: BODY })).json()) as { id: string };
    const path = `/v1/deliveries?event_id=${eventId}`;
    const delivery = await eventually('the end of the delivery', async () => {
      const { body } = await hawser.api<{ deliveries: { id: string; status: string }[] }>('GET', path);
      return body.deliveries.find(({ status }) => status === 'dead' || status === 'succeeded');
    });
    const { body } = await hawser.api<{ attempts: { error_code: string }[] }>('GET', `/v1/deliveries/${delivery.id}`);
    const test = `/v1/destinations/${destinations[0]?.id}/test`;
    const tested = await hawser.api<{ attempt: { error_code: string } }>('POST', test, {});
    return [...body.attempts.map(({ error_code }) => error_code), tested.body.attempt.error_code];
  }

  it('a queue of the stack accepts nothing from destinations', async () => {
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    const path = QueueUrls.find((url) => /DeliveryQueue/.test(url) && !/DeadLetters/.test(url))
      ?.split('/')
      .slice(-2);
    const queue_url = `https://sqs.us-east-1.amazonaws.com/${path?.join('/')}`;
    const config = { queue_url };
    expect(await refusals('to-its-queue', { type: 'sqs', config })).toEqual(['ACCESS_DENIED', 'ACCESS_DENIED']);
  });

  it('a bucket of the stack accepts nothing from destinations', async () => {
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    const own = Buckets.map(({ Name = '' }) => Name).filter((name) => name.startsWith('hawser-'));
    expect(own).toHaveLength(2);
    for (const bucket of own) {
      const config = { bucket, region: 'us-east-1', key: '{event_id}.html', content_type: 'text/html' };
      expect(await refusals(bucket, { type: 's3', config })).toEqual(['ACCESS_DENIED', 'ACCESS_DENIED']);
    }
  });

  it.each([
    ['by its name', (name: string) => name],
    ['by its ARN', (name: string) => `arn:aws:events:us-east-1:000000000000:event-bus/${name}`],
    ['by an ARN of another region', (name: string) => `arn:aws:events:eu-west-1:000000000000:event-bus/${name}`],
    ['by a name with a path', (name: string) => `any/${name}`],
  ])('the event bus of the stack accepts nothing from destinations: %s', async (how, spelled) => {
    const { EventBuses = [] } = await eventbridge.send(new ListEventBusesCommand({}));
    const own = EventBuses.map(({ Name = '' }) => Name).filter((name) => name !== 'default' && name !== 'orders');
    expect(own).toHaveLength(1);
    const event_bus = spelled(own[0] ?? '');
    const config = { event_bus, region: /eu-west-1/.exec(event_bus)?.[0] ?? 'us-east-1', source: 'hawser' };
    expect(await refusals(how, { type: 'eventbridge', config })).toEqual(['ACCESS_DENIED', 'ACCESS_DENIED']);
  });

  it.each([
    ['http', (url: string) => ({ url })],
    ['kafka', (rest_url: string) => ({ config: { rest_url, cluster_id: 'lkc-abc123', topic: 'webhooks' } })],
    ['rabbitmq', (management_url: string) => ({ config: { management_url, routing_key: 'orders' }, auth: BASIC })],
  ])('the AWS endpoint of the stack is refused as a destination: %s', async (type, settings) => {
    for (const host of ['127.0.0.1', 'localhost', 'leads-there.example']) {
      const url = `http://${host}:${new URL(hawser.awsUrl).port}`;
      const refused = await hawser.api<{ message: string }>('POST', '/v1/destinations', {
        name: host,
        type,
        ...settings(url),
      });
      expect([refused.status, JSON.stringify(refused.body)]).toEqual([
        400,
        expect.stringContaining('own AWS endpoint'),
      ]);
    }
  });
});
