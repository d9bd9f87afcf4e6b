import { Duration } from 'aws-cdk-lib';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { variable } from '../functions/shared/environment.ts';
import { type Alarms, highestInMinute } from './alarms.ts';
import { addDrivenQueue, drive } from './driven-queue.ts';
import type { HawserFunction } from './hawser-function.ts';

export interface DeliveryQueueProps {
  alarms: Alarms;
  /** Timeout of the function that reads the queue. */
  functionTimeout: Duration;
}

/** One message per due delivery, and the dead-letter queue beside it. */
export class DeliveryQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: DeliveryQueueProps) {
    super(scope, id);
    const { queue, deadLetters } = addDrivenQueue(this, props.functionTimeout);
    this.queue = queue;
    this.deadLetters = deadLetters;
    this.addAlarms(props.alarms);
  }

  /** For a function that makes deliveries due: fan-out, retries and replays. */
  grantSend(fn: HawserFunction): void {
    fn.setVariable(variable.deliveryQueueUrl, this.queue.queueUrl);
    fn.allow(['sqs:SendMessage'], [this.queue.queueArn]);
  }

  /** For a function that gives up on deliveries. */
  grantSendDeadLetters(fn: HawserFunction): void {
    fn.setVariable(variable.deadLetterQueueUrl, this.deadLetters.queueUrl);
    fn.allow(['sqs:SendMessage'], [this.deadLetters.queueArn]);
  }

  /** For a function that replays: the message of a replayed delivery leaves the dead-letter queue. */
  grantTakeDeadLetters(fn: HawserFunction): void {
    fn.setVariable(variable.deadLetterQueueUrl, this.deadLetters.queueUrl);
    fn.allow(['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:ReceiveMessage'], [this.deadLetters.queueArn]);
  }

  /** For a function that replays many deliveries: it deletes only messages of those that were sent again. */
  grantClearDeadLetters(fn: HawserFunction): void {
    fn.setVariable(variable.deadLetterQueueUrl, this.deadLetters.queueUrl);
    fn.allow(['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'], [this.deadLetters.queueArn]);
  }

  /** Lets the queue drive the function, with this many batches at a time. */
  drive(fn: HawserFunction, maxConcurrency: number): void {
    // Without a batching window: under load batches are full anyway.
    drive(fn, 'DeliveryQueueSource', this.queue, { batchSize: 10, maxConcurrency });
  }

  private addAlarms(alarms: Alarms): void {
    alarms.add(this, {
      name: 'dead-letters',
      description: 'Deliveries have run out of retries and are in the dead-letter queue.',
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible(highestInMinute),
      threshold: 1,
    });
    alarms.add(this, {
      name: 'delivery-queue-age',
      description: 'The oldest message of the delivery queue has waited for half an hour: deliveries are late.',
      metric: this.queue.metricApproximateAgeOfOldestMessage(highestInMinute),
      // A retry may be delayed by 900 s, and a batch that crashed comes back after the visibility timeout of 540 s.
      threshold: Duration.minutes(30).toSeconds(),
      periods: 5,
    });
  }
}
