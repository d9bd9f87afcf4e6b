import type * as z from 'zod';
import { type AwsError, notImplemented } from './aws-error.ts';

/** Why a member of a request can't be taken. `path` is dotted, with the index of list members: `Entries.0.Id`. */
export interface InputProblem {
  readonly kind: 'missing' | 'malformed';
  readonly path: string;
  readonly reason: string;
}

/**
 * Reads a request by its strict schema, which lists exactly the parameters that the operation honours.
 *
 * A member outside the schema is refused with 501, so nothing is silently ignored. `refuse` makes the error for any other
 * problem, because each service has its own error for a missing or malformed member.
 */
export function parseInput<T>(
  schema: z.ZodType<T>,
  input: unknown,
  service: string,
  operation: string,
  refuse: (problem: InputProblem) => AwsError,
): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue === undefined) throw new Error(`the schema of ${operation} refused its input without saying why`);
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const parameter = [path, issue.keys[0]].filter(Boolean).join('.');
    throw notImplemented(service, `the parameter ${parameter} of ${operation}`);
  }
  const missing = issue.path.length > 0 && memberAt(input, issue.path) === undefined;
  throw refuse({ kind: missing ? 'missing' : 'malformed', path, reason: issue.message });
}

function memberAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}
