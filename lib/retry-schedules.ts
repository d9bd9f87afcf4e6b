import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { variable } from '../functions/shared/environment.ts';
import { acknowledge } from './acknowledge.ts';
import { type Alarms, everyMinute, highestInMinute } from './alarms.ts';
import type { HawserFunction } from './hawser-function.ts';

export interface RetrySchedulesProps {
  alarms: Alarms;
  /** The queue to which a schedule sends the retry. */
  target: Queue;
}

/**
 * For retries further away than SQS can delay (900 s): the delivery function creates one-time schedules in this group,
 * and EventBridge Scheduler sends the retries back to the delivery queue under this role.
 */
export class RetrySchedules extends Construct {
  private readonly group: ScheduleGroup;
  readonly deadLetters: Queue;
  private readonly role: Role;

  constructor(scope: Construct, id: string, props: RetrySchedulesProps) {
    super(scope, id);
    this.group = new ScheduleGroup(this, 'Group', {
      // The default name is the same for every stack of this app.
      scheduleGroupName: `${Stack.of(this).stackName}-retries`,
      // Without its queue a schedule has nothing left to do.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(
      this.deadLetters,
      'SQS3',
      'This is itself the dead-letter queue of the schedules; an alarm watches it.',
    );
    this.role = new Role(this, 'Role', {
      description: 'Hawser: EventBridge Scheduler sends due retries into the delivery queue',
      // Only schedules of this group, of this account, may assume it.
      // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account, 'aws:SourceArn': this.group.scheduleGroupArn },
        },
      }),
    });
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ['sqs:SendMessage'],
        resources: [props.target.queueArn, this.deadLetters.queueArn],
      }),
    );
    this.addAlarms(props.alarms);
  }

  /** For a function that schedules retries: it may create schedules in this one group, and pass this one role. */
  grantCreate(fn: HawserFunction): void {
    fn.setVariable(variable.scheduleGroup, this.group.scheduleGroupName);
    fn.setVariable(variable.scheduleRoleArn, this.role.roleArn);
    fn.setVariable(variable.scheduleDeadLetterArn, this.deadLetters.queueArn);
    const schedules = Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule',
      resourceName: `${this.group.scheduleGroupName}/*`,
    });
    fn.allow(['scheduler:CreateSchedule'], [schedules]);
    fn.acknowledgeWildcard(
      `arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/${this.group.scheduleGroupName}/*`,
      'Schedules are named after their deliveries at run time; the wildcard is confined to the one group.',
    );
    fn.allow(['iam:PassRole'], [this.role.roleArn], {
      StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
    });
  }

  private addAlarms(alarms: Alarms): void {
    alarms.add(this, {
      name: 'schedule-dead-letters',
      description:
        'EventBridge Scheduler could not send retries into the delivery queue; they are in the dead-letter queue of the schedules.',
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible(highestInMinute),
      threshold: 1,
    });
    alarms.add(this, {
      name: 'schedule-drops',
      description: 'EventBridge Scheduler gave up on retries.',
      metric: this.group.metricDropped(everyMinute),
      threshold: 1,
    });
  }
}
