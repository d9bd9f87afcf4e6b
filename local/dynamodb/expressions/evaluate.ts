import { Buffer } from 'node:buffer';
import { type AttributeValue, type Item, typeOf } from '../attribute-value.ts';
import { compareValues, equalValues } from '../compare.ts';
import type { Comparator } from './ast.ts';
import type { Condition, ConditionFunction, Operand } from './condition.ts';
import { resolvePath } from './path.ts';

/** Whether an item satisfies a condition. An item that doesn't exist counts as one without attributes. */
export function evaluate(condition: Condition, item: Item): boolean {
  switch (condition.kind) {
    case 'and':
      return evaluate(condition.left, item) && evaluate(condition.right, item);
    case 'or':
      return evaluate(condition.left, item) || evaluate(condition.right, item);
    case 'not':
      return !evaluate(condition.condition, item);
    case 'comparison':
      return compare(condition.operator, operandValue(condition.left, item), operandValue(condition.right, item));
    case 'between': {
      const value = operandValue(condition.operand, item);
      return (
        compare('>=', value, operandValue(condition.lower, item)) &&
        compare('<=', value, operandValue(condition.upper, item))
      );
    }
    case 'in': {
      const value = operandValue(condition.operand, item);
      return condition.candidates.some((candidate) => compare('=', value, operandValue(candidate, item)));
    }
    case 'function':
      return evaluateFunction[condition.name](...values(condition.operands, item));
  }
}

function values(operands: readonly Operand[], item: Item): [AttributeValue | undefined, AttributeValue | undefined] {
  const [first, second] = operands;
  return [first && operandValue(first, item), second && operandValue(second, item)];
}

function operandValue(operand: Operand, item: Item): AttributeValue | undefined {
  switch (operand.kind) {
    case 'path':
      return resolvePath(item, operand.path);
    case 'value':
      return operand.value;
    case 'size': {
      const value = operandValue(operand.operand, item);
      const size = value && sizeOf(value);
      return size === undefined ? undefined : { N: String(size) };
    }
  }
}

/** A missing attribute equals nothing, has no order, and differs from everything. */
function compare(operator: Comparator, left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
  if (operator === '<>') return !left || !right || !equalValues(left, right);
  if (!left || !right) return false;
  if (operator === '=') return equalValues(left, right);
  const order = compareValues(left, right);
  if (order === undefined) return false;
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

type Evaluation = (subject: AttributeValue | undefined, argument: AttributeValue | undefined) => boolean;

const evaluateFunction: Record<ConditionFunction, Evaluation> = {
  attribute_exists: (subject) => subject !== undefined,
  attribute_not_exists: (subject) => subject === undefined,
  attribute_type: (subject, type) =>
    subject !== undefined && type !== undefined && 'S' in type && typeOf(subject) === type.S,
  begins_with(subject, prefix) {
    if (!subject || !prefix) return false;
    if ('S' in subject && 'S' in prefix) return subject.S.startsWith(prefix.S);
    return 'B' in subject && 'B' in prefix && bytes(subject.B).indexOf(bytes(prefix.B)) === 0;
  },
  contains(subject, element) {
    if (!subject || !element) return false;
    if ('S' in element && 'S' in subject) return subject.S.includes(element.S);
    if ('B' in element && 'B' in subject) return bytes(subject.B).includes(bytes(element.B));
    if ('S' in element && 'SS' in subject) return subject.SS.includes(element.S);
    if ('N' in element && 'NS' in subject) return subject.NS.includes(element.N);
    if ('B' in element && 'BS' in subject) return subject.BS.includes(element.B);
    return 'L' in subject && subject.L.some((candidate) => equalValues(candidate, element));
  },
};

/** Characters, bytes or elements; numbers, booleans and nulls have no size. */
function sizeOf(value: AttributeValue): number | undefined {
  if ('S' in value) return value.S.length;
  if ('B' in value) return bytes(value.B).byteLength;
  if ('SS' in value) return value.SS.length;
  if ('NS' in value) return value.NS.length;
  if ('BS' in value) return value.BS.length;
  if ('L' in value) return value.L.length;
  if ('M' in value) return Object.keys(value.M).length;
  return undefined;
}

function bytes(base64: string): Buffer {
  return Buffer.from(base64, 'base64');
}
