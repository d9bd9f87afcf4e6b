import { Buffer } from 'node:buffer';
import { invalidParameters, serializationError, validationError } from './errors.ts';
import { MAX_ATTRIBUTE_NAME_BYTES, MAX_NESTING_DEPTH } from './limits.ts';
import { compareNumbers, normalizeNumber } from './number.ts';

/** A value in its wire form: exactly one member, named after the type. Binary values are base64. */
export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly L: readonly AttributeValue[] }
  | { readonly M: AttributeMap };

export type AttributeMap = { readonly [name: string]: AttributeValue };
/** The attributes of one item. */
export type Item = AttributeMap;

export type AttributeType = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'SS' | 'NS' | 'BS' | 'L' | 'M';
export type ScalarType = 'S' | 'N' | 'B';
export type SetType = 'SS' | 'NS' | 'BS';

/** The types in the order in which the service's own messages list them. */
export const attributeTypes: readonly AttributeType[] = ['B', 'NULL', 'SS', 'BOOL', 'L', 'BS', 'N', 'NS', 'S', 'M'];

export function typeOf(value: AttributeValue): AttributeType {
  for (const type in value) return type as AttributeType;
  throw validationError(EMPTY_VALUE);
}

/** An attribute of a map; never a property inherited from `Object.prototype`. */
export function attributeOf(map: AttributeMap, name: string): AttributeValue | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

const EMPTY_VALUE = 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes';
const SEVERAL_TYPES =
  'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes';

/**
 * Checks a map from a request and brings it into the form in which it is stored: numbers without needless zeros, sets in order.
 * Values already in that form are not copied.
 *
 * @throws SerializationException or ValidationException in the service's own words.
 */
export function parseAttributeMap(input: unknown, depth = 0): AttributeMap {
  if (typeof input !== 'object' || input === null) throw serializationError('Unexpected value type in payload');
  if (Array.isArray(input))
    throw serializationError(`Unrecognized collection type java.util.Map<${JAVA_STRING}, ${JAVA_VALUE}>`);
  const parsed: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(input)) {
    if (name === '') throw validationError('Empty attribute name');
    if (name.length > MAX_ATTRIBUTE_NAME_BYTES / 3 && Buffer.byteLength(name) > MAX_ATTRIBUTE_NAME_BYTES) {
      throw validationError('Attribute name is too large, must be less than 65536 bytes');
    }
    setAttribute(parsed, name, parseAttributeValue(value, depth));
  }
  return parsed;
}

const JAVA_STRING = 'java.lang.String';
const JAVA_VALUE = 'com.amazonaws.dynamodb.v20120810.AttributeValue';

/** Sets a member without touching the prototype, whatever its name. */
export function setAttribute(map: Record<string, AttributeValue>, name: string, value: AttributeValue): void {
  if (name !== '__proto__') map[name] = value;
  else Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true });
}

export function parseAttributeValue(input: unknown, depth = 0): AttributeValue {
  if (typeof input !== 'object' || input === null) throw serializationError('Unexpected value type in payload');
  if (Array.isArray(input)) throw serializationError(`Unrecognized collection type class ${JAVA_VALUE}`);
  if (depth >= MAX_NESTING_DEPTH) {
    throw validationError(
      'Nesting Levels have exceeded supported limits: ' +
        'Attributes in the item have nested levels beyond supported limit',
    );
  }
  let parsed: AttributeValue | undefined;
  for (const [type, member] of Object.entries(input)) {
    if (member === null) continue;
    const value = parseMember(type, member, depth);
    if (value === undefined) continue;
    if (parsed) throw validationError(SEVERAL_TYPES);
    parsed = value;
  }
  if (!parsed) throw validationError(EMPTY_VALUE);
  return parsed;
}

