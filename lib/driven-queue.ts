import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { HawserFunction } from './hawser-function.ts';

/** A queue that drives a function, and where its messages go that the function dies of. */
export interface DrivenQueue {
  readonly queue: Queue;
  readonly deadLetters: Queue;
}

/**
 * A message is received up to so many times. The functions themselves give up at the fifth receipt, and say why; the queue's own
 * redrive catches what kills the function before it can, and what Lambda had no room for: a batch that is throttled for as long as
 * the visibility timeout has been received as well.
 */
const maxReceiveCount = 6;

/** @param functionTimeout of the function that the queue drives */
export function addDrivenQueue(scope: Construct, functionTimeout: Duration): DrivenQueue {
  const deadLetters = new Queue(scope, 'DeadLetters', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    // The longest there is. A redriven message keeps its first enqueue time, so it must outlive the queue's own.
    retentionPeriod: Duration.days(14),
  });
  const queue = new Queue(scope, 'Queue', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: at least six times the function's timeout.
    visibilityTimeout: Duration.seconds(6 * functionTimeout.toSeconds()),
    // What expires here leaves no trace: a delivery has no row before its first attempt, and the message of a running replay is
    // all that keeps it running. So not the default of four days, which a long weekend with the event source off uses up; nor
    // more, because of the dead-letter queue above.
    retentionPeriod: Duration.days(7),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount },
  });
  return { queue, deadLetters };
}

/** Lets the queue drive the function. No batching window: what is in the queue is wanted now. */
export function drive(
  fn: HawserFunction,
  id: string,
  { queueArn }: Queue,
  { batchSize, maxConcurrency }: { batchSize: number; maxConcurrency: number },
): void {
  fn.allow(
    ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    [queueArn],
  );
  new EventSourceMapping(fn, id, {
    target: fn,
    eventSourceArn: queueArn,
    batchSize,
    maxBatchingWindow: Duration.seconds(0),
    reportBatchItemFailures: true,
    maxConcurrency,
  });
}
