import { randomUUID } from 'node:crypto';
import {
  CreateEventBusCommand,
  DeleteRuleCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  ListEventBusesCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../clock.ts';
import { Database } from '../../database.ts';
import { Sqs } from '../../sqs/sqs.ts';
import { type BehaviourTarget, behaviourTarget } from '../../testing/behaviour-target.ts';
import { EventBridge } from '../eventbridge.ts';

let targets: BehaviourTarget[];
let events: EventBridgeClient;
let queues: SQSClient;

beforeAll(async () => {
  const common = { database: new Database(':memory:'), clock: new ManualClock(), region: 'us-east-1' };
  const sqs = new Sqs({ ...common, endpointUrl: 'http://127.0.0.1:4101' });
  const forEvents = await behaviourTarget('EVENTBRIDGE', () => new EventBridge({ ...common, sqs }).wire);
  const forQueues = await behaviourTarget('SQS', () => sqs.wire);
  targets = [forEvents, forQueues];
  events = new EventBridgeClient({ ...forEvents.client, maxAttempts: 1 });
  queues = new SQSClient(forQueues.client);
});

afterAll(async () => {
  events.destroy();
  queues.destroy();
  for (const target of targets) await target.close();
});

async function makeQueue(): Promise<{ QueueUrl: string; arn: string }> {
  const { QueueUrl = '' } = await queues.send(new CreateQueueCommand({ QueueName: `events-${randomUUID()}` }));
  const { Attributes } = await queues.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  return { QueueUrl, arn: Attributes?.QueueArn ?? '' };
}

async function receive(QueueUrl: string): Promise<Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: 10,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['All'],
  });
  return (await queues.send(command)).Messages ?? [];
}

/** Makes a new bus with one rule. */
async function makeRule(pattern: object, targetsOfRule: Target[]): Promise<{ bus: string; rule: string }> {
  const [bus, rule] = [`bus-${randomUUID()}`, `rule-${randomUUID()}`];
  await events.send(new CreateEventBusCommand({ Name: bus }));
  await events.send(new PutRuleCommand({ Name: rule, EventBusName: bus, EventPattern: JSON.stringify(pattern) }));
  await events.send(new PutTargetsCommand({ Rule: rule, EventBusName: bus, Targets: targetsOfRule }));
  return { bus, rule };
}

function put(...Entries: PutEventsRequestEntry[]) {
  return events.send(new PutEventsCommand({ Entries }));
}

const entry = { Source: 'hawser', DetailType: 'delivery.dead_lettered', Detail: '{"id":"dlv_1"}' };