function parseMember(type: string, member: unknown, depth: number): AttributeValue | undefined {
  switch (type) {
    case 'S':
      return { S: string(member) };
    case 'N':
      return { N: normalizeNumber(string(member)) };
    case 'B':
      return { B: base64(member) };
    case 'BOOL':
      return { BOOL: boolean(member) };
    case 'NULL':
      if (!boolean(member)) throw invalidParameters('Null attribute value types must have the value of true');
      return { NULL: true };
    case 'SS':
      return { SS: stringSet(member) };
    case 'NS':
      return { NS: numberSet(member) };
    case 'BS':
      return { BS: binarySet(member) };
    case 'L':
      return { L: list(member).map((element) => parseAttributeValue(element, depth + 1)) };
    case 'M':
      return { M: parseAttributeMap(member, depth + 1) };
    default:
      // The service's deserializer doesn't know other members and skips them.
      return undefined;
  }
}

function stringSet(member: unknown): string[] {
  const values = list(member).map(string);
  if (values.length === 0) throw invalidParameters('An string set  may not be empty');
  if (new Set(values).size < values.length) {
    throw invalidParameters(`Input collection [${values.join(', ')}] contains duplicates.`);
  }
  return sortedSet('SS', values);
}

function numberSet(member: unknown): string[] {
  const values = list(member).map(string);
  if (values.length === 0) throw invalidParameters('An number set  may not be empty');
  const numbers = values.map(normalizeNumber);
  if (new Set(numbers).size < numbers.length) throw validationError('Input collection contains duplicates');
  return sortedSet('NS', numbers);
}

function binarySet(member: unknown): string[] {
  const values = list(member).map(base64);
  if (values.length === 0) throw invalidParameters('Binary sets should not be empty');
  if (new Set(values).size < values.length) {
    throw invalidParameters(`Input collection [${values.join(', ')}]of type BS contains duplicates.`);
  }
  return sortedSet('BS', values);
}

/** The elements of a set in the order in which they are stored, so that equal sets have equal texts. */
export function sortedSet(type: SetType, values: readonly string[]): string[] {
  const compare = { SS: compareStrings, NS: compareNumbers, BS: compareBinaries }[type];
  return [...values].sort(compare);
}

/** By UTF-8 bytes, which is not the order of JavaScript's UTF-16 units. */
export function compareStrings(left: string, right: string): number {
  if (left === right) return 0;
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

export function compareBinaries(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left, 'base64'), Buffer.from(right, 'base64'));
}

function string(member: unknown): string {
  if (typeof member === 'string') return member;
  throw serializationError(
    typeof member === 'object' ? 'Start of structure or map found where not expected' : cannotConvert(member, 'String'),
  );
}

function boolean(member: unknown): boolean {
  if (typeof member === 'boolean') return member;
  throw serializationError(
    typeof member === 'number' ? cannotConvert(member, 'Boolean') : 'Unexpected token received from parser',
  );
}

function list(member: unknown): readonly unknown[] {
  if (Array.isArray(member)) return member;
  throw serializationError(
    typeof member === 'object' ? 'Start of structure or map found where not expected' : 'Unexpected field type',
  );
}

/** Together with a length that is a multiple of four, this is enough. Bodies pass through here, so it has to be a simple scan. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function base64(member: unknown): string {
  if (typeof member !== 'string') {
    throw serializationError('only base-64-encoded strings are convertible to bytes');
  }
  if (member.length % 4 !== 0) {
    throw serializationError(`Base64 encoded length is expected a multiple of 4 bytes but found: ${member.length}`);
  }
  if (!BASE64.test(member)) throw serializationError('Invalid last non-pad Base64 character dectected');
  return member;
}

function cannotConvert(member: unknown, to: string): string {
  if (typeof member === 'boolean') return `${member ? 'TRUE' : 'FALSE'}_VALUE cannot be converted to ${to}`;
  return `${Number.isInteger(member) ? 'NUMBER' : 'DECIMAL'}_VALUE cannot be converted to ${to}`;
}
