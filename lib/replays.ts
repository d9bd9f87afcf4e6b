import { Duration } from 'aws-cdk-lib';
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { REPLAY_SECONDS } from '../functions/lifetimes.ts';
import { variable } from '../functions/shared/environment.ts';
import { type Alarms, highestInMinute } from './alarms.ts';
import type { HawserConfig } from './config.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import { addDrivenQueue, drive } from './driven-queue.ts';
import type { OperationalEvents } from './event-bus.ts';
import { HawserFunction } from './hawser-function.ts';
import type { Storage } from './storage/storage.ts';

export interface ReplaysProps {
  config: HawserConfig;
  alarms: Alarms;
  storage: Storage;
  deliveryQueue: DeliveryQueue;
  operationalEvents: OperationalEvents;
}

const functionTimeout = Duration.seconds(REPLAY_SECONDS);

/** Sends many deliveries again, step by step: a queue of steps, and the function that runs them. */
export class Replays extends Construct {
  readonly function: HawserFunction;
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: ReplaysProps) {
    super(scope, id);
    const { config, alarms, storage, deliveryQueue } = props;
    const { queue, deadLetters } = addDrivenQueue(this, functionTimeout);
    this.queue = queue;
    this.deadLetters = deadLetters;
    this.function = new HawserFunction(this, 'Function', {
      config,
      alarms,
      name: 'replay',
      description: 'Hawser: sends many deliveries again, a page at a time',
      memoryMb: 512,
      timeout: functionTimeout,
      // A step is meant to send the next one to the function's own queue. Lambda would take that for a runaway loop and stop
      // it at the 16th. Every replay is bounded: it goes once through what existed when it began.
      // https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
      recursiveLoop: RecursiveLoop.ALLOW,
      handsBack: true,
    });
    drive(this.function, 'ReplayQueueSource', this.queue, {
      // Steps of different replays share nothing, and a slow one would delay the others of its batch.
      batchSize: 1,
      // Ten replays at a time are up to a thousand deliveries a second. Fair queues share them among organizations.
      maxConcurrency: 10,
    });
    this.grantStep(this.function);
    deliveryQueue.grantSend(this.function);
    deliveryQueue.grantClearDeadLetters(this.function);
    storage.events.grantFind(this.function);
    // Only the event itself shows whether a delivery is missing or was kept out by a filter.
    storage.events.grantLookUp(this.function);
    storage.deliveries.grantReplay(this.function);
    storage.configuration.grantRunReplays(this.function);
    props.operationalEvents.grantPublish(this.function);
    this.addAlarms(alarms);
  }

  /** For a function that begins or continues replays. */
  grantStep(fn: HawserFunction): void {
    fn.setVariable(variable.replayQueueUrl, this.queue.queueUrl);
    fn.allow(['sqs:SendMessage'], [this.queue.queueArn]);
  }

  private addAlarms(alarms: Alarms): void {
    alarms.add(this, {
      name: 'replay-dead-letters',
      description: 'Steps of replays were given up: those replays are shown as running, but make no progress.',
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible(highestInMinute),
      threshold: 1,
    });
    alarms.add(this, {
      name: 'replay-queue-age',
      description: 'The oldest step of a replay has waited for a quarter of an hour: replays are late.',
      metric: this.queue.metricApproximateAgeOfOldestMessage(highestInMinute),
      // A step that crashed comes back after the visibility timeout of 180 s, up to five times.
      threshold: Duration.minutes(15).toSeconds(),
      periods: 5,
    });
  }
}
