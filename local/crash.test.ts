import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import { Database } from './database.ts';
import { createSimulators, type Simulators, wiresOf } from './simulators.ts';
import { awsRequest, createResources, group, items } from './testing/durable-writes.ts';
import { temporaryFolder } from './testing/start-stack.ts';
import { AwsEndpoint } from './wire/endpoint.ts';

/** How many acknowledgements come before the writer is killed, in the middle of whatever it is then doing. */
const MIN_ACKNOWLEDGED = 1_500;

const folder = temporaryFolder('crash');
let database: Database;
let simulators: Simulators;
/** Names by kind, in the order of their acknowledgements. */
let acknowledgements: Map<string, string[]>;

beforeAll(async () => {
  acknowledgements = await writeUntilKilled(folder.path);
  database = new Database(join(folder.path, 'hawser.db'));
  simulators = createSimulators({ database, clock: systemClock, region: 'us-east-1', endpointUrl: 'http://local' });
  createResources(simulators);
});
afterAll(() => {
  database.close();
  folder.remove();
});

async function writeUntilKilled(dataDir: string): Promise<Map<string, string[]>> {
  const writer = join(import.meta.dirname, 'testing', 'write-until-killed.ts');
  const child = spawn(process.execPath, [writer, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
    if (output.split('\n').length > MIN_ACKNOWLEDGED) child.kill('SIGKILL');
  });
  expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
  const names = new Map<string, string[]>();
  for (const line of output.split('\n').slice(0, -1)) {
    const [kind = '', name = ''] = line.split(' ');
    names.set(kind, [...(names.get(kind) ?? []), name]);
  }
  return names;
}

const acknowledged = (kind: string): string[] => acknowledgements.get(kind) ?? [];

async function handle(service: string, operation: string, input: object) {
  return new AwsEndpoint(wiresOf(simulators)).handle(awsRequest(service, operation, input));
}

it('every acknowledged item survives a crash, with its stream record', async () => {
  const { streamArn = '' } = simulators.dynamodb.ensureTable(items);
  const [shard = ''] = simulators.dynamodb.streams.shards(streamArn);
  const records = simulators.dynamodb.streams.read(streamArn, shard, undefined, 1_000_000);
  const ids = new Set(records.map(({ dynamodb }) => dynamodb.NewImage?.id).map((id) => id && 'S' in id && id.S));
  expect(acknowledged('item').filter((id) => !ids.has(id))).toEqual([]);
  for (const id of acknowledged('item')) {
    const { body } = await handle('dynamodb', 'GetItem', { TableName: 'items', Key: { id: { S: id } } });
    expect(JSON.parse(String(body))).toEqual({ Item: { id: { S: id } } });
  }
});

it('every acknowledged object survives a crash', async () => {
  for (const key of acknowledged('object')) expect((await handle('s3', `HEAD /bucket/${key}`, {})).status).toBe(200);
});

it('every acknowledged schedule survives a crash', () => {
  for (const name of acknowledged('schedule')) expect(simulators.scheduler.schedule(group, name).name).toBe(name);
});

it('the current secret survives a crash', () => {
  // Several writers run at once. By the time one acknowledgement is recorded, another writer may have put a later value.
  const versions = acknowledged('secret').slice(-5);
  const value = simulators.secretsManager.getValue('secret');
  const [writer = '', n] = value.split('-');
  const last = versions.filter((version) => version.startsWith(`${writer}-`)).at(-1);
  expect(Number(n)).toBeGreaterThanOrEqual(Number(last?.split('-')[1] ?? 0));
});

it('every message not deleted survives a crash, delays included, and no acknowledged deletion is undone', async () => {
  const { ApproximateNumberOfMessagesDelayed } = simulators.sqs.attributesOf(
    'arn:aws:sqs:us-east-1:000000000000:delayed',
  );
  expect(Number(ApproximateNumberOfMessagesDelayed)).toBeGreaterThanOrEqual(acknowledged('delayed').length);

  const all = { maxMessages: 1_000_000, waitTimeMs: 0 };
  const messages = await simulators.sqs.receiveMessages('arn:aws:sqs:us-east-1:000000000000:jobs', all);
  const counts = new Map(messages.map(({ body, attributes }) => [body, Number(attributes.ApproximateReceiveCount)]));
  const deleted = new Set(acknowledged('deleted'));
  expect([...deleted].filter((body) => counts.has(body))).toEqual([]);
  // Odd messages are deleted, and a deletion may have been made without its acknowledgement getting out. So only the even ones,
  // which are never deleted, must all be there.
  const even = (body: string) => Number(body.split('-')[1]) % 2 === 0;
  expect(acknowledged('message').filter((body) => even(body) && !counts.has(body))).toEqual([]);
  expect(acknowledged('received').filter((body) => even(body) && counts.get(body) !== 2)).toEqual([]);
});
