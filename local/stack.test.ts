import { rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, type QueueAttributeName, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from './clock.ts';
import type { TemplateResource } from './cloudformation/template.ts';
import { Database } from './database.ts';
import { RunningTime } from './running-time.ts';
import type { LocalStack } from './stack.ts';
import { StartError } from './start-error.ts';
import { stopMs } from './stop-time.ts';
import { startTestStack, temporaryFolder } from './testing/start-stack.ts';

const folder = temporaryFolder('stack');
let stack: LocalStack;

beforeAll(async () => {
  stack = await startTestStack({ dataDir: folder.path });
});
afterAll(async () => {
  await stack.close();
  folder.remove();
});

function client() {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { endpoint: stack.awsEndpointUrl, region: 'us-east-1', credentials };
}

/** The template's resources of a type, each with the value of its `Ref`. */
function resourcesOf(type: string): { ref: string; properties: TemplateResource['Properties'] }[] {
  return Object.entries(stack.template.Resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([logicalId, resource]) => ({
      ref: stack.deployment.resources.get(logicalId)?.ref ?? '',
      properties: resource.Properties,
    }));
}

describe('the synthesized template, running', () => {
  it('every queue has the attributes of the template', async () => {
    const sqs = new SQSClient(client());
    const queues = resourcesOf('AWS::SQS::Queue');
    expect(queues.length).toBeGreaterThanOrEqual(4);
    for (const { ref, properties } of queues) {
      const { RedrivePolicy, ...wanted } = properties;
      const names = Object.keys(properties) as QueueAttributeName[];
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: ref, AttributeNames: names }));
      const { RedrivePolicy: redrive, ...others } = Attributes ?? {};
      expect(others).toEqual(Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, String(value)])));
      expect(redrive === undefined).toBe(RedrivePolicy === undefined);
    }
  });

  it('every table has the keys, indexes and stream of the template', async () => {
    const dynamodb = new DynamoDBClient(client());
    for (const { ref, properties } of resourcesOf('AWS::DynamoDB::Table')) {
      const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: ref }));
      expect(Table?.KeySchema).toEqual(properties.KeySchema);
      expect(Table?.StreamSpecification !== undefined).toBe(properties.StreamSpecification !== undefined);
      const indexes = (properties.GlobalSecondaryIndexes ?? []) as { IndexName: string }[];
      expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName) ?? []).toEqual(
        indexes.map(({ IndexName }) => IndexName),
      );
    }
  });

  it('a webhook for an unknown source is answered by the ingest function', async () => {
    const response = await fetch(`${stack.apiUrl}/in/src_0123`, { method: 'POST', body: 'x' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'RESOURCE_NOT_FOUND', request_id: expect.any(String) });
  });

  it("a path without a route gets the template's gateway response", async () => {
    const response = await fetch(`${stack.apiUrl}/in/`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
  });
});

