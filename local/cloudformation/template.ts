import * as z from 'zod';
import { StartError } from '../start-error.ts';

/** The local stack can't run the template, or a resource in it. The message is meant for the user. */
export class TemplateError extends StartError {
  override readonly name = 'TemplateError';
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html */
const resourceSchema = z.strictObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DependsOn: z.union([z.string().transform((logicalId) => [logicalId]), z.array(z.string())]).default([]),
  Condition: z.string().optional(),
  // The data folder outlives the process. Only its owner deletes it, never a deployment, so these policies have no effect here.
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
  Metadata: z.unknown().optional(),
});

const templateSchema = z.strictObject({
  AWSTemplateFormatVersion: z.literal('2010-09-09').optional(),
  Description: z.string().optional(),
  Metadata: z.unknown().optional(),
  /** The CDK declares one parameter, the version of its bootstrap stack. Only a deployment to AWS needs it. */
  Parameters: z
    .record(z.string(), z.looseObject({ Type: z.string(), Default: z.union([z.string(), z.number()]).optional() }))
    .default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  /** Assertions on the bootstrap stack, which doesn't exist here. */
  Rules: z.unknown().optional(),
  Resources: z.record(z.string(), resourceSchema),
  Outputs: z.record(z.string(), z.looseObject({ Value: z.unknown(), Condition: z.string().optional() })).default({}),
});

export type Template = z.infer<typeof templateSchema>;
export type TemplateResource = z.infer<typeof resourceSchema>;

/** @throws TemplateError that names each part of the template that has no meaning here. */
export function parseTemplate(value: unknown): Template {
  const parsed = templateSchema.safeParse(value);
  if (!parsed.success) throw new TemplateError(`the template can't be read:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
