import { notImplemented } from '../wire/aws-error.ts';
import { type AttributeMap, parseAttributeMap } from './attribute-value.ts';
import { serializationError, validationError } from './errors.ts';

/** Parameters from before there were expressions. The stack doesn't use them. */
const LEGACY: ReadonlySet<string> = new Set([
  'AttributesToGet',
  'AttributeUpdates',
  'ConditionalOperator',
  'Expected',
  'KeyConditions',
  'QueryFilter',
  'ScanFilter',
]);

const TABLE_NAME = /^[a-zA-Z0-9_.-]+$/;

/**
 * The parameters of one request, or of one part of it. Reading a parameter checks it: wrong JSON types are refused at once;
 * broken constraints are collected and reported together, as the service does. A parameter that is not among those the operation
 * honours is refused, never ignored.
 */
export class Parameters {
  readonly #input: Readonly<Record<string, unknown>>;
  readonly #violations: string[];
  readonly #prefix: string;

  /**
   * @param prefix where this part is within the request, for the messages: `transactItems.1.member.put`.
   * @throws NotImplemented (501) for a parameter that the embedded service doesn't know.
   */
  constructor(operation: string, input: object, honoured: ReadonlySet<string>, parent?: Parameters, prefix = '') {
    this.#input = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
    this.#violations = parent ? parent.#violations : [];
    this.#prefix = prefix && `${prefix}.`;
    for (const name of Object.keys(this.#input)) {
      if (honoured.has(name)) continue;
      const kind = LEGACY.has(name) ? 'the legacy parameter' : 'the parameter';
      throw notImplemented('dynamodb', `${kind} ${name} of ${operation}`);
    }
  }

  /** Reports all broken constraints so far. @throws ValidationException */
  check(): void {
    const count = this.#violations.length;
    if (count === 0) return;
    throw validationError(`${count} validation error${count > 1 ? 's' : ''} detected: ${this.#violations.join('; ')}`);
  }

  raw(name: string): unknown {
    return this.#input[name];
  }

  string(name: string): string | undefined {
    const value = this.#input[name];
    if (value === undefined || typeof value === 'string') return value;
    throw serializationError(wrongScalar(value, 'String'));
  }

  requiredString(name: string): string {
    const value = this.string(name);
    if (value === undefined) this.#violate(name, undefined, 'Member must not be null');
    return value ?? '';
  }

  tableName(name = 'TableName'): string {
    const value = this.requiredString(name);
    if (value === '' && this.#input[name] === undefined) return value;
    this.#checkResourceName(name, value);
    return value;
  }

  indexName(): string | undefined {
    const value = this.string('IndexName');
    if (value !== undefined) this.#checkResourceName('IndexName', value);
    return value;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.#input[name];
    if (value === undefined) return fallback;
    if (typeof value === 'boolean') return value;
    throw serializationError(wrongScalar(value, 'Boolean'));
  }

  integer(name: string, minimum: number, maximum = Number.MAX_SAFE_INTEGER): number | undefined {
    const value = this.#input[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'number') throw serializationError(wrongScalar(value, 'Integer'));
    const integer = Math.trunc(value);
    if (integer < minimum) this.#violate(name, integer, `Member must have value greater than or equal to ${minimum}`);
    if (integer > maximum) this.#violate(name, integer, `Member must have value less than or equal to ${maximum}`);
    return integer;
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice {
    const value = this.string(name);
    if (value === undefined) return fallback;
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) {
      this.#violate(name, value, `Member must satisfy enum value set: [${choices.join(', ')}]`);
    }
    return choice ?? fallback;
  }

  attributes(name: string): AttributeMap | undefined {
    const value = this.#input[name];
    if (value === undefined) return undefined;
    this.check();
    return parseAttributeMap(value);
  }

  requiredAttributes(name: string): AttributeMap {
    if (this.#input[name] === undefined) this.#violate(name, undefined, 'Member must not be null');
    this.check();
    return this.attributes(name) ?? {};
  }

  /** A list of structures. */
  list(name: string, minimum: number, maximum: number): object[] {
    const value = this.#input[name];
    if (value === undefined) {
      this.#violate(name, undefined, 'Member must not be null');
      return [];
    }
    if (!Array.isArray(value)) throw serializationError('Unexpected field type');
    this.#checkLength(name, value, value.length, minimum, maximum);
    return value.map(structure);
  }

  /** A map of named structures or lists. */
  map(name: string): [string, unknown][] {
    const value = this.#input[name];
    if (value === undefined) {
      this.#violate(name, undefined, 'Member must not be null');
      return [];
    }
    const entries = Object.entries(structure(value));
    this.#checkLength(name, value, entries.length, 1, Number.POSITIVE_INFINITY);
    return entries;
  }

  length(name: string, minimum: number, maximum: number): string | undefined {
    const value = this.string(name);
    if (value !== undefined) this.#checkLength(name, value, value.length, minimum, maximum);
    return value;
  }

  #checkResourceName(name: string, value: string): void {
    if (!TABLE_NAME.test(value)) {
      this.#violate(name, value, 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+');
    }
    this.#checkLength(name, value, value.length, 3, 255);
  }

  #checkLength(name: string, value: unknown, length: number, minimum: number, maximum: number): void {
    if (length < minimum) {
      this.#violate(name, value, `Member must have length greater than or equal to ${minimum}`);
    }
    if (length > maximum) this.#violate(name, value, `Member must have length less than or equal to ${maximum}`);
  }

  #violate(name: string, value: unknown, constraint: string): void {
    const shown = value === undefined ? 'null' : `'${typeof value === 'object' ? JSON.stringify(value) : value}'`;
    const member = this.#prefix + name.charAt(0).toLowerCase() + name.slice(1);
    this.#violations.push(`Value ${shown} at '${member}' failed to satisfy constraint: ${constraint}`);
  }
}

/** @throws SerializationException if the JSON has something else where a structure must be. */
export function structure(value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw serializationError('Unexpected value type in payload');
}

function wrongScalar(value: unknown, wanted: string): string {
  if (typeof value === 'object') return 'Start of structure or map found where not expected';
  if (typeof value === 'boolean') return `${value ? 'TRUE' : 'FALSE'}_VALUE cannot be converted to ${wanted}`;
  if (typeof value === 'string') return `STRING_VALUE cannot be converted to ${wanted}`;
  return `${Number.isInteger(value) ? 'NUMBER' : 'DECIMAL'}_VALUE cannot be converted to ${wanted}`;
}
