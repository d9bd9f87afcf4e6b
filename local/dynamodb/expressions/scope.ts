import { AwsError } from '../../wire/aws-error.ts';
import { type AttributeValue, parseAttributeValue } from '../attribute-value.ts';
import { serializationError, validationError } from '../errors.ts';
import { ExpressionProblem } from './token-stream.ts';

/**
 * `ExpressionAttributeNames` and `ExpressionAttributeValues` of one request. All expressions of the request share it, because
 * only all of them together must use every placeholder.
 */
export class ExpressionScope {
  readonly #names: ReadonlyMap<string, string>;
  readonly #values: ReadonlyMap<string, AttributeValue>;
  readonly #unusedNames: Set<string>;
  readonly #unusedValues: Set<string>;

  /** @throws ValidationException if a placeholder is malformed or a value is not valid. */
  constructor(names: unknown, values: unknown) {
    this.#names = parseNames(names);
    this.#values = parseValues(values);
    this.#unusedNames = new Set(this.#names.keys());
    this.#unusedValues = new Set(this.#values.keys());
  }

  name(placeholder: string): string {
    const name = this.#names.get(placeholder);
    if (name === undefined) {
      throw new ExpressionProblem(
        `An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
      );
    }
    this.#unusedNames.delete(placeholder);
    return name;
  }

  value(placeholder: string): AttributeValue {
    const value = this.#values.get(placeholder);
    if (value === undefined) {
      throw new ExpressionProblem(
        `An expression attribute value used in expression is not defined; attribute value: ${placeholder}`,
      );
    }
    this.#unusedValues.delete(placeholder);
    return value;
  }

  /** Must be called after all expressions of the request are bound. */
  checkAllUsed(): void {
    checkUsed('Names', this.#unusedNames);
    checkUsed('Values', this.#unusedValues);
  }
}

function checkUsed(which: string, unused: ReadonlySet<string>): void {
  if (unused.size === 0) return;
  throw validationError(
    `Value provided in ExpressionAttribute${which} unused in expressions: keys: {${[...unused].join(', ')}}`,
  );
}

const NAME_PLACEHOLDER = /^#[0-9a-zA-Z_]+$/;
const VALUE_PLACEHOLDER = /^:[0-9a-zA-Z_]+$/;
const NO_NAMES: ReadonlyMap<string, string> = new Map();
const NO_VALUES: ReadonlyMap<string, AttributeValue> = new Map();

function parseNames(input: unknown): ReadonlyMap<string, string> {
  if (input === undefined) return NO_NAMES;
  const names = new Map<string, string>();
  for (const [placeholder, name] of entriesOf(input, 'Names')) {
    checkPlaceholder('Names', NAME_PLACEHOLDER, placeholder);
    if (typeof name !== 'string') throw serializationError('Unexpected field type');
    if (name === '') {
      throw validationError(
        `ExpressionAttributeNames contains invalid value: Empty attribute name for key ${placeholder}`,
      );
    }
    names.set(placeholder, name);
  }
  return names;
}

function parseValues(input: unknown): ReadonlyMap<string, AttributeValue> {
  if (input === undefined) return NO_VALUES;
  const values = new Map<string, AttributeValue>();
  for (const [placeholder, value] of entriesOf(input, 'Values')) {
    checkPlaceholder('Values', VALUE_PLACEHOLDER, placeholder);
    values.set(placeholder, parseValue(placeholder, value));
  }
  return values;
}

function parseValue(placeholder: string, value: unknown): AttributeValue {
  try {
    return parseAttributeValue(value);
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'ValidationException') throw error;
    throw validationError(`ExpressionAttributeValues contains invalid value: ${error.message} for key ${placeholder}`);
  }
}

function entriesOf(input: unknown, which: string): [string, unknown][] {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw serializationError('Unexpected field type');
  }
  const entries = Object.entries(input);
  if (entries.length === 0) throw validationError(`ExpressionAttribute${which} must not be empty`);
  return entries;
}

function checkPlaceholder(which: string, pattern: RegExp, placeholder: string): void {
  if (pattern.test(placeholder)) return;
  throw validationError(`ExpressionAttribute${which} contains invalid key: Syntax error; key: "${placeholder}"`);
}
