import { Stack } from 'aws-cdk-lib';
import type { HawserFunction } from './hawser-function.ts';

/**
 * Allows sending to destinations in AWS under a role of their owner: `auth` of the type `aws_role`.
 *
 * Whoever may create destinations chooses the role. In Hawser's own account many roles, such as those of the CDK, trust
 * everything that the account itself allows. So only roles made for Hawser, as their name shows, may be assumed, and only
 * with the external id of an organization.
 */
export function grantAssumeDestinationRoles(fn: HawserFunction): void {
  const { partition } = Stack.of(fn);
  fn.allow(['sts:AssumeRole'], [`arn:${partition}:iam::*:role/hawser-*`], {
    StringLike: { 'sts:ExternalId': 'org_*' },
  });
  fn.acknowledgeWildcard(
    'arn:<AWS::Partition>:iam::*:role/hawser-*',
    'The roles belong to the owners of destinations, in accounts of their own; each must trust this function by name.',
  );
}
