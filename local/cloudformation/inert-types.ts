import { arn } from './names.ts';
import type { Created } from './resource-type.ts';

interface InertType {
  /** Why nothing has to be simulated. */
  readonly reason: string;
  /** The values that other resources may refer to, derived from the resource's name. */
  readonly created?: (name: string, region: string) => Created;
  /** The property that names the resource, if the template gives it a name. */
  readonly nameProperty?: string;
}

const permissions = 'the local endpoint checks no permissions';
const monitoring = 'there is no CloudWatch here; the queues can be looked into through the AWS endpoint';

/**
 * Types of resources that may be declared but have no effect on one machine. A type that is neither here nor among the
 * translators stops the start.
 */
export const inertTypes: Readonly<Record<string, InertType>> = {
  'AWS::ApiGateway::Account': { reason: 'the role under which API Gateway writes to CloudWatch Logs' },
  'AWS::CDK::Metadata': { reason: 'which versions of the CDK made the template' },
  'AWS::CloudFront::OriginAccessControl': {
    reason: permissions,
    created: (name) => ({ ref: name, attributes: { Id: name } }),
  },
  'AWS::CloudWatch::Alarm': {
    reason: monitoring,
    nameProperty: 'AlarmName',
    created: (name, region) => ({ ref: name, attributes: { Arn: arn('cloudwatch', region, `alarm:${name}`) } }),
  },
  'AWS::CloudWatch::Dashboard': { reason: monitoring, nameProperty: 'DashboardName' },
  'AWS::Events::EventBusPolicy': { reason: permissions },
  'AWS::IAM::ManagedPolicy': { reason: permissions },
  'AWS::IAM::Policy': { reason: permissions },
  'AWS::IAM::Role': {
    reason: permissions,
    nameProperty: 'RoleName',
    created: (name) => ({ ref: name, attributes: { Arn: arn('iam', '', `role/${name}`), RoleId: name } }),
  },
  'AWS::Lambda::LayerVersion': { reason: 'layers of functions in other languages, of which none is run here' },
  'AWS::Lambda::Permission': { reason: permissions },
  'AWS::Logs::LogGroup': {
    reason: 'the runner writes log lines to files in the data folder',
    nameProperty: 'LogGroupName',
    created: (name, region) => ({ ref: name, attributes: { Arn: arn('logs', region, `log-group:${name}:*`) } }),
  },
  'AWS::S3::BucketPolicy': { reason: permissions },
  'AWS::SecretsManager::ResourcePolicy': { reason: permissions },
  'AWS::SNS::Subscription': { reason: 'mails of alarms, and there are no alarms here' },
  'AWS::SNS::Topic': {
    reason: 'alarms alone publish to it, and there are no alarms here',
    nameProperty: 'TopicName',
    created: (name, region) => {
      const topicArn = arn('sns', region, name);
      return { ref: topicArn, attributes: { TopicArn: topicArn, TopicName: name } };
    },
  },
  'AWS::SNS::TopicPolicy': { reason: permissions },
  'AWS::SQS::QueuePolicy': { reason: permissions },
};
