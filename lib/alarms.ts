import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface AlarmOptions {
  /** Lower case with hyphens. Also the heading of the alarm's section in docs/operations.md. */
  name: string;
  /** One sentence: what is wrong when it fires. */
  description: string;
  metric: IMetric;
  /** Fires when the metric is at or above it. */
  threshold: number;
  /** How many of the latest periods count; default 1. */
  periods?: number;
  /** In how many of these periods the metric must be at or above the threshold; default all. */
  datapoints?: number;
}

export interface AlarmsProps {
  email: string | undefined;
}

/**
 * The topic that all alarms notify, and the only way to declare an alarm, so that each has a section in the runbook.
 */
export class Alarms extends Construct {
  readonly topic: Topic;
  readonly declared: Alarm[] = [];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    // CloudWatch can't use the AWS-managed key of SNS, so an encrypted topic needs a key of its own.
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    const key = new Key(this, 'TopicKey', {
      description: 'Encrypts the alarm topic of Hawser',
      enableKeyRotation: true,
      // Nothing encrypted with it outlives the topic.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true });
    const ownAlarms = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com');
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsEncrypt',
        effect: Effect.ALLOW,
        principals: [cloudWatch],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        // In a key policy `*` means this key.
        resources: ['*'],
        conditions: ownAlarms,
      }),
    );
    // A custom topic policy (here: TLS only) replaces the default one, which lets the account's alarms publish.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsPublish',
        effect: Effect.ALLOW,
        principals: [cloudWatch],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: ownAlarms,
      }),
    );
    if (props.email !== undefined) this.topic.addSubscription(new EmailSubscription(props.email));
  }

  /** Declares an alarm in the construct that it watches. */
  add(scope: Construct, options: AlarmOptions): Alarm {
    const alarm = new Alarm(scope, `Alarm-${options.name}`, {
      alarmName: `${Stack.of(this).stackName}-${options.name}`,
      alarmDescription: `${options.description} Runbook: docs/operations.md#${options.name}`,
      metric: options.metric,
      threshold: options.threshold,
      evaluationPeriods: options.periods ?? 1,
      ...(options.datapoints !== undefined && { datapointsToAlarm: options.datapoints }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // All these metrics report only while something happens, so silence means health. CloudWatch ignores this setting for metrics of
      // DynamoDB, and keeps the state: see `fan-out-stopped`, which fills in missing data.
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
    this.declared.push(alarm);
    return alarm;
  }
}

/** For events that must never happen, counted per minute: the alarm fires as soon as CloudWatch allows. */
export const everyMinute = { statistic: Stats.SUM, period: Duration.minutes(1) };
/**
 * For failures in three of thirty minutes. Not in three consecutive minutes, because missing data counts as good: with
 * one webhook every two minutes, or one message that fails again and again, they never fill three in a row. A message
 * of delivery comes back after 540 s, so three tries are seen after 18 minutes, with as many left until the fifth ends
 * it; one of a replay after 180 s.
 */
export const inThreeMinutes = { threshold: 1, periods: 30, datapoints: 3 };
/** For failures that may each lose a webhook, in two of thirty minutes: sooner than three, but not for a single hiccup. */
export const inTwoMinutes = { threshold: 1, periods: 30, datapoints: 2 };
/** For a level, such as a queue's depth: its highest value in a minute. */
export const highestInMinute = { statistic: Stats.MAXIMUM, period: Duration.minutes(1) };
