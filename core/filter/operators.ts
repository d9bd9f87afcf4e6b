import type { RE2JS } from 're2js';
import { $eq, $exists, $in, $ne, $nin, createEqualsOperation, createQueryTester } from 'sift';
import { STEPS_PER_INSTRUCTION } from './limits.ts';

/** What a field is compared with; integers beyond 2^53 as BigInts. */
export type Scalar = string | number | bigint | boolean | null;

/** One operator with its operand. */
export type Operation =
  | { readonly operator: '$eq' | '$ne'; readonly operand: Scalar }
  | { readonly operator: '$gt' | '$gte' | '$lt' | '$lte'; readonly operand: string | number | bigint }
  | { readonly operator: '$in' | '$nin'; readonly operand: readonly Scalar[] }
  | { readonly operator: '$exists'; readonly operand: boolean }
  | { readonly operator: '$regex'; readonly operand: RE2JS };

/** The values that an event has for a field: all elements of a list; `undefined` where it has no such field. */
export type FieldValues = readonly unknown[] | undefined;

type Operations = NonNullable<NonNullable<Parameters<typeof createQueryTester>[1]>['operations']>;
type OperationCreator = Operations[string];

/** As sift's own, but numbers are compared whether they are BigInts or not: sift wants two operands of one type. */
function ordering(holds: (value: string | number | bigint, operand: string | number | bigint) => boolean) {
  const creator: OperationCreator = (operand, query, options) =>
    createEqualsOperation((value: unknown) => isOfKind(value, operand) && holds(value, operand), query, options);
  return creator;
}

function isOfKind(value: unknown, operand: string | number | bigint): value is string | number | bigint {
  return typeof operand === 'string'
    ? typeof value === 'string'
    : typeof value === 'number' || typeof value === 'bigint';
}

/** By RE2, whose time is linear in the text: sift's own `$regex` is JavaScript's, which some patterns stop for years. */
const $regex: OperationCreator = (pattern: RE2JS, query, options) =>
  createEqualsOperation((value: unknown) => typeof value === 'string' && pattern.test(value), query, options);

/** Not among them are those of sift that evaluate text, `$where`, or that nothing here is compared with. */
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

/** As in MongoDB, a field that is not there is equal to `null`. */
function compare(operand: unknown, value: unknown): boolean {
  return operand === value || (operand === null && value === undefined);
}

/** Whether the values of a field are as an operation asks: one of them for most, none of them for `$ne` and `$nin`. */
export function testerOf({ operator, operand }: Operation): (values: FieldValues) => boolean {
  const tester = createQueryTester<FieldValues>({ [operator]: operand }, { operations, compare });
  return (values) => tester(values);
}

/** Steps that it costs to look at a value. */
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
