import { Buffer } from 'node:buffer';
import { type AttributeMap, type AttributeValue, attributeOf, type Item, type ScalarType } from './attribute-value.ts';
import { invalidParameters, validationError } from './errors.ts';
import { MAX_PARTITION_KEY_BYTES, MAX_SORT_KEY_BYTES } from './limits.ts';
import { sortableNumber } from './number.ts';

export interface KeyAttribute {
  readonly name: string;
  readonly type: ScalarType;
}

/** The key of a table or of an index. */
export interface KeySchema {
  readonly partition: KeyAttribute;
  readonly sort?: KeyAttribute;
}

/**
 * A key as two texts whose order in SQLite (by UTF-8 bytes) is the order of the service. If a key has no sort part, the second
 * text is empty; no real sort key is encoded as an empty text.
 */
export interface EncodedKey {
  readonly pk: string;
  readonly sk: string;
}

export function keyAttributes(schema: KeySchema): readonly KeyAttribute[] {
  return schema.sort ? [schema.partition, schema.sort] : [schema.partition];
}

/** Strings are encoded as themselves. For strings and binaries, a prefix of the value is a prefix of the text. */
export function encodeKeyValue(value: AttributeValue): string {
  if ('S' in value) return value.S;
  if ('N' in value) return sortableNumber(value.N);
  if ('B' in value) return Buffer.from(value.B, 'base64').toString('hex');
  throw new Error('a key attribute is a string, a number or a binary');
}

/** The key of an item or of a complete key that passed one of the checks below. */
export function encodeKey(schema: KeySchema, attributes: AttributeMap): EncodedKey {
  const partition = attributeOf(attributes, schema.partition.name);
  const sort = schema.sort && attributeOf(attributes, schema.sort.name);
  if (!partition || (schema.sort && !sort)) throw new Error('the key is incomplete');
  return { pk: encodeKeyValue(partition), sk: sort ? encodeKeyValue(sort) : '' };
}

/** The attributes of an item that make up its key. */
export function keyOf(schema: KeySchema, item: Item): Item {
  const key: Record<string, AttributeValue> = {};
  for (const { name } of keyAttributes(schema)) {
    const value = attributeOf(item, name);
    if (value) key[name] = value;
  }
  return key;
}

/** Checks the `Key` of a request: exactly the key's attributes, of the right types, neither empty nor too long. */
export function checkKey(schema: KeySchema, key: AttributeMap): void {
  const expected = keyAttributes(schema);
  const matches = Object.keys(key).length === expected.length && expected.every(({ name }) => attributeOf(key, name));
  if (!matches) throw validationError('The provided key element does not match the schema');
  for (const attribute of expected) {
    const value = attributeOf(key, attribute.name);
    if (!value || !(attribute.type in value)) {
      throw validationError('The provided key element does not match the schema');
    }
    checkKeyValue(schema, attribute, value);
  }
}

/** Checks that an item to be stored has the key's attributes. */
export function checkItemKey(schema: KeySchema, item: Item): void {
  for (const attribute of keyAttributes(schema)) {
    const value = attributeOf(item, attribute.name);
    if (!value) throw invalidParameters(`Missing the key ${attribute.name} in the item`);
    if (!(attribute.type in value)) {
      throw invalidParameters(
        `Type mismatch for key ${attribute.name} expected: ${attribute.type} actual: ${Object.keys(value)[0]}`,
      );
    }
    checkKeyValue(schema, attribute, value);
  }
}

/** Checks that a value of a primary key is neither empty nor too long. */
export function checkKeyValue(schema: KeySchema, attribute: KeyAttribute, value: AttributeValue): void {
  const bytes = keyBytes(value);
  if (bytes === 0) throw emptyKey(attribute, value);
  if (attribute === schema.partition && bytes > MAX_PARTITION_KEY_BYTES) {
    throw invalidParameters(`Size of hashkey has exceeded the maximum size limit of${MAX_PARTITION_KEY_BYTES} bytes`);
  }
  if (attribute === schema.sort && bytes > MAX_SORT_KEY_BYTES) {
    throw invalidParameters(
      `Aggregated size of all range keys has exceeded the size limit of ${MAX_SORT_KEY_BYTES} bytes`,
    );
  }
}

/** Bytes of a string or binary; 1 for a number, which is never empty or too long. */
export function keyBytes(value: AttributeValue): number {
  if ('S' in value) return Buffer.byteLength(value.S);
  if ('B' in value) return Buffer.byteLength(value.B, 'base64');
  return 1;
}

function emptyKey(attribute: KeyAttribute, value: AttributeValue): Error {
  const kind = 'B' in value ? 'binary' : 'string';
  return validationError(
    'One or more parameter values are not valid. ' +
      `The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${attribute.name}`,
  );
}
