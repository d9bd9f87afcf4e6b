import { randomUUID } from 'node:crypto';
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
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
import { Scheduler } from '../scheduler.ts';

/** Simulated time, beginning on 1 January 2026 at midnight UTC. Other implementations skip rules that wait for a schedule. */
const clock = new ManualClock();
const isElsewhere = process.env.HAWSER_BEHAVIOUR_SCHEDULER_ENDPOINT !== undefined;
const timed = it.skipIf(isElsewhere);
const ROLE = 'arn:aws:iam::000000000000:role/scheduler';
let targets: BehaviourTarget[];
let schedules: SchedulerClient;
let queues: SQSClient;
let scheduler: Scheduler;

beforeAll(async () => {
  const common = { database: new Database(':memory:'), clock, region: 'us-east-1' };
  const sqs = new Sqs({ ...common, endpointUrl: 'http://127.0.0.1:4101' });
  scheduler = new Scheduler({ ...common, sqs });
  scheduler.start();
  const forSchedules = await behaviourTarget('SCHEDULER', () => scheduler.wire);
  const forQueues = await behaviourTarget('SQS', () => sqs.wire);
  targets = [forSchedules, forQueues];
  schedules = new SchedulerClient({ ...forSchedules.client, maxAttempts: 1 });
  queues = new SQSClient(forQueues.client);
});

afterAll(async () => {
  await scheduler.stop();
  schedules.destroy();
  queues.destroy();
  for (const target of targets) await target.close();
});

async function makeQueue(): Promise<{ QueueUrl: string; arn: string }> {
  const { QueueUrl = '' } = await queues.send(new CreateQueueCommand({ QueueName: `schedules-${randomUUID()}` }));
  const { Attributes } = await queues.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  return { QueueUrl, arn: Attributes?.QueueArn ?? '' };
}

/** Takes the messages that are in the queue now. */
async function take(QueueUrl: string): Promise<Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: 10,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['All'],
  });
  const { Messages = [] } = await queues.send(command);
  for (const { ReceiptHandle } of Messages) await queues.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages;
}

type ScheduleOverrides = Partial<CreateScheduleCommandInput> & { arn?: string };

function request({
  arn = 'arn:aws:sqs:us-east-1:000000000000:nobody',
  ...overrides
}: ScheduleOverrides): CreateScheduleCommandInput {
  return {
    Name: `s-${randomUUID()}`,
    ScheduleExpression: inSeconds(60),
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: arn, RoleArn: ROLE, Input: 'hello' },
    ...overrides,
  };
}

async function create(overrides: ScheduleOverrides): Promise<string> {
  const input = request(overrides);
  await schedules.send(new CreateScheduleCommand(input));
  return input.Name ?? '';
}

function inSeconds(seconds: number): string {
  return `at(${new Date(clock.nowMs() + seconds * 1000).toISOString().slice(0, 19)})`;
}

function exists(Name: string): Promise<boolean> {
  return schedules.send(new GetScheduleCommand({ Name })).then(
    () => true,
    (error: Error) => {
      if (error.name !== 'ResourceNotFoundException') throw error;
      return false;
    },
  );
}

