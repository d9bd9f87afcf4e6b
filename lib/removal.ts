import { RemovalPolicy } from 'aws-cdk-lib';
import type { HawserConfig } from './config.ts';

/**
 * Of what is empty until the stack is there: it outlives a stack that is deleted, but not a first deployment that fails, each of
 * which would leave another key to be paid for, another secret and another bucket. Not of a table, whose deletion protection would
 * stop the roll-back; nor of a bucket that is filled while the stack is made, which can't be deleted.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
 */
export function removalOfKept({ removalPolicy }: HawserConfig): RemovalPolicy {
  return removalPolicy === 'retain' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
}
