import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { hawserApp } from '../../lib/app.ts';

const cdkJson = z
  .object({ context: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')));

const resourceSchema = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
});

const templateSchema = z.object({
  Resources: z.record(z.string(), resourceSchema),
  Outputs: z.record(z.string(), z.unknown()),
});

export interface Resource {
  /** Logical id, the resource's name in the template. */
  id: string;
  type: string;
  properties: Record<string, unknown>;
  deletionPolicy: string | undefined;
}

/**
 * The context that the CLI would hand over: that of cdk.json without the settings of the person who deploys from there, plus the
 * given `hawser:` settings. Nothing is bundled (which saves 2 s) and no asset is copied (the CDK's own have 20 MB).
 */
export function cliContext(settings: Record<string, unknown> = {}): Record<string, unknown> {
  const ofTheCdk = Object.entries(cdkJson.context).filter(([key]) => !key.startsWith('hawser:'));
  const unbuilt = { 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-asset-staging': true };
  return { ...Object.fromEntries(ofTheCdk), ...unbuilt, ...settings };
}

/**
 * The synthesized template, as it would be deployed. Only `rules.test.ts` checks rules, because they take most of a synthesis.
 */
export class SynthesizedTemplate {
  readonly resources: readonly Resource[];
  readonly outputs: Record<string, unknown>;

  constructor(settings: Record<string, unknown> = {}) {
    const { app, stack } = hawserApp({
      context: cliContext(settings),
      analyticsReporting: false,
      builtinCloudFormationValidation: false,
    });
    const template = templateSchema.parse(app.synth().getStackByName(stack.stackName).template);
    this.outputs = template.Outputs;
    this.resources = Object.entries(template.Resources).map(([id, resource]) => ({
      id,
      type: resource.Type,
      properties: resource.Properties,
      deletionPolicy: resource.DeletionPolicy,
    }));
  }

  ofType(type: string): Resource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** The stack's own functions, without the CDK's, which copies the dashboard's files when the stack is deployed. */
  get functions(): Resource[] {
    return this.ofType('AWS::Lambda::Function').filter(({ id }) => !id.startsWith('CustomCDKBucketDeployment'));
  }

  /** The only resource of the type whose logical id has this prefix. */
  one(type: string, idPrefix = ''): Resource {
    const found = this.ofType(type).filter(({ id }) => id.startsWith(idPrefix));
    const [resource] = found;
    if (resource === undefined || found.length > 1) {
      throw new Error(`${found.length} resources of type ${type} begin with "${idPrefix}"`);
    }
    return resource;
  }

  /** The resource that a `Ref` or `Fn::GetAtt` leads to. */
  target(reference: unknown): Resource {
    const id = referencedIds(reference).find((candidate) => !candidate.startsWith('AWS::'));
    const resource = this.resources.find((candidate) => candidate.id === id);
    if (resource === undefined) throw new Error(`${JSON.stringify(reference)} leads to no resource`);
    return resource;
  }
}

/** Logical ids that a value refers to, by `Ref` or `Fn::GetAtt`, in order of appearance. */
function referencedIds(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencedIds);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref' && typeof inner === 'string') return [inner];
    if (key === 'Fn::GetAtt' && Array.isArray(inner)) return [String(inner[0])];
    return referencedIds(inner);
  });
}
