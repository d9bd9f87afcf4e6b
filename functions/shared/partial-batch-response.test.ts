import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { firstJob } from '../../core/deliveries/delivery.ts';
import { newEventId, newId } from '../../core/ids.ts';
import { resourceNames, startServices, type TestServices } from '../../test/support/services.ts';
import { encodeMessage } from '../messages/delivery.ts';
import { encodeReplayMessage } from '../messages/replay.ts';
import { variable } from './environment.ts';

let services: TestServices;
/** What the function has written to its log beside the logger's lines. */
let lines: string[];

beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.close());
beforeEach(() => {
  lines = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  return () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  };
});

/** A function whose configuration can't be read, as without the permission. */
async function load(name: 'delivery' | 'replay') {
  const environment = {
    AWS_ENDPOINT_URL: services.endpointUrl,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_LAMBDA_FUNCTION_NAME: `Hawser-${name}`,
    [variable.configTable]: 'none-such',
    [variable.clientsTable]: resourceNames.clients,
    [variable.clientsEndpoint]: services.endpointUrl,
    [variable.eventsTable]: resourceNames.events,
    [variable.deliveriesTable]: resourceNames.deliveries,
    [variable.payloadBucket]: resourceNames.bucket,
    [variable.retentionDays]: '30',
    [variable.deliveryQueueUrl]: services.deliveryQueue.queueUrl,
    [variable.deadLetterQueueUrl]: services.deadLetterQueue.queueUrl,
    [variable.replayQueueUrl]: services.replayQueue.queueUrl,
    [variable.scheduleGroup]: resourceNames.scheduleGroup,
    [variable.scheduleRoleArn]: 'arn:aws:iam::000000000000:role/scheduler',
    [variable.scheduleDeadLetterArn]: services.deadLetterQueue.queueArn,
    [variable.credentialsKeyArn]: services.simulators.kms.ensureKey({ logicalName: 'credentials' }).arn,
    [variable.eventBusName]: resourceNames.eventBus,
    [variable.publicUrl]: 'https://hawser.example',
    [variable.destinationNetwork]: 'public',
  };
  for (const [variableName, value] of Object.entries(environment)) vi.stubEnv(variableName, value);
  vi.resetModules();
  const { handler } = await (name === 'delivery' ? import('../delivery/handler.ts') : import('../replay/handler.ts'));
  return (bodies: readonly string[]) => handler(batchOf(bodies), {} as Parameters<typeof handler>[1]);
}

function batchOf(bodies: readonly string[]): SQSEvent {
  const Records = bodies.map((body, index) => ({
    messageId: String(index + 1),
    body,
    attributes: { ApproximateReceiveCount: '1' },
  }));
  return { Records } as SQSEvent;
}

const organizationId = newId('org');

function delivery(): string {
  const sourceId = newId('src');
  const event = { id: newEventId(sourceId, Date.now()), sourceId, organizationId };
  return encodeMessage({ job: firstJob(event, { id: newId('con'), destinationId: newId('dst') }) });
}

function step(): string {
  return encodeReplayMessage({ replayId: newId('rpl'), organizationId, step: 0, atMs: Date.now() });
}

describe.each([
  ['delivery', delivery],
  ['replay', step],
] as const)('messages that the %s function fails on', (name, message) => {
  it('all failed messages come back, and are counted in one line', async () => {
    const handle = await load(name);
    const answer = await handle([message(), 'none', message()]);
    expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort()).toEqual(['1', '2', '3']);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        // Or Lambda takes the line for INFO, and leaves it out of the log of a function that logs warnings and errors alone.
        level: 'FATAL',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: 'Hawser',
              Dimensions: [['FunctionName']],
              Metrics: [{ Name: 'Unprocessed', Unit: 'Count' }],
            },
          ],
        },
        FunctionName: `Hawser-${name}`,
        Unprocessed: 3,
      },
    ]);
  });

  it('a batch without failures writes no count', async () => {
    const handle = await load(name);
    expect(await handle([])).toEqual({ batchItemFailures: [] });
    expect(lines).toEqual([]);
  });
});
