import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { SynthesizedTemplate } from './support.ts';

const template = new SynthesizedTemplate();
const deliveryFunction = template.one('AWS::Lambda::Function', 'DeliveryFunction');
const replayFunction = template.one('AWS::Lambda::Function', 'ReplaysFunction');
const fanOutFunction = template.one('AWS::Lambda::Function', 'FanOutFunction');
const sources = template.ofType('AWS::Lambda::EventSourceMapping');

function sourceOf(functionId: string) {
  const found = sources.filter(({ properties }) => template.target(properties.FunctionName).id === functionId);
  expect(found).toHaveLength(1);
  return z.record(z.string(), z.unknown()).parse(found[0]?.properties);
}

describe('the delivery queue', () => {
  const source = sourceOf(deliveryFunction.id);
  const queue = template.target(source.EventSourceArn);
  const redrive = z
    .object({ deadLetterTargetArn: z.unknown(), maxReceiveCount: z.number() })
    .parse(queue.properties.RedrivePolicy);

  test('the delivery queue hides a message for at least six times the timeout of its function', () => {
    const timeout = z.number().parse(deliveryFunction.properties.Timeout);
    expect(queue.properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * timeout);
  });

  test('a message goes to the dead-letter queue after six receives, one more than the function itself allows', () => {
    expect(redrive.maxReceiveCount).toBe(6);
    expect(template.target(redrive.deadLetterTargetArn).type).toBe('AWS::SQS::Queue');
  });

  test('the delivery queue keeps a message for a week, and its dead-letter queue for a second week, counted from the same day', () => {
    const deadLetters = template.target(redrive.deadLetterTargetArn);
    expect(deadLetters.properties.MessageRetentionPeriod).toBe(14 * 86_400);
    expect(queue.properties.MessageRetentionPeriod).toBe(7 * 86_400);
  });

  test('the delivery queue drives the function in batches of ten, without a window, with partial responses and bounded concurrency', () => {
    expect(source).toMatchObject({
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: 0,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 400 },
    });
    // A filter on a queue deletes the messages that do not match.
    expect(source).not.toHaveProperty('FilterCriteria');
  });

  test('the delivery queue may be fed by the function that it drives', () => {
    expect(deliveryFunction.properties.RecursiveLoop).toBe('Allow');
  });
});

test('only delivery and replay may feed themselves', () => {
  const functions = template.ofType('AWS::Lambda::Function');
  const allowed = functions.filter(({ properties }) => 'RecursiveLoop' in properties).map(({ id }) => id);
  expect(allowed.sort()).toEqual([deliveryFunction.id, replayFunction.id].sort());
});

describe('the queue of the steps of replays', () => {
  const source = sourceOf(replayFunction.id);
  const queue = template.target(source.EventSourceArn);

  test('the queue of replay steps hides a message for at least six times the timeout of its function', () => {
    const timeout = z.number().parse(replayFunction.properties.Timeout);
    expect(queue.properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * timeout);
  });

  test('a step goes to the dead-letter queue after six receives, one more than the function itself allows, and is kept longer there', () => {
    const redrive = z
      .object({ deadLetterTargetArn: z.unknown(), maxReceiveCount: z.number() })
      .parse(queue.properties.RedrivePolicy);
    expect(redrive.maxReceiveCount).toBe(6);
    const deadLetters = template.target(redrive.deadLetterTargetArn);
    expect(deadLetters.properties.MessageRetentionPeriod).toBe(14 * 86_400);
    expect(queue.properties.MessageRetentionPeriod).toBe(7 * 86_400);
  });

  test('the queue drives the function one step at a time, for ten replays at once', () => {
    expect(source).toMatchObject({
      BatchSize: 1,
      MaximumBatchingWindowInSeconds: 0,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 10 },
    });
    expect(source).not.toHaveProperty('FilterCriteria');
  });

  test('the queue of replay steps may be fed by the function that it drives', () => {
    expect(replayFunction.properties.RecursiveLoop).toBe('Allow');
  });
});

describe('the stream of the events table', () => {
  const source = sourceOf(fanOutFunction.id);

  test('the stream carries the new image, and drives fan-out from its beginning', () => {
    const table = template.target(source.EventSourceArn);
    expect(table.properties.StreamSpecification).toEqual({ StreamViewType: 'NEW_IMAGE' });
    expect(source).toMatchObject({
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 0,
      StartingPosition: 'TRIM_HORIZON',
    });
  });

  test('the stream passes on insertions only', () => {
    expect(source.FilterCriteria).toEqual({ Filters: [{ Pattern: JSON.stringify({ eventName: ['INSERT'] }) }] });
  });

  test('failed batches are retried in part: partial responses, bisected batches', () => {
    expect(source).toMatchObject({
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
    });
  });

  test('retries are bounded in number, and end before the stream drops the record', () => {
    expect(source.MaximumRetryAttempts).toBe(10);
    expect(source.MaximumRecordAgeInSeconds).toBe(23 * 3_600);
  });

  test('batches that fail for good go to a queue that the function may send to', () => {
    const { OnFailure } = z
      .object({ OnFailure: z.object({ Destination: z.unknown() }) })
      .parse(source.DestinationConfig);
    const queue = template.target(OnFailure.Destination);
    expect(queue.type).toBe('AWS::SQS::Queue');
    expect(queue.properties.MessageRetentionPeriod).toBe(14 * 86_400);
  });
});

test('every queue is encrypted', () => {
  for (const { id, properties } of template.ofType('AWS::SQS::Queue')) {
    expect({ id, encrypted: properties.SqsManagedSseEnabled }).toEqual({ id, encrypted: true });
  }
});
