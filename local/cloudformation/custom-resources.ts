import type { Scope } from './intrinsics.ts';
import { arn } from './names.ts';
import { referencesIn } from './references.ts';
import type { Created, Creation } from './resource-type.ts';
import type { Template } from './template.ts';

/**
 * The functions behind custom resources. They are the CDK's own, in Python with a layer of the AWS CLI. They are not run: the
 * translators of the custom resources do their work here.
 */
export function functionsOfCustomResources(template: Template, condition: Scope['condition']): ReadonlySet<string> {
  return new Set(
    Object.values(template.Resources)
      .filter(({ Type }) => Type.startsWith('Custom::'))
      .flatMap(({ Properties }) => referencesIn(Properties.ServiceToken, condition)),
  );
}

/** The values that other resources may refer to of a function that is not run. */
export function inertFunction({ physicalName, region }: Creation): Created {
  const name = physicalName();
  return { ref: name, attributes: { Arn: arn('lambda', region, `function:${name}`) } };
}
