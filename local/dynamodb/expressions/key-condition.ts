import type { AttributeValue } from '../attribute-value.ts';
import { invalidParameters, validationError } from '../errors.ts';
import { type KeyAttribute, type KeySchema, keyAttributes, keyBytes } from '../key-schema.ts';
import type { Comparator } from './ast.ts';
import type { Condition, Operand } from './condition.ts';

/** The items of one partition that a query reads. */
export interface KeyCondition {
  readonly partition: AttributeValue;
  readonly sort: SortCondition | undefined;
}

export type SortCondition =
  | { readonly operator: Exclude<Comparator, '<>'> | 'begins_with'; readonly value: AttributeValue }
  | { readonly operator: 'between'; readonly value: AttributeValue; readonly upper: AttributeValue };

type Term = { readonly name: string; readonly condition: SortCondition };

const MAX_TERMS = 2;

/** Fits a condition to the key of a table or index. @throws ValidationException if it is no key condition. */
export function keyConditionOf(condition: Condition, key: KeySchema): KeyCondition {
  const terms = termsOf(condition);
  const byName = new Map(terms.map((term) => [term.name, term.condition]));
  if (byName.size < terms.length) {
    throw validationError('KeyConditionExpressions must only contain one condition per key');
  }
  if (terms.length > MAX_TERMS) throw validationError('Conditions can be of length 1 or 2 only');
  const { partition, sort } = key;
  if (!sort && terms.length > 1) throw validationError('Query key condition not supported');
  for (const attribute of keyAttributes(key)) checkTerm(attribute, byName);
  const equality = byName.get(partition.name);
  if (equality?.operator !== '=') throw validationError('Query key condition not supported');
  return { partition: equality.value, sort: sort && byName.get(sort.name) };

  function checkTerm(attribute: KeyAttribute, conditions: ReadonlyMap<string, SortCondition>): void {
    const term = conditions.get(attribute.name);
    if (!term) {
      if (attribute === partition || conditions.size > 1) {
        throw validationError(`Query condition missed key schema element: ${attribute.name}`);
      }
      return;
    }
    for (const value of term.operator === 'between' ? [term.value, term.upper] : [term.value]) {
      checkTermValue(attribute, value);
    }
  }
}

function checkTermValue(attribute: KeyAttribute, value: AttributeValue): void {
  if (!(attribute.type in value)) throw invalidParameters('Condition parameter type does not match schema type');
  if (keyBytes(value) === 0) {
    throw validationError(
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ' +
        `${attribute.type === 'S' ? 'string' : 'binary'} value. Key: ${attribute.name}`,
    );
  }
}

function termsOf(condition: Condition): Term[] {
  switch (condition.kind) {
    case 'and':
      return [...termsOf(condition.left), ...termsOf(condition.right)];
    case 'or':
    case 'not':
    case 'in':
      throw unsupportedOperator(condition.kind.toUpperCase());
    case 'comparison':
      if (condition.operator === '<>') throw unsupportedOperator('<>');
      return [comparison(condition.operator, condition.left, condition.right)];
    case 'between': {
      const name = keyName(condition.operand, 'BETWEEN');
      const [value, upper] = [constant(condition.lower), constant(condition.upper)];
      return [{ name, condition: { operator: 'between', value, upper } }];
    }
    case 'function': {
      if (condition.name !== 'begins_with') throw unsupportedOperator(condition.name);
      const [subject, prefix] = condition.operands;
      if (!subject || !prefix) throw new Error('begins_with has two operands');
      return [
        { name: keyName(subject, 'begins_with'), condition: { operator: 'begins_with', value: constant(prefix) } },
      ];
    }
  }
}

const mirrored = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function comparison(operator: Exclude<Comparator, '<>'>, left: Operand, right: Operand): Term {
  if (left.kind === 'size' || right.kind === 'size') throw nestedOperation();
  if (left.kind === 'path') return { name: attributeName(left), condition: { operator, value: constant(right) } };
  if (right.kind === 'path') {
    return { name: attributeName(right), condition: { operator: mirrored[operator], value: constant(left) } };
  }
  throw validationError('Invalid condition in KeyConditionExpression: No key attribute specified');
}

function keyName(operand: Operand, operator: string): string {
  if (operand.kind === 'size') throw nestedOperation();
  if (operand.kind === 'path') return attributeName(operand);
  throw validationError(
    `Invalid condition in KeyConditionExpression: ${operator} operator must have the key attribute as its first operand`,
  );
}

function attributeName(operand: Extract<Operand, { kind: 'path' }>): string {
  if (operand.path.length > 1)
    throw validationError('KeyConditionExpressions cannot have conditions on nested attributes');
  return operand.path[0];
}

function constant(operand: Operand): AttributeValue {
  if (operand.kind === 'value') return operand.value;
  if (operand.kind === 'size') throw nestedOperation();
  throw validationError('Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition');
}

function unsupportedOperator(operator: string): Error {
  return validationError(`Invalid operator used in KeyConditionExpression: ${operator}`);
}

function nestedOperation(): Error {
  return validationError('KeyConditionExpressions cannot contain nested operations');
}
