import { createHash } from 'node:crypto';

/** The account that everything local belongs to. */
export const accountId = '000000000000';

/** Where the stack appears to be deployed. Pseudo parameters and the ARNs of its resources derive from it. */
export interface Environment {
  readonly stackName: string;
  readonly region: string;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html */
export function pseudoParameters({ stackName, region }: Environment): Readonly<Record<string, unknown>> {
  return {
    'AWS::AccountId': accountId,
    'AWS::Region': region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stackName,
    'AWS::StackId': `arn:aws:cloudformation:${region}:${accountId}:stack/${stackName}/local`,
    'AWS::NotificationARNs': [],
  };
}

/** `arn:aws:<service>:<region>:<account>:<resource>` */
export function arn(service: string, region: string, resource: string): string {
  return `arn:aws:${service}:${region}:${accountId}:${resource}`;
}

/**
 * The name of a resource that the template leaves unnamed. Like CloudFormation's, it consists of stack, logical id and a suffix.
 * Unlike CloudFormation's, it is the same at every start, because the data folder is found again by it.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
 */
export function physicalName(stackName: string, logicalId: string, maxLength = 64): string {
  const suffix = stableId(`${stackName}/${logicalId}`, 12).toUpperCase();
  const prefix = `${stackName}-${logicalId}`.slice(0, maxLength - suffix.length - 1);
  return `${prefix}-${suffix}`;
}

/** Letters and digits, always the same for the same seed. */
export function stableId(seed: string, length: number): string {
  return BigInt(`0x${createHash('sha256').update(seed).digest('hex')}`)
    .toString(36)
    .slice(0, length);
}