describe('a data folder', () => {
  it('a second stack on a data folder in use is refused', async () => {
    await expect(startTestStack({ dataDir: folder.path })).rejects.toThrow('runs on the data folder');
  });

  it.each([
    ['holds a file that is not a database', (path: string) => writeFileSync(join(path, 'hawser.db'), 'x'.repeat(4096))],
    [
      'is a file',
      (path: string) => {
        rmSync(path, { recursive: true });
        writeFileSync(path, '');
      },
    ],
  ])('the error of a data folder that %s says its name and what to do', async (_, spoil) => {
    const spoiled = temporaryFolder('spoiled');
    spoil(spoiled.path);
    const error = await startTestStack({ dataDir: spoiled.path }).catch((refusal: unknown) => refusal);
    expect(error).toBeInstanceOf(StartError);
    expect(String(error)).toContain(`the data folder ${spoiled.path} can't be used`);
    spoiled.remove();
  });

  /** The message with which the start is refused if putting the assembly together fails in this way. */
  async function refusedFor(dataDir: string, code: string, message: string): Promise<string> {
    const failure = Object.assign(new Error(`${code}: ${message}`), { code, syscall: 'any' });
    const starting = startTestStack({ dataDir, assembly: () => Promise.reject(failure) });
    return String(await starting.catch((refusal: unknown) => refusal));
  }

  it.each([
    ['ENOSPC', (path: string) => `no space left on device, copyfile '/cache/index.mjs' -> '${path}/cdk.out/index.mjs'`],
    ['ENOSPC', () => 'no space left on device, write'],
    ['EDQUOT', () => 'disk quota exceeded, write'],
    ['EACCES', (path: string) => `permission denied, mkdir '${path}/cdk.out'`],
    ['EROFS', (path: string) => `read-only file system, mkdir '${path}/cdk.out'`],
  ])('a data folder that cannot take the assembly is reported in a sentence (%s)', async (code, messageFor) => {
    const full = temporaryFolder('full');
    const message = messageFor(full.path);
    expect(await refusedFor(full.path, code, message)).toBe(
      `StartError: the stack can't be assembled in ${full.path}: ${code}: ${message}. ` +
        'Free some space or fix its permissions, or set HAWSER_DATA_DIR to another folder',
    );
    full.remove();
  });

  it.each([
    ['ENOENT', "no such file or directory, stat '/project/core/fields.ts'"],
    ['EACCES', "permission denied, open '/project/core/fields.ts'"],
    ['ENOSPC', "no space left on device, mkdir '/project/node_modules/.cache/hawser'"],
  ])('the data folder is not blamed for a file elsewhere (%s)', async (code, message) => {
    const innocent = temporaryFolder('innocent');
    expect(await refusedFor(innocent.path, code, message)).toBe(
      `StartError: the stack can't be assembled: ${code}: ${message}`,
    );
    innocent.remove();
  });

  it('the root key of a data folder is kept across starts, unless another is given', async () => {
    const first = stack.rootKey;
    expect(first).toMatchObject({ isNew: true, value: expect.stringMatching(/^[A-Za-z0-9]{48}$/) });
    await stack.close();
    stack = await startTestStack({ dataDir: folder.path });
    expect(stack.rootKey).toEqual({ ...first, isNew: false });
    await stack.close();
    stack = await startTestStack({ dataDir: folder.path, rootKey: 'another' });
    expect(stack.rootKey).toMatchObject({ isNew: false, value: 'another' });
  });

  it('a second stack with its own data folder runs in the same process', async () => {
    const other = temporaryFolder('other');
    const second = await startTestStack({ dataDir: other.path });
    expect(second.awsEndpointUrl).not.toBe(stack.awsEndpointUrl);
    expect(second.rootKey.value).not.toBe(stack.rootKey.value);
    await second.close();
    other.remove();
  });
});

it('a stack records how long it runs, so that nothing ages while it is down', async () => {
  const hourMs = 60 * 60 * 1000;
  const other = temporaryFolder('running');
  const clock = new ManualClock();
  const startedMs = clock.nowMs();
  const running = await startTestStack({ dataDir: other.path, clock });
  await clock.advance(hourMs);
  await running.close();
  await clock.advance(15 * 24 * hourMs);
  const database = new Database(join(other.path, 'hawser.db'));
  expect(new RunningTime(database, clock).startOfLast(hourMs)).toBe(startedMs);
  database.close();
  other.remove();
});

it('a closing stack finishes an upload for up to five seconds, and cuts it off after that', async () => {
  const closing = temporaryFolder('closing');
  const one = await startTestStack({ dataDir: closing.path });
  const { hostname, port } = new URL(one.apiUrl);
  const [slow, hanging] = [connect(Number(port), hostname), connect(Number(port), hostname)];
  for (const socket of [slow, hanging]) {
    socket.write('POST /in/src_0123 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na');
  }
  const responses = Promise.all([text(slow), text(hanging)]);
  // By then the gateway has read the heads of both.
  await sleep(500);
  const begunMs = performance.now();
  const closed = one.close();
  await sleep(4_000);
  slow.write('b');
  expect(await responses).toEqual([expect.stringMatching(/^HTTP\/1.1 404 .*RESOURCE_NOT_FOUND/s), '']);
  await closed;
  expect(performance.now() - begunMs).toBeLessThan(stopMs.process - 500);
  closing.remove();
}, 30_000);
