import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { SynthesizedTemplate } from './support.ts';

const template = new SynthesizedTemplate();
const topic = template.one('AWS::SNS::Topic');
const runbook = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

const alarms = template.ofType('AWS::CloudWatch::Alarm').map(({ properties }) => {
  const name = z
    .string()
    .parse(properties.AlarmName)
    .replace(/^Hawser-/, '');
  return [name, properties] as const;
});

/** The text under a second-level heading. */
function sectionOf(name: string): string | undefined {
  return runbook.split(/^## /m).find((section) => section.startsWith(`${name}\n`));
}

/** Whether an alarm that counts by the minute fires for events in these minutes, with no data for all others. */
function fires(name: string, minutes: readonly number[]): boolean {
  const { EvaluationPeriods: periods, DatapointsToAlarm: datapoints } = z
    .object({
      Period: z.literal(60),
      Threshold: z.literal(1),
      TreatMissingData: z.literal('notBreaching'),
      EvaluationPeriods: z.number(),
      DatapointsToAlarm: z.number().optional(),
    })
    .parse(Object.fromEntries(alarms)[name]);
  return minutes.some((end) => {
    const seen = minutes.filter((minute) => minute <= end && minute > end - periods);
    return seen.length >= (datapoints ?? periods);
  });
}

describe('the alarms', () => {
  test('there is an alarm for everything that loses or delays webhooks', () => {
    expect(alarms.map(([name]) => name).sort()).toEqual([
      'api-5xx',
      'api-request-rate',
      'dead-letters',
      'delivery-errors',
      'delivery-queue-age',
      'delivery-throttles',
      'delivery-unprocessed',
      'fan-out-errors',
      'fan-out-failures',
      'fan-out-iterator-age',
      'fan-out-stopped',
      'fan-out-throttles',
      'ingest-errors',
      'ingest-throttles',
      'management-errors',
      'management-throttles',
      'replay-dead-letters',
      'replay-errors',
      'replay-queue-age',
      'replay-throttles',
      'replay-unprocessed',
      'schedule-dead-letters',
      'schedule-drops',
      'websocket-errors',
      'websocket-execution-errors',
      'websocket-throttles',
    ]);
  });

  test('one dead letter in the queue fires an alarm within a minute', () => {
    const redrive = template.one('AWS::SQS::Queue', 'DeliveryQueue5').properties.RedrivePolicy;
    const deadLetters = template.target(redrive);
    expect(Object.fromEntries(alarms)['dead-letters']).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [deadLetters.id, 'QueueName'] } }],
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      EvaluationPeriods: 1,
      Period: 60,
      Statistic: 'Maximum',
    });
  });

  test.each([
    ['ingest-errors', 'one webhook in ten minutes is refused', [0, 10]],
    ['ingest-throttles', 'one webhook in two minutes is refused', [0, 2]],
    ['api-5xx', 'one webhook in ten minutes is refused', [0, 10]],
    ['delivery-errors', 'one message comes back after 540 s each time, before the fifth ends it', [0, 9, 18, 27]],
    ['replay-errors', 'one step comes back after 180 s each time, before the fifth ends it', [0, 3, 6, 9]],
    ['delivery-unprocessed', 'one message fails after 540 s each time, before the fifth ends it', [0, 9, 18, 27]],
    ['replay-unprocessed', 'one step fails after 180 s each time, before the fifth ends it', [0, 3, 6, 9]],
    ['management-errors', 'one request in ten minutes fails', [0, 10, 20]],
    ['websocket-execution-errors', 'a client tries every ten minutes', [0, 10, 20]],
  ])('%s fires if %s', (name, _, minutes) => {
    expect(fires(name, minutes)).toBe(true);
  });

  test.each(alarms.filter(([name]) => /-(errors|throttles|unprocessed)$|^api-5xx$/.test(name)))(
    '%s does not fire for a single minute',
    (name) => {
      expect(fires(name, [0])).toBe(false);
    },
  );

  test.each(alarms.filter(([, properties]) => properties.DatapointsToAlarm !== undefined))(
    '%s looks no further back than CloudWatch does',
    (_, properties) => {
      const { EvaluationPeriods, Period } = z
        .object({ EvaluationPeriods: z.number(), Period: z.number() })
        .parse(properties);
      expect(EvaluationPeriods * Period).toBeLessThanOrEqual(86_400);
    },
  );

  test('fan-out-stopped fires when events were stored in each of two hours, and fan-out was not called', () => {
    const sumOf = (id: string, MetricStat: object) => ({
      Id: id,
      MetricStat: { ...MetricStat, Period: 3_600, Stat: 'Sum' },
      ReturnData: false,
    });
    expect(Object.fromEntries(alarms)['fan-out-stopped']).toMatchObject({
      Metrics: [
        { Expression: 'IF(FILL(calls, 0) == 0, FILL(written, 0), 0)' },
        sumOf('calls', {
          Metric: {
            Namespace: 'AWS/Lambda',
            MetricName: 'Invocations',
            Dimensions: [{ Name: 'FunctionName', Value: { Ref: template.one('AWS::Lambda::Function', 'FanOut').id } }],
          },
        }),
        sumOf('written', {
          Metric: {
            Namespace: 'AWS/DynamoDB',
            MetricName: 'ConsumedWriteCapacityUnits',
            Dimensions: [
              { Name: 'TableName', Value: { Ref: template.one('AWS::DynamoDB::Table', 'StorageEvents').id } },
            ],
          },
        }),
      ],
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      EvaluationPeriods: 2,
    });
  });

  test.each([
    ['delivery', 'Delivery'],
    ['replay', 'Replays'],
  ])('%s-unprocessed watches the metric that the function counts', (name, idPrefix) => {
    const { id } = template.one('AWS::Lambda::Function', `${idPrefix}Function`);
    expect(Object.fromEntries(alarms)[`${name}-unprocessed`]).toMatchObject({
      Namespace: 'Hawser',
      MetricName: 'Unprocessed',
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: id } }],
      Statistic: 'Sum',
    });
  });

  test.each(alarms)('%s notifies the topic when it fires and when it is over', (_, properties) => {
    expect(properties).toMatchObject({ AlarmActions: [{ Ref: topic.id }], OKActions: [{ Ref: topic.id }] });
  });

  test.each(alarms)('%s links to its section of the runbook', (name, properties) => {
    expect(properties.AlarmDescription).toMatch(new RegExp(`Runbook: docs/operations\\.md#${name}$`));
    const section = sectionOf(name);
    for (const part of ['### What it means', '### Investigate', '### Resolve']) expect(section, name).toContain(part);
    expect(section, `${name} has a command to investigate with`).toMatch(/```sh\n[^`]*^ *(aws|errors|minutes) /m);
  });

  test('every alarm section of the runbook belongs to an alarm', () => {
    const names = new Set(alarms.map(([name]) => name));
    const sections = runbook.split(/^## /m).filter((section) => section.includes('### Investigate'));
    expect(sections.map((section) => section.split('\n')[0]).filter((name) => !names.has(name ?? ''))).toEqual([]);
  });
});

describe('the alarm topic', () => {
  test('the alarm topic is encrypted with a key that CloudWatch may use', () => {
    const key = template.target(topic.properties.KmsMasterKeyId);
    expect(JSON.stringify(key.properties.KeyPolicy)).toContain('cloudwatch.amazonaws.com');
  });

  test('the key of the alarm topic is deleted with the stack, because nothing that it encrypts is kept and a key costs by the month', () => {
    expect(template.target(topic.properties.KmsMasterKeyId).deletionPolicy).toBe('Delete');
  });

  test('the alarm topic has a mail subscription only if an address is configured', () => {
    expect(template.ofType('AWS::SNS::Subscription')).toEqual([]);
    const mailed = new SynthesizedTemplate({ 'hawser:alarmEmail': 'ops@example.com' });
    expect(mailed.one('AWS::SNS::Subscription').properties).toMatchObject({
      Protocol: 'email',
      Endpoint: 'ops@example.com',
    });
  });
});

test('the dashboard shows every alarm', () => {
  const body = JSON.stringify(template.one('AWS::CloudWatch::Dashboard').properties.DashboardBody);
  for (const { id } of template.ofType('AWS::CloudWatch::Alarm')) expect(body).toContain(id);
});
