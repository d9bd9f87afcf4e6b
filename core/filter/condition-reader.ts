import { RE2JS, RE2JSException } from 're2js';
import { formatInteger } from '../format-integer.ts';
import { isObject } from '../is-object.ts';
import { exactInteger } from './exact-json.ts';
import { type Field, type FilterNode, NOTHING } from './filter-node.ts';
import {
  MAX_CONDITIONS,
  MAX_GROUP_DEPTH,
  MAX_LIST_LENGTH,
  MAX_PATTERN_LENGTH,
  MAX_PATTERN_SIZE,
  MAX_TEXT_LENGTH,
} from './limits.ts';
import { type Operation, operators, type Scalar, testerOf } from './operators.ts';
import type { Place, Problems } from './problems.ts';
import { unmatchableOperands } from './unmatchable-operands.ts';

/** MongoDB's Extended JSON for integers that JSON can express and JavaScript numbers cannot. */
const LONG = '$numberLong';
const [MIN_LONG, MAX_LONG] = [-(2n ** 63n), 2n ** 64n - 1n];
const INTEGER = /^-?\d{1,20}$/;

/** Reads the condition on one field: a value, or operators. */
export class ConditionReader {
  readonly #problems: Problems;
  readonly #isNew: boolean;
  #count = 0;

  /** @param isNew whether the filter is about to be set; conditions that can never hold are then refused */
  constructor(problems: Problems, isNew: boolean) {
    this.#problems = problems;
    this.#isNew = isNew;
  }

  read(given: unknown, field: Field, place: Place, depth = 0): FilterNode {
    if (Array.isArray(given))
      return this.#problems.add(place, 'must be a value or operators; for one of several values use $in');
    if (!isObject(given) || isLong(given)) {
      const operand = this.#scalar(given, place);
      return operand === undefined ? NOTHING : this.#condition(field, { operator: '$eq', operand }, place);
    }
    const entries = Object.entries(given);
    if (entries.length === 0) return this.#problems.add(place, 'must have a condition');
    const nodes = entries.map(([name, operand]) => this.#operator(name, operand, field, [...place, name], depth));
    return { kind: 'all', nodes };
  }

  #operator(name: string, given: unknown, field: Field, place: Place, depth: number): FilterNode {
    if (name === '$not') {
      if (!isObject(given) || isLong(given)) return this.#problems.add(place, 'must be operators');
      if (depth === MAX_GROUP_DEPTH)
        return this.#problems.add(place, `must not be nested deeper than ${MAX_GROUP_DEPTH}`);
      return { kind: 'not', node: this.read(given, field, place, depth + 1) };
    }
    const operation = this.#operation(name, given, place);
    return operation ? this.#condition(field, operation, place) : NOTHING;
  }

  #condition(field: Field, operation: Operation, place: Place): FilterNode {
    this.#count++;
    if (this.#count === MAX_CONDITIONS + 1)
      this.#problems.add(place, `is over the limit of ${formatInteger(MAX_CONDITIONS)} conditions in a filter`);
    for (const { index, message } of this.#isNew ? unmatchableOperands(field, operation) : [])
      this.#problems.add(index === undefined ? place : [...place, index], message);
    return { kind: 'condition', field, operation, test: testerOf(operation) };
  }

  #operation(operator: string, given: unknown, place: Place): Operation | undefined {
    switch (operator) {
      case '$eq':
      case '$ne': {
        const operand = this.#scalar(given, place);
        return operand === undefined ? undefined : { operator, operand };
      }
      case '$gt':
      case '$gte':
      case '$lt':
      case '$lte': {
        const operand = this.#scalar(given, place);
        if (operand === undefined) return undefined;
        if (operand !== null && typeof operand !== 'boolean') return { operator, operand };
        return this.#refuse(place, 'must be a number or a string');
      }
      case '$in':
      case '$nin':
        return this.#list(operator, given, place);
      case '$exists':
        return typeof given === 'boolean' ? { operator, operand: given } : this.#refuse(place, 'must be true or false');
      case '$regex':
        return this.#pattern(given, place);
      default:
        return this.#refuse(place, `must be one of ${operators.join(', ')}, $not`);
    }
  }

  #list(operator: '$in' | '$nin', given: unknown, place: Place): Operation | undefined {
    if (!Array.isArray(given) || given.length === 0 || given.length > MAX_LIST_LENGTH) {
      return this.#refuse(place, `must be a list of 1 to ${MAX_LIST_LENGTH} values`);
    }
    const operand = given.map((one, index) => this.#scalar(one, [...place, index]) ?? null);
    return { operator, operand };
  }

  #pattern(given: unknown, place: Place): Operation | undefined {
    if (typeof given !== 'string' || given === '' || given.length > MAX_PATTERN_LENGTH) {
      return this.#refuse(
        place,
        `must be a regular expression of 1 to ${formatInteger(MAX_PATTERN_LENGTH)} characters`,
      );
    }
    try {
      const operand = RE2JS.compile(given);
      if (operand.programSize() <= MAX_PATTERN_SIZE) return { operator: '$regex', operand };
      return this.#refuse(place, 'is too large when compiled: repetitions such as {100} are expanded');
    } catch (error) {
      if (!(error instanceof RE2JSException)) throw error;
      return this.#refuse(place, `must be a regular expression of RE2: ${error.message}`);
    }
  }

  #scalar(given: unknown, place: Place): Scalar | undefined {
    if (given === null || typeof given === 'boolean') return given;
    if (typeof given === 'string') {
      if (given.length <= MAX_TEXT_LENGTH && given.isWellFormed()) return given;
      return this.#refuse(place, `must be well-formed Unicode of at most ${formatInteger(MAX_TEXT_LENGTH)} characters`);
    }
    if (typeof given === 'number') {
      if (Math.abs(given) <= Number.MAX_SAFE_INTEGER) return given;
      return this.#refuse(place, `is beyond 2^53, where JSON numbers are rounded: write { "${LONG}": "…" }`);
    }
    if (isObject(given) && isLong(given)) return this.#long(given[LONG], [...place, LONG]);
    return this.#refuse(place, 'must be a string, a number, true, false or null');
  }

  #long(given: unknown, place: Place): number | bigint | undefined {
    const value = typeof given === 'string' && INTEGER.test(given) ? BigInt(given) : undefined;
    if (value !== undefined && value >= MIN_LONG && value <= MAX_LONG) return exactInteger(String(value));
    return this.#refuse(place, 'must be a string with a 64-bit integer, such as "9223372036854775807"');
  }

  #refuse(place: Place, message: string): undefined {
    this.#problems.add(place, message);
    return undefined;
  }
}

function isLong(given: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(given).length === 1 && Object.hasOwn(given, LONG);
}
