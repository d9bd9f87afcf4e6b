import { AwsError } from '../../wire/aws-error.ts';
import { type AttributeMap, attributeOf, type Item } from '../attribute-value.ts';
import { equalValues } from '../compare.ts';
import { validationError } from '../errors.ts';
import type { Condition } from '../expressions/condition.ts';
import { evaluate } from '../expressions/evaluate.ts';
import type { KeyCondition, SortCondition } from '../expressions/key-condition.ts';
import { checkKeyValue, encodeKey, type KeyAttribute, keyAttributes } from '../key-schema.ts';
import type { Position, ReadSource } from './read-page.ts';

/** The key of the last item read: the table's key, together with the index's key if an index is read. */
export function lastEvaluatedKey(source: ReadSource, item: Item): Item {
  const key: Record<string, Item[string]> = {};
  for (const { name } of sourceKey(source)) {
    const value = attributeOf(item, name);
    if (value) key[name] = value;
  }
  return key;
}

/** The position after which a page starts. @throws ValidationException if no page of this query can have ended there. */
export function startPosition(
  source: ReadSource,
  startKey: AttributeMap,
  keyCondition: KeyCondition | undefined,
): Position {
  const { table, index } = source;
  const expected = sourceKey(source);
  const complete =
    Object.keys(startKey).length === expected.length && expected.every(({ name }) => attributeOf(startKey, name));
  if (!complete) throw invalidStartKey();
  for (const attribute of expected) checkStartValue(source, attribute, startKey);
  if (keyCondition) checkWithin(source, startKey, keyCondition);
  return { source: encodeKey(index ? index.key : table.key, startKey), table: encodeKey(table.key, startKey) };
}

function sourceKey({ table, index }: ReadSource): KeyAttribute[] {
  const all = [...(index ? keyAttributes(index.key) : []), ...keyAttributes(table.key)];
  return all.filter(({ name }, position) => all.findIndex((attribute) => attribute.name === name) === position);
}

function checkStartValue({ table }: ReadSource, attribute: KeyAttribute, startKey: AttributeMap): void {
  const value = attributeOf(startKey, attribute.name);
  if (!value || !(attribute.type in value)) {
    throw invalidStartKey('The provided key element does not match the schema');
  }
  try {
    checkKeyValue(table.key, attribute, value);
  } catch (error) {
    throw error instanceof AwsError ? invalidStartKey(error.message) : error;
  }
}

function checkWithin({ table, index }: ReadSource, startKey: AttributeMap, condition: KeyCondition): void {
  const key = index ? index.key : table.key;
  const partition = attributeOf(startKey, key.partition.name);
  const samePartition = partition !== undefined && equalValues(partition, condition.partition);
  if (key.sort && condition.sort) {
    if (!evaluate(sortPredicate(key.sort.name, condition.sort), startKey)) {
      throw validationError('The provided starting key does not match the range key predicate');
    }
    if (!samePartition) throw validationError('The query can return at most one row and cannot be restarted');
  } else if (!samePartition) {
    throw validationError('The provided starting key is outside query boundaries based on provided conditions');
  }
}

function sortPredicate(name: string, sort: SortCondition): Condition {
  const subject = { kind: 'path', path: [name] } as const;
  const value = { kind: 'value', value: sort.value } as const;
  switch (sort.operator) {
    case 'between':
      return { kind: 'between', operand: subject, lower: value, upper: { kind: 'value', value: sort.upper } };
    case 'begins_with':
      return { kind: 'function', name: 'begins_with', operands: [subject, value] };
    default:
      return { kind: 'comparison', operator: sort.operator, left: subject, right: value };
  }
}

function invalidStartKey(reason?: string): AwsError {
  return validationError(`The provided starting key is invalid${reason === undefined ? '' : `: ${reason}`}`);
}
