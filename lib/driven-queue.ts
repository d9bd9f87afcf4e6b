import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { HawserFunction } from './hawser-function.ts';

/** A queue that drives a function, and the queue for messages that crash the function. */
export interface DrivenQueue {
  readonly queue: Queue;
  readonly deadLetters: Queue;
}

/**
 * The most times that a message is received. The functions themselves give up at the fifth receive, and log why. The
 * redrive policy catches messages that kill the function before it can do that, and messages that Lambda had no room
 * for: a batch that is throttled for the whole visibility timeout has been received, too.
 */
const maxReceiveCount = 6;

/** @param functionTimeout of the function that the queue drives */
export function addDrivenQueue(scope: Construct, functionTimeout: Duration): DrivenQueue {
  const deadLetters = new Queue(scope, 'DeadLetters', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    // The maximum. A redriven message keeps its first enqueue time, so it must outlive the queue's own.
    retentionPeriod: Duration.days(14),
  });
  const queue = new Queue(scope, 'Queue', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: at least six times the function's timeout.
    visibilityTimeout: Duration.seconds(6 * functionTimeout.toSeconds()),
    // What expires here leaves no trace: a delivery has no row before its first attempt, and its message is all that keeps a
    // replay running. The default of four days could pass in a long weekend with the event source off; more than seven would
    // leave the dead-letter queue above too little.
    retentionPeriod: Duration.days(7),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount },
  });
  return { queue, deadLetters };
}

/** Lets the queue drive the function, without a batching window because messages should not wait. */
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
