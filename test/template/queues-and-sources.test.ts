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

  test('hides a message for at least six times the timeout of the function', () => {
    const timeout = z.number().parse(deliveryFunction.properties.Timeout);
    expect(queue.properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * timeout);
  });

  test('gives a message up to the dead-letter queue after six receipts, one more than the function itself allows', () => {
    expect(redrive.maxReceiveCount).toBe(6);
    expect(template.target(redrive.deadLetterTargetArn).type).toBe('AWS::SQS::Queue');
  });

  test('keeps a message for a week, and the dead-letter queue, which counts from the same first day, for another one', () => {
    const deadLetters = template.target(redrive.deadLetterTargetArn);
    expect(deadLetters.properties.MessageRetentionPeriod).toBe(14 * 86_400);
    expect(queue.properties.MessageRetentionPeriod).toBe(7 * 86_400);
  });

  test('drives the function in batches of ten, at once, with partial responses and bounded concurrency', () => {
    expect(source).toMatchObject({
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: 0,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 400 },
    });
    // A filter on a queue deletes the messages that do not match.
    expect(source).not.toHaveProperty('FilterCriteria');
  });

  test('may be fed by the function that it drives', () => {
    expect(deliveryFunction.properties.RecursiveLoop).toBe('Allow');
  });
});

test('no function may feed itself but delivery and replay', () => {
  const functions = template.ofType('AWS::Lambda::Function');
  const allowed = functions.filter(({ properties }) => 'RecursiveLoop' in properties).map(({ id }) => id);
  expect(allowed.sort()).toEqual([deliveryFunction.id, replayFunction.id].sort());
});

describe('the queue of the steps of replays', () => {
  const source = sourceOf(replayFunction.id);
  const queue = template.target(source.EventSourceArn);

  test('hides a message for at least six times the timeout of the function', () => {
    const timeout = z.number().parse(replayFunction.properties.Timeout);
    expect(queue.properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * timeout);
  });

  test('gives a step up after six receipts, one more than the function itself allows, to a queue that outlives it', () => {
    const redrive = z
      .object({ deadLetterTargetArn: z.unknown(), maxReceiveCount: z.number() })
      .parse(queue.properties.RedrivePolicy);
    expect(redrive.maxReceiveCount).toBe(6);
    const deadLetters = template.target(redrive.deadLetterTargetArn);
    expect(deadLetters.properties.MessageRetentionPeriod).toBe(14 * 86_400);
    expect(queue.properties.MessageRetentionPeriod).toBe(7 * 86_400);
  });

  test('drives the function one step at a time, for ten replays at once', () => {
    expect(source).toMatchObject({
      BatchSize: 1,
      MaximumBatchingWindowInSeconds: 0,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 10 },
    });
    expect(source).not.toHaveProperty('FilterCriteria');
  });

  test('may be fed by the function that it drives', () => {
    expect(replayFunction.properties.RecursiveLoop).toBe('Allow');
  });
});

describe('the stream of the events table', () => {
  const source = sourceOf(fanOutFunction.id);

  test('carries the new image, and drives fan-out from its beginning', () => {
    const table = template.target(source.EventSourceArn);
    expect(table.properties.StreamSpecification).toEqual({ StreamViewType: 'NEW_IMAGE' });
    expect(source).toMatchObject({
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 0,
      StartingPosition: 'TRIM_HORIZON',
    });
  });

  test('passes on insertions only', () => {
    expect(source.FilterCriteria).toEqual({ Filters: [{ Pattern: JSON.stringify({ eventName: ['INSERT'] }) }] });
  });

  test('is retried in part: partial responses, bisected batches', () => {
    expect(source).toMatchObject({
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
    });
  });

  test('is retried within bounds: a number of times, and not for as long as the stream keeps the record', () => {
    expect(source.MaximumRetryAttempts).toBe(10);
    expect(source.MaximumRecordAgeInSeconds).toBe(23 * 3_600);
  });

  test('leaves what fails for good in a queue that the function may send to', () => {
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
