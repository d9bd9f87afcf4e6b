import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { variable } from '../functions/shared/environment.ts';
import { type Alarms, highestInMinute } from './alarms.ts';
import type { HawserFunction } from './hawser-function.ts';

export interface DeliveryQueueProps {
  alarms: Alarms;
  /** Timeout of the function that reads the queue. */
  functionTimeout: Duration;
}

/**
 * A message is received up to so many times. The function itself dead-letters at the fifth receipt, with the reason in the
 * delivery; the queue's own redrive catches what kills the function before it can.
 */
const maxReceiveCount = 6;

/** One message a due delivery, and the dead-letter queue beside it. */
export class DeliveryQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: DeliveryQueueProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // The longest there is. A redriven message keeps its first enqueue time, so it must outlive the delivery queue's.
      retentionPeriod: Duration.days(14),
    });
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: at least six times the function's timeout.
      visibilityTimeout: Duration.seconds(6 * props.functionTimeout.toSeconds()),
      // What expires here leaves no trace: a delivery has no row before its first attempt. So not the default of four days,
      // which a long weekend with the event source off uses up; nor more, because of the dead-letter queue above.
      retentionPeriod: Duration.days(7),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount },
    });
    this.addAlarms(props.alarms);
  }

  /** For who makes deliveries due: fan-out, retries and replays. */
  grantSend(fn: HawserFunction): void {
    fn.setVariable(variable.deliveryQueueUrl, this.queue.queueUrl);
    fn.allow(['sqs:SendMessage'], [this.queue.queueArn]);
  }

  /** For who gives a delivery up. */
  grantSendDeadLetters(fn: HawserFunction): void {
    fn.setVariable(variable.deadLetterQueueUrl, this.deadLetters.queueUrl);
    fn.allow(['sqs:SendMessage'], [this.deadLetters.queueArn]);
  }

  /** For who replays: a replayed delivery's message leaves the queue. */
  grantTakeDeadLetters(fn: HawserFunction): void {
    fn.setVariable(variable.deadLetterQueueUrl, this.deadLetters.queueUrl);
    fn.allow(['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:ReceiveMessage'], [this.deadLetters.queueArn]);
  }

  /** For who replays many at once: only what was sent again is deleted. */
  grantClearDeadLetters(fn: HawserFunction): void {
    fn.setVariable(variable.deadLetterQueueUrl, this.deadLetters.queueUrl);
    fn.allow(['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'], [this.deadLetters.queueArn]);
  }

  /** Lets the queue drive the function, so many batches at a time. */
  drive(fn: HawserFunction, maxConcurrency: number): void {
    fn.allow(
      ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
      [this.queue.queueArn],
    );
    new EventSourceMapping(fn, 'DeliveryQueueSource', {
      target: fn,
      eventSourceArn: this.queue.queueArn,
      batchSize: 10,
      // No window: a webhook is wanted now, and under load batches are full anyway.
      maxBatchingWindow: Duration.seconds(0),
      reportBatchItemFailures: true,
      maxConcurrency,
    });
  }

  private addAlarms(alarms: Alarms): void {
    alarms.add(this, {
      name: 'dead-letters',
      description: 'Deliveries have run out of retries and lie in the dead-letter queue.',
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible(highestInMinute),
      threshold: 1,
    });
    alarms.add(this, {
      name: 'delivery-queue-age',
      description: 'The oldest message of the delivery queue has waited for half an hour: deliveries are late.',
      metric: this.queue.metricApproximateAgeOfOldestMessage(highestInMinute),
      // A retry's delay is up to 900 s, and a batch that crashed comes back after the visibility timeout of 540 s.
      threshold: Duration.minutes(30).toSeconds(),
      periods: 5,
    });
  }
}