describe('putting events', () => {
  it('an event that matches a rule reaches its queue in the standard envelope', async () => {
    const queue = await makeQueue();
    const { bus } = await makeRule({ source: ['hawser'], detail: { id: [{ prefix: 'dlv_' }] } }, [
      { Id: 'q', Arn: queue.arn },
    ]);
    const Time = new Date('2026-01-02T03:04:05Z');
    const { Entries, FailedEntryCount } = await put({ ...entry, EventBusName: bus, Resources: ['arn:x'], Time });
    expect(FailedEntryCount).toBe(0);
    const [message] = await receive(queue.QueueUrl);
    expect(JSON.parse(message?.Body ?? '')).toEqual({
      version: '0',
      id: Entries?.[0]?.EventId,
      'detail-type': 'delivery.dead_lettered',
      source: 'hawser',
      account: expect.stringMatching(/^\d{12}$/),
      time: '2026-01-02T03:04:05Z',
      region: 'us-east-1',
      resources: ['arn:x'],
      detail: { id: 'dlv_1' },
    });
  });

  it('an event that matches no rule of its bus reaches no queue', async () => {
    const queue = await makeQueue();
    const { bus } = await makeRule({ source: ['other'] }, [{ Id: 'q', Arn: queue.arn }]);
    await put({ ...entry, EventBusName: bus }, { ...entry, Source: 'other' });
    expect(await receive(queue.QueueUrl)).toEqual([]);
  });

  it('a bus can be named by its ARN', async () => {
    const queue = await makeQueue();
    const { bus } = await makeRule({ source: ['hawser'] }, [{ Id: 'q', Arn: queue.arn }]);
    const { Arn } = await events.send(new DescribeEventBusCommand({ Name: bus }));
    await put({ ...entry, EventBusName: Arn });
    expect(await receive(queue.QueueUrl)).toHaveLength(1);
  });

  it('an event for a bus that does not exist is accepted and discarded', async () => {
    const { FailedEntryCount, Entries } = await put({ ...entry, EventBusName: 'nobody' });
    expect([FailedEntryCount, Entries?.length]).toEqual([0, 1]);
  });

  it('each entry succeeds or fails alone, in order', async () => {
    const response = await put(
      entry,
      { ...entry, Source: '' },
      { ...entry, DetailType: '' },
      { ...entry, Detail: '' },
      { ...entry, Detail: '[1]' },
      { ...entry, Detail: '{"a":' },
      { ...entry, Source: 'aws.s3' },
    );
    expect(response).toMatchObject({
      FailedEntryCount: 6,
      Entries: [
        { EventId: expect.any(String) },
        {
          ErrorCode: 'InvalidArgument',
          ErrorMessage: 'Parameter Source is not valid. Reason: Source is a required argument.',
        },
        {
          ErrorCode: 'InvalidArgument',
          ErrorMessage: 'Parameter DetailType is not valid. Reason: DetailType is a required argument.',
        },
        {
          ErrorCode: 'InvalidArgument',
          ErrorMessage: 'Parameter Detail is not valid. Reason: Detail is a required argument.',
        },
        { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' },
        { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' },
        { ErrorCode: 'NotAuthorizedForSourceException' },
      ],
    });
  });

  it('every member of the detail reaches the queue, and integers of 64 bits are exact', async () => {
    const queue = await makeQueue();
    const { bus } = await makeRule({ detail: { a: [1] } }, [{ Id: 'q', Arn: queue.arn }]);
    const Detail = '{"a":1,"least":-9223372036854775808,"most":9223372036854775807,"__proto__":{"b":2}}';
    await put({ ...entry, EventBusName: bus, Detail });
    const [message] = await receive(queue.QueueUrl);
    expect(message?.Body?.replace(/\s/g, '')).toContain(`"detail":${Detail}`);
  });

  const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;

  it('the detail may have integers of 64 bits and 1,000 levels', async () => {
    const { FailedEntryCount } = await put(
      { ...entry, Detail: nested(1000) },
      { ...entry, Detail: `{"braces":"${'{'.repeat(2000)}","digits":"9223372036854775808"}` },
    );
    expect(FailedEntryCount).toBe(0);
    const beyond = [
      nested(1001),
      `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      '{"a":9223372036854775808}',
      '{"a":[-9223372036854775809]}',
      `{"a":${'9'.repeat(100)}}`,
    ];
    for (const Detail of beyond) {
      expect((await put({ ...entry, Detail })).Entries).toEqual([
        { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' },
      ]);
    }
  });

  it('the detail type has at most 128 characters', async () => {
    expect((await put({ ...entry, DetailType: 'x'.repeat(128) })).FailedEntryCount).toBe(0);
    expect((await put({ ...entry, DetailType: 'x'.repeat(129) })).Entries).toMatchObject([
      { ErrorCode: 'InvalidArgument', ErrorMessage: expect.stringContaining('Parameter DetailType is not valid.') },
    ]);
  });

  it('PutEvents takes at most ten entries', async () => {
    await put(...Array(10).fill(entry));
    await expect(put(...Array(11).fill(entry))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(
        "at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10",
      ),
    });
  });

  it('the entries of PutEvents have at most 1 MiB in total', async () => {
    const fixed = entry.Source.length + entry.DetailType.length + '{"a":""}'.length;
    const sized = (bytes: number) => ({ ...entry, Detail: JSON.stringify({ a: 'x'.repeat(bytes - fixed) }) });
    await put(sized(524_288), sized(524_288));
    await expect(put(sized(524_288), sized(524_289))).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Total size of the entries in the request is over the limit.',
    });
  });
});

describe('rules', () => {
  it('rules are returned as they were put', async () => {
    const queue = await makeQueue();
    const target = { Id: 'q', Arn: queue.arn, Input: '"fixed"' };
    const { bus, rule } = await makeRule({ source: ['hawser'] }, [target]);
    const described = await events.send(new DescribeRuleCommand({ Name: rule, EventBusName: bus }));
    expect(described).toMatchObject({
      Name: rule,
      Arn: expect.stringContaining(`:rule/${bus}/${rule}`),
      EventPattern: '{"source":["hawser"]}',
      State: 'ENABLED',
      EventBusName: bus,
    });
    expect((await events.send(new ListRulesCommand({ EventBusName: bus }))).Rules).toHaveLength(1);
    expect((await events.send(new ListTargetsByRuleCommand({ Rule: rule, EventBusName: bus }))).Targets).toEqual([
      target,
    ]);
  });

  it('a disabled rule sends nothing', async () => {
    const queue = await makeQueue();
    const { bus, rule } = await makeRule({ source: ['hawser'] }, [{ Id: 'q', Arn: queue.arn }]);
    const EventPattern = '{"source":["hawser"]}';
    await events.send(new PutRuleCommand({ Name: rule, EventBusName: bus, EventPattern, State: 'DISABLED' }));
    await put({ ...entry, EventBusName: bus });
    expect(await receive(queue.QueueUrl)).toEqual([]);
    await events.send(new PutRuleCommand({ Name: rule, EventBusName: bus, EventPattern }));
    await put({ ...entry, EventBusName: bus });
    expect(await receive(queue.QueueUrl)).toHaveLength(1);
  });

  it('a rule must have a valid pattern and an existing bus', async () => {
    await expect(events.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":"x"}' }))).rejects.toMatchObject({
      name: 'InvalidEventPatternException',
      message: 'Event pattern is not valid. Reason: "source" must be an object or an array',
    });
    const deep = `${'{"a":'.repeat(1_000)}[1]${'}'.repeat(1_000)}`;
    await expect(events.send(new PutRuleCommand({ Name: 'r', EventPattern: deep }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
    const rule = new PutRuleCommand({ Name: 'r', EventBusName: 'nobody', EventPattern: '{"source":["x"]}' });
    await expect(events.send(rule)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Event bus nobody does not exist.',
    });
    await expect(events.send(new DescribeRuleCommand({ Name: 'r' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Rule r does not exist on EventBus default.',
    });
  });

  it('a rule has at most five targets, and must be emptied before it is deleted', async () => {
    const queue = await makeQueue();
    const targetOf = (Id: string): Target => ({ Id, Arn: queue.arn });
    const { bus, rule } = await makeRule({ source: ['hawser'] }, ['1', '2', '3', '4', '5'].map(targetOf));
    const names = { Rule: rule, EventBusName: bus };
    await events.send(new PutTargetsCommand({ ...names, Targets: [targetOf('5')] }));
    await expect(events.send(new PutTargetsCommand({ ...names, Targets: [targetOf('6')] }))).rejects.toMatchObject({
      name: 'LimitExceededException',
    });
    const deletion = new DeleteRuleCommand({ Name: rule, EventBusName: bus });
    await expect(events.send(deletion)).rejects.toMatchObject({
      message: "Rule can't be deleted since it has targets.",
    });
    const removed = await events.send(new RemoveTargetsCommand({ ...names, Ids: ['1', '2', '3', '4', '5', '6'] }));
    expect(removed).toMatchObject({ FailedEntryCount: 1, FailedEntries: [{ TargetId: '6' }] });
    await events.send(deletion);
    expect((await events.send(new ListRulesCommand({ EventBusName: bus }))).Rules).toEqual([]);
  });
});

describe('targets', () => {
  it('a target may have a fixed input and a message group', async () => {
    const queue = await makeQueue();
    const { bus } = await makeRule({ source: ['hawser'] }, [
      { Id: 'q', Arn: queue.arn, Input: '{"fixed":true}', SqsParameters: { MessageGroupId: 'g' } },
    ]);
    await put({ ...entry, EventBusName: bus });
    expect(await receive(queue.QueueUrl)).toMatchObject([
      { Body: '{"fixed":true}', Attributes: { MessageGroupId: 'g' } },
    ]);
  });

  it('an event refused by its target goes to the dead-letter queue', async () => {
    const dead = await makeQueue();
    const missing = dead.arn.replace(/[^:]+$/, 'nobody');
    const { bus } = await makeRule({ source: ['hawser'] }, [
      { Id: 'q', Arn: missing, DeadLetterConfig: { Arn: dead.arn } },
    ]);
    await put({ ...entry, EventBusName: bus });
    const [message] = await receive(dead.QueueUrl);
    expect(JSON.parse(message?.Body ?? '')).toMatchObject({ detail: { id: 'dlv_1' } });
    expect(message?.MessageAttributes).toMatchObject({
      TARGET_ARN: { StringValue: missing },
      ERROR_CODE: { DataType: 'String' },
      RULE_ARN: { DataType: 'String' },
    });
  });
});

describe('buses', () => {
  it('a bus is created once and listed with the default bus', async () => {
    const Name = `bus-${randomUUID()}`;
    const { EventBusArn } = await events.send(new CreateEventBusCommand({ Name }));
    expect(EventBusArn).toMatch(new RegExp(`^arn:aws:events:us-east-1:\\d{12}:event-bus/${Name}$`));
    await expect(events.send(new CreateEventBusCommand({ Name }))).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
      message: `Event bus ${Name} already exists.`,
    });
    const { EventBuses } = await events.send(new ListEventBusesCommand({}));
    expect(EventBuses?.map((bus) => bus.Name)).toEqual(expect.arrayContaining(['default', Name]));
  });
});

it('a parameter that is not honoured is refused with 501', async () => {
  const rule = new PutRuleCommand({ Name: 'r', ScheduleExpression: 'rate(1 hour)', EventPattern: '{"source":["x"]}' });
  await expect(events.send(rule)).rejects.toMatchObject({
    message: expect.stringContaining('the parameter ScheduleExpression of PutRule'),
    $metadata: { httpStatusCode: 501 },
  });
});
