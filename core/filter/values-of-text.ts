import { httpMethods } from '../destination.ts';
import type { Field } from './filter-node.ts';
import type { Operation, Scalar } from './operators.ts';

export interface ValueProblem {
  /** In the list of a `$in` or `$nin`. */
  readonly index?: number;
  readonly message: string;
}

/**
 * Values that a condition's field can't have, so that it never holds and its connection gets nothing, without a word: all but the body
 * is text. Told to whoever sets a filter, and not asked of one that is kept: it may hold by another part.
 */
export function impossibleValues({ root }: Field, operation: Operation): ValueProblem[] {
  if (root === 'body') return [];
  const problemOf = (value: Scalar) => {
    if (value === null) return isAlwaysThere(root) ? `is null, but every event has a ${root}` : undefined;
    if (typeof value !== 'string') return `is ${value}, but ${whatIsText(root)}: write "${value}"`;
    return root === 'method' && isCompared(operation) && !isIngestMethod(value)
      ? `is ${value}, but must be one of: ${httpMethods.join(', ')}`
      : undefined;
  };
  switch (operation.operator) {
    case '$exists':
    case '$regex':
      return [];
    case '$in':
    case '$nin':
      return operation.operand.flatMap((value, index) => {
        const message = problemOf(value);
        return message === undefined ? [] : [{ index, message }];
      });
    default: {
      const message = problemOf(operation.operand);
      return message === undefined ? [] : [{ message }];
    }
  }
}

function isAlwaysThere(root: Field['root']): boolean {
  return root === 'method' || root === 'path';
}

function whatIsText(root: Field['root']): string {
  if (root === 'headers') return 'headers are text';
  return root === 'query' ? 'parameters are text' : `${root} is text`;
}

/** Not by order: `{"$gte":"P"}` holds for some. */
function isCompared({ operator }: Operation): boolean {
  return !operator.startsWith('$gt') && !operator.startsWith('$lt');
}

function isIngestMethod(text: string): boolean {
  // Those that API Gateway passes on.
  return httpMethods.some((method) => method === text);
}
