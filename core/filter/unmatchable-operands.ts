import { httpMethods } from '../http-method.ts';
import type { Field } from './filter-node.ts';
import type { Operation, Scalar } from './operators.ts';

export interface ValueProblem {
  /** In the list of a `$in` or `$nin`. */
  readonly index?: number;
  readonly message: string;
}

/**
 * Values that a condition's field can never be equal to: all but the body is text. A condition with one never holds (`$ne`: always),
 * or, in a list, is as if the value were not there. That may be as it was meant, but is nearly always a mistake, by which a connection
 * gets nothing, or too much, without a word. Told to whoever sets a filter, and not asked of one that is kept: it may hold by another
 * part.
 */
export function unmatchableOperands({ root }: Field, operation: Operation): ValueProblem[] {
  if (root === 'body') return [];
  switch (operation.operator) {
    case '$exists':
    case '$regex':
      return [];
    case '$in':
    case '$nin':
      return operation.operand.flatMap((value, index) => {
        const message = problemOfEqual(root, value);
        return message === undefined ? [] : [{ index, message }];
      });
    case '$eq':
    case '$ne': {
      const message = problemOfEqual(root, operation.operand);
      return message === undefined ? [] : [{ message }];
    }
    default:
      return typeof operation.operand === 'string' ? [] : [{ message: orderingProblem(root, operation.operand) }];
  }
}

function problemOfEqual(root: Field['root'], value: Scalar): string | undefined {
  if (value === null) return isAlwaysThere(root) ? `is null, but every event has a ${root}` : undefined;
  if (typeof value !== 'string') return `is ${value}, but ${textFieldLabel(root)}: write "${value}"`;
  return root === 'method' && !isIngestMethod(value)
    ? `is ${value}, but must be one of: ${httpMethods.join(', ')}`
    : undefined;
}

/** Not to be written as a text: `"10"` is less than `"5"`, so that the filter would be wrong without a word. */
function orderingProblem(root: Field['root'], value: number | bigint): string {
  return `is ${value}, but ${textFieldLabel(root)}, compared character by character: use $regex, or a number of the body`;
}

function isAlwaysThere(root: Field['root']): boolean {
  return root === 'method' || root === 'path';
}

function textFieldLabel(root: Field['root']): string {
  if (root === 'headers') return 'headers are text';
  return root === 'query' ? 'parameters are text' : `${root} is text`;
}

function isIngestMethod(text: string): boolean {
  // Those that API Gateway passes on.
  return httpMethods.some((method) => method === text);
}
