import { Duration } from 'aws-cdk-lib';
import { MathExpression, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { type Alarms, highestInMinute } from './alarms.ts';
import type { HawserConfig } from './config.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import { HawserFunction } from './hawser-function.ts';
import type { Storage } from './storage/storage.ts';

export interface FanOutProps {
  config: HawserConfig;
  alarms: Alarms;
  storage: Storage;
  deliveryQueue: DeliveryQueue;
}

/** Reads the stream of the events table and puts one message per destination into the delivery queue. */
export class FanOut extends Construct {
  readonly function: HawserFunction;
  readonly failures: Queue;
  readonly iteratorAge: Metric;

  constructor(scope: Construct, id: string, props: FanOutProps) {
    super(scope, id);
    this.function = new HawserFunction(this, 'Function', {
      config: props.config,
      alarms: props.alarms,
      name: 'fan-out',
      description: 'Hawser: one message for each destination of a new event',
      memoryMb: 512,
      // A batch is 100 events; with ten destinations each, that makes 100 calls of SendMessageBatch.
      timeout: Duration.seconds(60),
    });
    props.storage.events.grantReadBodies(this.function);
    props.storage.configuration.grantReadConnections(this.function);
    props.storage.configuration.grantLookUp(this.function);
    props.storage.deliveries.grantLineUp(this.function);
    props.storage.deliveries.grantCountEvents(this.function);
    props.deliveryQueue.grantSend(this.function);
    this.failures = this.failureQueue();
    this.readStream(props.storage);
    this.iteratorAge = this.function.metric('IteratorAge', highestInMinute);
    this.addAlarms(props.alarms, props.storage);
  }

  private failureQueue(): Queue {
    const queue = new Queue(this, 'Failures', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(
      queue,
      'SQS3',
      'This is itself where the stream source puts the batches it gave up on; an alarm watches it.',
    );
    return queue;
  }

  private readStream(storage: Storage): void {
    const streamArn = storage.events.table.tableStreamArn;
    if (streamArn === undefined) throw new Error('the events table has no stream');
    this.function.allow(
      ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
      [streamArn],
    );
    this.function.allow(['sqs:SendMessage'], [this.failures.queueArn]);
    new EventSourceMapping(this.function, 'EventsStreamSource', {
      target: this.function,
      eventSourceArn: streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      // No window: webhooks should not wait, and under load batches are full anyway.
      maxBatchingWindow: Duration.seconds(0),
      // With more than one batch per shard at a time, only single items would stay in order, not the events of a source, and
      // batches would be smaller. One does 100 events in about 100 ms: 1,000 a second, twice what the shard's partition takes in.
      parallelizationFactor: 1,
      // Events never change, and deletions by TTL must not be fanned out.
      filters: [FilterCriteria.filter({ eventName: FilterRule.isEqual('INSERT') })],
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      // Splitting a batch does not count as a retry, so all of these are for records that still fail.
      // https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
      retryAttempts: 10,
      // The stream keeps records for 24 h: gives up while the message in the failure queue still leads to the record.
      maxRecordAge: Duration.hours(23),
      // Not SqsDlq, which grants more than sending.
      onFailure: { bind: () => ({ destination: this.failures.queueArn }) },
    });
  }

  private addAlarms(alarms: Alarms, storage: Storage): void {
    alarms.add(this, {
      name: 'fan-out-failures',
      description: 'Fan-out gave up on events: they are stored, but not on their way to any destination.',
      metric: this.failures.metricApproximateNumberOfMessagesVisible(highestInMinute),
      threshold: 1,
    });
    alarms.add(this, {
      name: 'fan-out-iterator-age',
      description: 'Fan-out is more than a minute behind the events that come in.',
      metric: this.iteratorAge,
      threshold: Duration.minutes(1).toMilliseconds(),
      periods: 5,
    });
    alarms.add(this, {
      name: 'fan-out-stopped',
      description: 'Events are stored, but fan-out has not been called for two hours: nothing is on its way.',
      metric: this.writtenWithoutCall(storage),
      threshold: 1,
      periods: 2,
    });
  }

  /**
   * Write units of the events table in an hour in which fan-out was not called at all. Then fan-out has no metric of
   * its own that could tell, not even an iterator age: its event source is disabled, or can't read the stream, which
   * keeps events for 24 h.
   *
   * Units, because ingest puts events, and the API also writes them in transactions; deletions by TTL take none. Two
   * hours in a row, because an event at the end of one may be fanned out in the next, which then has a call: so there
   * is no false alarm, however few events come. Hours, so that one event an hour is enough to notice, with 22 h left.
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
   */
  private writtenWithoutCall(storage: Storage): MathExpression {
    return new MathExpression({
      expression: 'IF(FILL(calls, 0) == 0, FILL(written, 0), 0)',
      usingMetrics: {
        calls: this.function.metricInvocations(),
        written: storage.events.table.metricConsumedWriteCapacityUnits(),
      },
      label: 'written without a call of fan-out',
      period: Duration.hours(1),
    });
  }
}
