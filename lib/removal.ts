import { RemovalPolicy } from 'aws-cdk-lib';
import type { HawserConfig } from './config.ts';

/**
 * The policy for resources that are empty until the stack is created. They outlive the deletion of the stack, but not a first
 * deployment that fails: each failure would leave behind another key to pay for, another secret and another bucket. Not
 * for a table, as its deletion protection would block the roll-back; nor for a bucket that is filled while the stack is
 * created, as it could not be deleted.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
 */
export function retainedRemovalPolicy({ removalPolicy }: HawserConfig): RemovalPolicy {
  return removalPolicy === 'retain' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
}
