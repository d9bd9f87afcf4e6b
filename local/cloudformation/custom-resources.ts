import type { Scope } from './intrinsics.ts';
import { arn } from './names.ts';
import { referencesIn } from './references.ts';
import type { Created, Creation } from './resource-type.ts';
import type { Template } from './template.ts';

/**
 * Functions that custom resources name as their makers. They are the CDK's own, in Python with a layer of the AWS CLI: what
 * they would do is done here by the translators of the custom resources, so they are not run.
 */
export function functionsOfCustomResources(template: Template, condition: Scope['condition']): ReadonlySet<string> {
  return new Set(
    Object.values(template.Resources)
      .filter(({ Type }) => Type.startsWith('Custom::'))
      .flatMap(({ Properties }) => referencesIn(Properties.ServiceToken, condition)),
  );
}

/** What others may refer to of a function that is not run. */
export function inertFunction({ physicalName, region }: Creation): Created {
  const name = physicalName();
  return { ref: name, attributes: { Arn: arn('lambda', region, `function:${name}`) } };
}
