import { httpMethods } from '../http-method.ts';
import type { Field } from './filter-node.ts';
import type { Operation, Scalar } from './operators.ts';

export interface OperandProblem {
  /** Position in the list of a `$in` or `$nin`. */
  readonly index?: number;
  readonly message: string;
}

/**
 * Operands that the condition's field can never match: everything but the body is text. Such a condition never holds (with `$ne`,
 * always does); in a list, such a value has no effect. This is nearly always a mistake that silently drops or passes every event.
 * Checked only when a filter is set: a stored one that has such a part may still match by another.
 */
export function unmatchableOperands({ root }: Field, operation: Operation): OperandProblem[] {
  if (root === 'body') return [];
  switch (operation.operator) {
    case '$exists':
    case '$regex':
      return [];
    case '$in':
    case '$nin':
      return operation.operand.flatMap((value, index) => {
        const message = equalityProblem(root, value);
        return message === undefined ? [] : [{ index, message }];
      });
    case '$eq':
    case '$ne': {
      const message = equalityProblem(root, operation.operand);
      return message === undefined ? [] : [{ message }];
    }
    default:
      return typeof operation.operand === 'string' ? [] : [{ message: orderingProblem(root, operation.operand) }];
  }
}

function equalityProblem(root: Field['root'], value: Scalar): string | undefined {
  if (value === null) return isAlwaysThere(root) ? `is null, but every event has a ${root}` : undefined;
  if (typeof value !== 'string') return `is ${value}, but ${textFieldLabel(root)}: write "${value}"`;
  return root === 'method' && !isIngestMethod(value)
    ? `is ${value}, but must be one of: ${httpMethods.join(', ')}`
    : undefined;
}

/** Does not suggest writing the number as text: `"10"` is less than `"5"`, so the filter would be silently wrong. */
function orderingProblem(root: Field['root'], value: number | bigint): string {
  return `is ${value}, but ${textFieldLabel(root)}, compared character by character: use $regex, or a number in the body`;
}

function isAlwaysThere(root: Field['root']): boolean {
  return root === 'method' || root === 'path';
}

function textFieldLabel(root: Field['root']): string {
  if (root === 'headers') return 'headers are text';
  return root === 'query' ? 'parameters are text' : `${root} is text`;
}

function isIngestMethod(text: string): boolean {
  return httpMethods.some((method) => method === text);
}
