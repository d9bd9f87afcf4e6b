import { CfnResource, Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Accepts one AWS Solutions finding on a construct. The reason is for whoever reviews the deployment. */
export function acknowledge(scope: IConstruct, rule: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions-${rule}`, reason });
}

/** Name of a resource in the template, as it appears in findings about wildcards. */
export function logicalId(resource: IConstruct): string {
  const element = resource.node.defaultChild;
  if (!CfnResource.isCfnResource(element)) throw new Error(`${resource.node.path} is not one resource of the template`);
  return Stack.of(resource).getLogicalId(element);
}
