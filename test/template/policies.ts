import * as z from 'zod';
import type { Resource, SynthesizedTemplate } from './support.ts';

const oneOrMany = z.union([z.array(z.unknown()), z.unknown().transform((value) => [value])]);

const statementSchema = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMany.pipe(z.array(z.string())),
  Resource: oneOrMany.default([]),
  Principal: z.unknown().optional(),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});

const documentSchema = z.object({ Statement: z.array(statementSchema) });

export interface Statement extends z.infer<typeof statementSchema> {
  /** The resource that carries the policy. */
  owner: Resource;
}

/** Where each type of resource keeps its policy documents. */
const documentProperties = ['PolicyDocument', 'KeyPolicy', 'AssumeRolePolicyDocument', 'ResourcePolicy', 'Policy'];

/** Every statement of every policy in the template: of identities, of resources and of trust. */
export function allStatements(template: SynthesizedTemplate): Statement[] {
  return template.resources.flatMap((owner) => documentsOf(owner).flatMap((document) => statements(owner, document)));
}

/** What the role of a function may do, by its identity policies. */
export function statementsOfFunction(template: SynthesizedTemplate, fn: Resource): Statement[] {
  const role = template.target(fn.properties.Role);
  return template
    .ofType('AWS::IAM::Policy')
    .filter(({ properties }) =>
      z
        .array(z.object({ Ref: z.string() }))
        .parse(properties.Roles)
        .some(({ Ref }) => Ref === role.id),
    )
    .flatMap((policy) => statements(policy, policy.properties.PolicyDocument));
}

function documentsOf({ properties }: Resource): unknown[] {
  const inline = z
    .array(z.object({ PolicyDocument: z.unknown() }))
    .default([])
    .parse(properties.Policies);
  const own = documentProperties.map((name) => properties[name]).filter((document) => document !== undefined);
  return [...own, ...inline.map(({ PolicyDocument }) => PolicyDocument)];
}

function statements(owner: Resource, document: unknown): Statement[] {
  return documentSchema.parse(document).Statement.map((statement) => ({ ...statement, owner }));
}
