import type { RE2JS } from 're2js';
import { $eq, $exists, $in, $ne, $nin, createEqualsOperation, createQueryTester } from 'sift';
import { STEPS_PER_INSTRUCTION } from './limits.ts';

/** A value that a field is compared with; integers beyond 2^53 are BigInts. */
export type Scalar = string | number | bigint | boolean | null;

/** One operator with its operand. */
export type Operation =
  | { readonly operator: '$eq' | '$ne'; readonly operand: Scalar }
  | { readonly operator: '$gt' | '$gte' | '$lt' | '$lte'; readonly operand: string | number | bigint }
  | { readonly operator: '$in' | '$nin'; readonly operand: readonly Scalar[] }
  | { readonly operator: '$exists'; readonly operand: boolean }
  | { readonly operator: '$regex'; readonly operand: RE2JS };

/** An event's values of a field: all elements of a list; `undefined` if it has no such field. */
export type FieldValues = readonly unknown[] | undefined;

type Operations = NonNullable<NonNullable<Parameters<typeof createQueryTester>[1]>['operations']>;
type OperationCreator = Operations[string];

/** Like sift's own, but compares numbers with BigInts too: sift requires both operands to have the same type. */
function ordering(holds: (value: string | number | bigint, operand: string | number | bigint) => boolean) {
  const creator: OperationCreator = (operand, query, options) =>
    createEqualsOperation((value: unknown) => isSameKind(value, operand) && holds(value, operand), query, options);
  return creator;
}

function isSameKind(value: unknown, operand: string | number | bigint): value is string | number | bigint {
  return typeof operand === 'string'
    ? typeof value === 'string'
    : typeof value === 'number' || typeof value === 'bigint';
}

/** Uses RE2, which runs in time linear in the text: sift's own `$regex` is JavaScript's, which some patterns block for years. */
const $regex: OperationCreator = (pattern: RE2JS, query, options) =>
  createEqualsOperation((value: unknown) => typeof value === 'string' && pattern.test(value), query, options);

/** sift's other operators are left out: `$where` evaluates code, and the rest have no use here. */
const operations: Operations = {
  $eq,
  $ne,
  $in,
  $nin,
  $exists,
  $gt: ordering((value, operand) => value > operand),
  $gte: ordering((value, operand) => value >= operand),
  $lt: ordering((value, operand) => value < operand),
  $lte: ordering((value, operand) => value <= operand),
  $regex,
};
export const operators = Object.keys(operations);

/** As in MongoDB, a missing field equals `null`. */
function compare(operand: unknown, value: unknown): boolean {
  return operand === value || (operand === null && value === undefined);
}

/** Builds the test for a field's values: most operators need one value that matches, `$ne` and `$nin` none that does. */
export function testerOf({ operator, operand }: Operation): (values: FieldValues) => boolean {
  const tester = createQueryTester<FieldValues>({ [operator]: operand }, { operations, compare });
  return (values) => tester(values);
}

/** Steps that it takes to look at a value. */
export function costOf({ operator, operand }: Operation, value: unknown): number {
  switch (operator) {
    case '$in':
    case '$nin':
      return operand.length;
    case '$regex':
      return typeof value === 'string' ? 1 + value.length * operand.programSize() * STEPS_PER_INSTRUCTION : 1;
    default:
      return 1;
  }
}