describe('one-time schedules', () => {
  timed('a one-time schedule fires at its time, not before', async () => {
    const queue = await makeQueue();
    await create({ arn: queue.arn, ScheduleExpression: inSeconds(86_400) });
    await clock.advance(86_399_999);
    expect(await take(queue.QueueUrl)).toEqual([]);
    await clock.advance(1);
    expect(await take(queue.QueueUrl)).toMatchObject([{ Body: 'hello' }]);
    await clock.advance(86_400_000);
    expect(await take(queue.QueueUrl)).toEqual([]);
  });

  timed('a schedule sends through the universal target, with a message group', async () => {
    const queue = await makeQueue();
    const Input = JSON.stringify({ QueueUrl: queue.QueueUrl, MessageBody: 'retry', MessageGroupId: 'dst_1' });
    await create({ Target: { Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage', RoleArn: ROLE, Input } });
    await clock.advance(60_000);
    expect(await take(queue.QueueUrl)).toMatchObject([{ Body: 'retry', Attributes: { MessageGroupId: 'dst_1' } }]);
  });

  timed('a schedule is deleted after it fired, on request', async () => {
    const queue = await makeQueue();
    const kept = await create({ arn: queue.arn });
    const deleted = await create({ arn: queue.arn, ActionAfterCompletion: 'DELETE' });
    await clock.advance(59_000);
    expect([await exists(kept), await exists(deleted)]).toEqual([true, true]);
    await clock.advance(1000);
    expect([await exists(kept), await exists(deleted)]).toEqual([true, false]);
    expect(await take(queue.QueueUrl)).toHaveLength(2);
  });

  timed('a schedule in the past is accepted and fires at once', async () => {
    const queue = await makeQueue();
    await create({ arn: queue.arn, ScheduleExpression: 'at(2022-12-31T23:59:59)' });
    await clock.advance(0);
    expect(await take(queue.QueueUrl)).toHaveLength(1);
  });

  timed("a schedule's time is in its time zone", async () => {
    const queue = await makeQueue();
    const local = new Date(clock.nowMs() + 5 * 3600_000 + 600_000).toISOString().slice(0, 19);
    await create({ arn: queue.arn, ScheduleExpression: `at(${local})`, ScheduleExpressionTimezone: 'Asia/Karachi' });
    await clock.advance(599_000);
    expect(await take(queue.QueueUrl)).toEqual([]);
    await clock.advance(1000);
    expect(await take(queue.QueueUrl)).toHaveLength(1);
  });

  timed('a schedule does not fire while disabled, after deletion, or at its former time', async () => {
    const queue = await makeQueue();
    await create({ arn: queue.arn, State: 'DISABLED' });
    const deleted = await create({ arn: queue.arn });
    await schedules.send(new DeleteScheduleCommand({ Name: deleted }));
    const moved = await create({ arn: queue.arn });
    await schedules.send(
      new UpdateScheduleCommand(request({ Name: moved, arn: queue.arn, ScheduleExpression: inSeconds(120) })),
    );
    await clock.advance(119_000);
    expect(await take(queue.QueueUrl)).toEqual([]);
    await clock.advance(1000);
    expect(await take(queue.QueueUrl)).toHaveLength(1);
  });

  timed('any number of due schedules fire together', async () => {
    const queue = await makeQueue();
    const ScheduleExpression = inSeconds(60);
    for (let i = 0; i < 120; i++) await create({ arn: queue.arn, ScheduleExpression, ActionAfterCompletion: 'DELETE' });
    await clock.advance(61_000);
    let count = 0;
    for (let batch = await take(queue.QueueUrl); batch.length > 0; batch = await take(queue.QueueUrl))
      count += batch.length;
    expect(count).toBe(120);
  });
});

describe('rate schedules', () => {
  timed('a rate fires at once and then at each interval, until its end date', async () => {
    const queue = await makeQueue();
    const EndDate = new Date(clock.nowMs() + 150_000);
    const Name = await create({
      arn: queue.arn,
      ScheduleExpression: 'rate(1 minute)',
      EndDate,
      ActionAfterCompletion: 'DELETE',
    });
    const counts: number[] = [];
    for (let i = 0; i < 5; i++) {
      await clock.advance(i === 0 ? 0 : 60_000);
      counts.push((await take(queue.QueueUrl)).length);
    }
    expect(counts).toEqual([1, 1, 1, 0, 0]);
    expect(await exists(Name)).toBe(false);
  });

  timed('a rate begins with its start date', async () => {
    const queue = await makeQueue();
    const StartDate = new Date(clock.nowMs() + 30_000);
    const Name = await create({ arn: queue.arn, ScheduleExpression: 'rate(2 hours)', StartDate });
    await clock.advance(29_000);
    expect(await take(queue.QueueUrl)).toEqual([]);
    await clock.advance(1000);
    expect(await take(queue.QueueUrl)).toHaveLength(1);
    await schedules.send(new DeleteScheduleCommand({ Name }));
  });
});

describe('the input of a target', () => {
  timed('keywords in the input are filled in', async () => {
    const queue = await makeQueue();
    const Input =
      '<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time> <aws.scheduler.attempt-number> <aws.scheduler.other>';
    const ScheduleExpression = inSeconds(60);
    const Name = await create({ ScheduleExpression, Target: { Arn: queue.arn, RoleArn: ROLE, Input } });
    await clock.advance(60_000);
    const [message] = await take(queue.QueueUrl);
    const { Arn } = await schedules.send(new GetScheduleCommand({ Name }));
    expect(message?.Body).toBe(`${Arn} ${ScheduleExpression.slice(3, -1)}Z 1 <aws.scheduler.other>`);
  });

  timed('only the four keywords are filled in', async () => {
    const queue = await makeQueue();
    const Input = '<aws.scheduler.constructor> <aws.scheduler.-> <aws.scheduler>';
    await create({ ScheduleExpression: inSeconds(60), Target: { Arn: queue.arn, RoleArn: ROLE, Input } });
    await clock.advance(60_000);
    expect((await take(queue.QueueUrl)).map(({ Body }) => Body)).toEqual([Input]);
  });

  timed('a target without an input gets a notification', async () => {
    const queue = await makeQueue();
    await create({ Target: { Arn: queue.arn, RoleArn: ROLE } });
    await clock.advance(60_000);
    const [message] = await take(queue.QueueUrl);
    expect(JSON.parse(message?.Body ?? '')).toMatchObject({
      'detail-type': 'Scheduled Event',
      source: 'aws.scheduler',
    });
  });
});

describe('a target that fails', () => {
  const missing = 'arn:aws:sqs:us-east-1:000000000000:nobody-yet';

  timed('a failed target is retried until it succeeds', async () => {
    await create({ arn: missing, ActionAfterCompletion: 'DELETE' });
    await clock.advance(65_000);
    const { QueueUrl = '' } = await queues.send(new CreateQueueCommand({ QueueName: 'nobody-yet' }));
    await clock.advance(10_000);
    expect(await take(QueueUrl)).toMatchObject([{ Body: 'hello' }]);
  });

  timed('the input goes to the dead-letter queue when the retries are used up', async () => {
    const dead = await makeQueue();
    const Arn = `${missing}-ever`;
    const ScheduleExpression = inSeconds(60);
    const Name = await create({
      ScheduleExpression,
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn,
        RoleArn: ROLE,
        Input: 'attempt <aws.scheduler.attempt-number>',
        RetryPolicy: { MaximumRetryAttempts: 2 },
        DeadLetterConfig: { Arn: dead.arn },
      },
    });
    const { Arn: scheduleArn } = await schedules.send(new GetScheduleCommand({ Name }));
    await clock.advance(62_000);
    expect(await take(dead.QueueUrl)).toEqual([]);
    await clock.advance(1000);
    const [message] = await take(dead.QueueUrl);
    expect(message?.Body).toBe('attempt 3');
    const texts = Object.entries(message?.MessageAttributes ?? {}).map(([name, { StringValue }]) => [
      name,
      StringValue,
    ]);
    expect(Object.fromEntries(texts)).toEqual({
      ERROR_CODE: 'AWS.SimpleQueueService.NonExistentQueue',
      ERROR_MESSAGE: 'The specified queue does not exist.',
      EXECUTION_ID: expect.stringMatching(/^[0-9a-f]{16}$/),
      EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
      IS_PAYLOAD_TRUNCATED: 'false',
      RETRY_ATTEMPTS: '2',
      SCHEDULED_TIME: `${ScheduleExpression.slice(3, -1)}Z`,
      SCHEDULE_ARN: scheduleArn,
      TARGET_ARN: Arn,
    });
    expect(await exists(Name)).toBe(false);
  });

  timed('a target is given up when the event is too old', async () => {
    const dead = await makeQueue();
    await create({
      Target: {
        Arn: `${missing}-ever`,
        RoleArn: ROLE,
        Input: 'x',
        RetryPolicy: { MaximumEventAgeInSeconds: 60 },
        DeadLetterConfig: { Arn: dead.arn },
      },
    });
    await clock.advance(60_000 + 59_000);
    expect(await take(dead.QueueUrl)).toMatchObject([
      { MessageAttributes: { EXHAUSTED_RETRY_CONDITION: { StringValue: 'MaximumEventAgeInSeconds' } } },
    ]);
  });
});

describe('the API', () => {
  it('a schedule is returned as it was created, with the defaults', async () => {
    const input = request({ Description: 'd', ScheduleExpressionTimezone: 'Europe/Berlin' });
    const { ScheduleArn } = await schedules.send(new CreateScheduleCommand(input));
    expect(ScheduleArn).toMatch(new RegExp(`^arn:aws:scheduler:us-east-1:\\d{12}:schedule/default/${input.Name}$`));
    expect(await schedules.send(new GetScheduleCommand({ Name: input.Name }))).toMatchObject({
      ...input,
      Arn: ScheduleArn,
      GroupName: 'default',
      State: 'ENABLED',
      ActionAfterCompletion: 'NONE',
      Target: { ...input.Target, RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 } },
      CreationDate: expect.any(Date),
      LastModificationDate: expect.any(Date),
    });
  });

  it('an update replaces everything, and omitted fields get their default', async () => {
    const Name = await create({ Description: 'd', State: 'DISABLED' });
    await schedules.send(new UpdateScheduleCommand(request({ Name })));
    const updated = await schedules.send(new GetScheduleCommand({ Name }));
    expect([updated.Description, updated.State]).toEqual([undefined, 'ENABLED']);
    await expect(schedules.send(new UpdateScheduleCommand(request({ Name: 'nobody' })))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('a name can be used once, but the same request may be repeated with its token', async () => {
    const input = request({ ClientToken: 'token-1' });
    const first = await schedules.send(new CreateScheduleCommand(input));
    const again = await schedules.send(new CreateScheduleCommand(input));
    expect(again.ScheduleArn).toBe(first.ScheduleArn);
    const conflict = { name: 'ConflictException', $metadata: { httpStatusCode: 409 } };
    for (const change of [{ ClientToken: 'token-2' }, { Description: 'other' }]) {
      await expect(schedules.send(new CreateScheduleCommand({ ...input, ...change }))).rejects.toMatchObject(conflict);
    }
  });

  it('a schedule or group that does not exist is not found', async () => {
    const notFound = { name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } };
    await expect(schedules.send(new GetScheduleCommand({ Name: 'nobody' }))).rejects.toMatchObject(notFound);
    await expect(schedules.send(new DeleteScheduleCommand({ Name: 'nobody' }))).rejects.toMatchObject(notFound);
    await expect(schedules.send(new GetScheduleGroupCommand({ Name: 'nobody' }))).rejects.toMatchObject(notFound);
    await expect(create({ GroupName: 'nobody' })).rejects.toMatchObject(notFound);
  });

  it('groups hold schedules of the same name', async () => {
    const GroupName = `g-${randomUUID()}`;
    const { ScheduleGroupArn } = await schedules.send(new CreateScheduleGroupCommand({ Name: GroupName }));
    expect(await schedules.send(new GetScheduleGroupCommand({ Name: GroupName }))).toMatchObject({
      Arn: ScheduleGroupArn,
      Name: GroupName,
      State: 'ACTIVE',
    });
    await expect(schedules.send(new CreateScheduleGroupCommand({ Name: GroupName }))).rejects.toMatchObject({
      name: 'ConflictException',
    });
    const { ScheduleGroups } = await schedules.send(new ListScheduleGroupsCommand({ NamePrefix: GroupName }));
    expect(ScheduleGroups?.map(({ Name }) => Name)).toEqual([GroupName]);
    const Name = await create({});
    await create({ Name, GroupName });
    await schedules.send(new DeleteScheduleCommand({ Name, GroupName }));
    expect(await exists(Name)).toBe(true);
  });

  it('lists are paged and filtered', async () => {
    const GroupName = `g-${randomUUID()}`;
    await schedules.send(new CreateScheduleGroupCommand({ Name: GroupName }));
    for (const Name of ['a1', 'a2', 'a3', 'b1']) await create({ Name, GroupName });
    await create({ Name: 'a0', GroupName, State: 'DISABLED' });
    const list = (NextToken?: string) =>
      schedules.send(
        new ListSchedulesCommand({
          GroupName,
          NamePrefix: 'a',
          State: 'ENABLED',
          MaxResults: 2,
          ...(NextToken && { NextToken }),
        }),
      );
    const first = await list();
    const second = await list(first.NextToken);
    expect(first.Schedules?.map(({ Name }) => Name)).toEqual(['a1', 'a2']);
    expect(second.Schedules?.map(({ Name }) => Name)).toEqual(['a3']);
    expect(second.NextToken).toBeUndefined();
  });

  const invalid: Record<string, ScheduleOverrides> = {
    'at(2021-12-31T23:59:59Z)': { ScheduleExpression: 'at(2021-12-31T23:59:59Z)' },
    'at(2021-12-31)': { ScheduleExpression: 'at(2021-12-31)' },
    'at(2026-02-30T00:00:00)': { ScheduleExpression: 'at(2026-02-30T00:00:00)' },
    'rate(10 seconds)': { ScheduleExpression: 'rate(10 seconds)' },
    'rate( 10 minutes )': { ScheduleExpression: 'rate( 10 minutes )' },
    'rate(-10 minutes)': { ScheduleExpression: 'rate(-10 minutes)' },
    'rate(10 minutess)': { ScheduleExpression: 'rate(10 minutess)' },
  };
  for (const [expression, overrides] of Object.entries(invalid)) {
    it(`the expression ${expression} is refused`, async () => {
      await expect(create(overrides)).rejects.toMatchObject({
        name: 'ValidationException',
        message: `Invalid Schedule Expression ${expression}.`,
      });
    });
  }

  it('an invalid name, time zone, role, input or retry policy is refused', async () => {
    const target = { Arn: 'arn:aws:sqs:us-east-1:000000000000:q', RoleArn: ROLE };
    const overridesList: ScheduleOverrides[] = [
      { Name: 'a b' },
      { ScheduleExpressionTimezone: 'Europe/Atlantis' },
      { Target: { ...target, RoleArn: 'me' } },
      { Target: { ...target, Input: 'x'.repeat(262_145) } },
      { Target: { ...target, RetryPolicy: { MaximumRetryAttempts: 186 } } },
      { Target: { ...target, RetryPolicy: { MaximumEventAgeInSeconds: 59 } } },
      { Target: { ...target, Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage', Input: '{"QueueUrl":"x"}' } },
    ];
    for (const overrides of overridesList)
      await expect(create(overrides)).rejects.toMatchObject({ name: 'ValidationException' });
    await create({ Target: { ...target, Input: 'x'.repeat(262_144) } });
  });

  it('what is not implemented is refused with 501', async () => {
    const target = { Arn: 'arn:aws:lambda:us-east-1:000000000000:function:f', RoleArn: ROLE };
    const overridesList: ScheduleOverrides[] = [
      { ScheduleExpression: 'cron(0 12 * * ? *)' },
      { FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 } },
      { Target: target },
      { KmsKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/1' },
    ];
    const notImplemented = { $metadata: { httpStatusCode: 501 } };
    for (const overrides of overridesList) await expect(create(overrides)).rejects.toMatchObject(notImplemented);
    const deletion = new DeleteScheduleGroupCommand({ Name: 'default' });
    await expect(schedules.send(deletion)).rejects.toMatchObject(notImplemented);
  });
});
