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

/** One message a due delivery, and the dead-letter queue beside it. */
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

  /** For a function that gives a delivery up. */
  grantSendDeadLetters(fn: HawserFunction): void {
    fn.setVariable(variable.deadLetterQueueUrl, this.deadLetters.queueUrl);
    fn.allow(['sqs:SendMessage'], [this.deadLetters.queueArn]);
  }

  /** For a function that replays: a replayed delivery's message leaves the queue. */
  grantTakeDeadLetters(fn: HawserFunction): void {
    fn.setVariable(variable.deadLetterQueueUrl, this.deadLetters.queueUrl);
    fn.allow(['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:ReceiveMessage'], [this.deadLetters.queueArn]);
  }

  /** For a function that replays many at once: only what was sent again is deleted. */
  grantClearDeadLetters(fn: HawserFunction): void {
    fn.setVariable(variable.deadLetterQueueUrl, this.deadLetters.queueUrl);
    fn.allow(['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'], [this.deadLetters.queueArn]);
  }

  /** Lets the queue drive the function, so many batches at a time. */
  drive(fn: HawserFunction, maxConcurrency: number): void {
    // Under load batches are full.
    drive(fn, 'DeliveryQueueSource', this.queue, { batchSize: 10, maxConcurrency });
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
