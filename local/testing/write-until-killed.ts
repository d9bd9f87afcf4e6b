/**
 * Writes over the wire to every embedded service that stores something, until it is killed. Each acknowledged write is printed at once as a
 * line: `<kind> <name>`. The crash test runs this with the data folder as its argument.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../clock.ts';
import { Database } from '../database.ts';
import { createSimulators, wiresOf } from '../simulators.ts';
import { AwsEndpoint } from '../wire/endpoint.ts';
import { awsRequest, createResources, group, queueUrl } from './durable-writes.ts';

const [, , dataDir = ''] = process.argv;
const database = new Database(join(dataDir, 'hawser.db'));
const simulators = createSimulators({ database, clock: systemClock, region: 'us-east-1', endpointUrl: 'http://local' });
createResources(simulators);
const endpoint = new AwsEndpoint(wiresOf(simulators));

async function call(service: string, operation: string, input: object): Promise<Record<string, unknown>> {
  const { status, body } = await endpoint.handle(awsRequest(service, operation, input));
  if (status >= 300) throw new Error(`${operation} returned ${status}: ${String(body)}`);
  return String(body) === '' ? {} : JSON.parse(String(body));
}

function acknowledge(kind: string, name: string): void {
  writeSync(1, `${kind} ${name}\n`);
}

async function writeOnce(name: string): Promise<void> {
  await call('dynamodb', 'PutItem', { TableName: 'items', Item: { id: { S: name } } });
  acknowledge('item', name);
  await call('s3', `PUT /bucket/${name}`, {});
  acknowledge('object', name);
  await call('scheduler', `POST /schedules/${name}`, {
    GroupName: group,
    ScheduleExpression: 'at(2999-01-01T00:00:00)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: 'arn:aws:sqs:us-east-1:000000000000:jobs', RoleArn: 'arn:aws:iam::000000000000:role/r' },
  });
  acknowledge('schedule', name);
  await call('sqs', 'SendMessage', { QueueUrl: queueUrl('delayed'), MessageBody: name, DelaySeconds: 900 });
  acknowledge('delayed', name);
  await call('sqs', 'SendMessage', { QueueUrl: queueUrl('jobs'), MessageBody: name });
  acknowledge('message', name);
  await takeOne();
  await call('secretsmanager', 'PutSecretValue', {
    SecretId: 'secret',
    ClientRequestToken: name.padEnd(32, '-'),
    SecretString: name,
  });
  acknowledge('secret', name);
}

/** Receives a message, and deletes it if its number is odd. */
async function takeOne(): Promise<void> {
  const { Messages = [] } = await call('sqs', 'ReceiveMessage', { QueueUrl: queueUrl('jobs') });
  for (const { Body, ReceiptHandle } of Messages as { Body: string; ReceiptHandle: string }[]) {
    acknowledge('received', Body);
    if (Number(Body.split('-')[1]) % 2 === 0) continue;
    await call('sqs', 'DeleteMessage', { QueueUrl: queueUrl('jobs'), ReceiptHandle });
    acknowledge('deleted', Body);
  }
}

/** Several writers at once, so that a group commit has more than one write. */
await Promise.all(
  Array.from({ length: 5 }, async (_, writer) => {
    for (let n = 0; ; n++) await writeOnce(`w${writer}-${n}`);
  }),
);
