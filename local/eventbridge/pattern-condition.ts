import { BlockList, isIP } from 'node:net';
import { matchesWildcard } from './wildcard.ts';

/** One way to compare a field, such as `prefix`: what its operand must look like, and which values meet it. */
interface Operator {
  /** What is wrong with an operand, in EventBridge's words; `undefined` when it is valid. */
  problem(operand: unknown): string | undefined;
  matches(operand: unknown, value: unknown): boolean;
}

export const ALTERNATIVES = '$or';

/** The operators of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
const OPERATORS: Readonly<Record<string, Operator>> = {
  prefix: {
    problem: (operand) => caselessOr(operand, isString, 'prefix match pattern must be a string'),
    matches: (operand, value) => compareText(operand, value, (text, wanted) => text.startsWith(wanted)),
  },
  suffix: {
    problem: (operand) => caselessOr(operand, isString, 'suffix match pattern must be a string'),
    matches: (operand, value) => compareText(operand, value, (text, wanted) => text.endsWith(wanted)),
  },
  'equals-ignore-case': {
    problem: (operand) => (isString(operand) ? undefined : 'equals-ignore-case match pattern must be a string'),
    matches: (operand, value) =>
      compareText({ 'equals-ignore-case': operand }, value, (text, wanted) => text === wanted),
  },
  wildcard: {
    problem: wildcardProblem,
    matches: (operand, value) => isString(operand) && isString(value) && matchesWildcard(operand, value),
  },
  numeric: { problem: numericProblem, matches: (operand, value) => isList(operand) && isInRange(operand, value) },
  cidr: {
    problem: cidrProblem,
    matches: (operand, value) => isString(operand) && isString(value) && isInBlock(operand, value),
  },
  'anything-but': { problem: anythingButProblem, matches: (operand, value) => isAnythingBut(operand, value) },
};

/** Whether one condition of a field is met by the field's scalar values; a missing field has none. */
export function matchesCondition(condition: unknown, values: readonly unknown[]): boolean {
  if (!isObject(condition)) return values.includes(condition);
  const [name = '', operand] = Object.entries(condition)[0] ?? [];
  if (name === 'exists') return values.length > 0 === operand;
  const operator = OPERATORS[name];
  return operator !== undefined && values.some((value) => operator.matches(operand, value));
}

/** What is wrong with one condition of a field, in EventBridge's words. */
export function requireCondition(condition: unknown): string | undefined {
  if (Array.isArray(condition)) return 'Match value must be String, number, true, false, or null';
  if (!isObject(condition)) return undefined;
  const [first, second] = Object.entries(condition);
  if (!first) return 'Empty match expressions are not allowed';
  if (second) return 'Only one key allowed in match expression';
  const [name, operand] = first;
  if (name === 'exists') {
    return typeof operand === 'boolean' ? undefined : 'exists match pattern must be either true or false.';
  }
  const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  return operator ? operator.problem(operand) : `Unrecognized match type ${name}`;
}

// ---- text

/** A string operand, or `{ "equals-ignore-case": … }` around one. */
function caselessOr(operand: unknown, isValid: (operand: unknown) => boolean, problem: string): string | undefined {
  const inner = isObject(operand) ? operand['equals-ignore-case'] : operand;
  return isValid(inner) ? undefined : problem;
}

function compareText(operand: unknown, value: unknown, compare: (text: string, wanted: string) => boolean): boolean {
  if (!isString(value)) return false;
  if (isString(operand)) return compare(value, operand);
  const caseless = isObject(operand) ? operand['equals-ignore-case'] : undefined;
  return isString(caseless) && compare(value.toLowerCase(), caseless.toLowerCase());
}

function wildcardProblem(operand: unknown): string | undefined {
  if (!isString(operand)) return 'wildcard match pattern must be a string';
  const escapesRemoved = operand.replace(/\\[*\\]/g, '__');
  if (escapesRemoved.includes('\\')) return `Invalid escape character at pos ${escapesRemoved.indexOf('\\') + 1}`;
  const consecutive = escapesRemoved.indexOf('**');
  return consecutive === -1 ? undefined : `Consecutive wildcard characters at pos ${consecutive + 1}`;
}

// ---- numbers

const COMPARE: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** `[">", 0, "<=", 5]`: one comparison, or a lower and an upper bound. */
function numericProblem(operand: unknown): string | undefined {
  if (!isList(operand)) return 'Value of numeric must be an array.';
  const [operator, bound, upperOperator, upperBound, ...rest] = operand;
  if (!isString(operator)) return `Invalid member in numeric match: ${operator ?? ']'}`;
  if (!Object.hasOwn(COMPARE, operator)) return `Unrecognized numeric range operator: ${operator}`;
  if (typeof bound !== 'number') return `Value of ${operator} must be numeric`;
  if (upperOperator === undefined) return undefined;
  if (operator === '=' || operator.startsWith('<')) return 'Too many elements in numeric expression';
  if (upperOperator !== '<' && upperOperator !== '<=') return `Bad numeric range operator: ${upperOperator}`;
  if (typeof upperBound !== 'number') return `Value of ${upperOperator} must be numeric`;
  if (rest.length > 0) return 'Too many terms in numeric range expression';
  return bound < upperBound ? undefined : 'Bottom must be less than top';
}

function isInRange(comparisons: readonly unknown[], value: unknown): boolean {
  if (typeof value !== 'number') return false;
  for (let i = 0; i < comparisons.length; i += 2) {
    const compare = COMPARE[String(comparisons[i])];
    const bound = comparisons[i + 1];
    if (!compare || typeof bound !== 'number' || !compare(value, bound)) return false;
  }
  return true;
}

// ---- addresses

function cidrProblem(operand: unknown): string | undefined {
  if (!isString(operand)) return 'prefix match pattern must be a string';
  const [address = '', bits = '', ...rest] = operand.split('/');
  if (bits === '' || rest.length > 0) return "Malformed CIDR, one '/' required";
  if (!/^\d+$/.test(bits)) return 'Malformed CIDR, mask bits must be an integer';
  const version = isIP(address);
  if (version === 0) return `Nonstandard IP address: ${address}`;
  const most = version === 4 ? 32 : 128;
  return Number(bits) <= most ? undefined : `Malformed CIDR, mask bits must not exceed ${most}`;
}

function isInBlock(cidr: string, address: string): boolean {
  const [base = '', bits] = cidr.split('/');
  const family = isIP(base) === 4 ? 'ipv4' : 'ipv6';
  if (isIP(address) !== isIP(base)) return false;
  const block = new BlockList();
  block.addSubnet(base, Number(bits), family);
  return block.check(address, family);
}

// ---- anything-but

const NEGATABLE = ['prefix', 'suffix', 'equals-ignore-case', 'wildcard'];

function anythingButProblem(operand: unknown): string | undefined {
  if (isList(operand)) {
    if (operand.length === 0) return 'Empty arrays are not allowed';
    const isPlain = operand.every((item) => isString(item) || typeof item === 'number');
    return isPlain ? undefined : 'Inside anything but list, start|null|boolean is not supported.';
  }
  if (isString(operand) || typeof operand === 'number') return undefined;
  if (!isObject(operand)) return 'Value of anything-but must be an array or single string/number value.';
  const [first, second] = Object.entries(operand);
  if (!first || second) return 'Only one key allowed in match expression';
  return negatedProblem(...first);
}

function negatedProblem(name: string, operand: unknown): string | undefined {
  if (!NEGATABLE.includes(name)) return `Unsupported anything-but pattern: ${name}`;
  if (isObject(operand)) return 'Value of anything-but must be an array or single string/number value.';
  for (const item of isList(operand) ? operand : [operand]) {
    if (name === 'wildcard') {
      const problem = wildcardProblem(item);
      if (problem) return problem;
    } else if (name === 'equals-ignore-case') {
      if (!isString(item)) return `Inside anything-but/${name} list, number|start|null|boolean is not supported.`;
    } else {
      if (!isString(item)) return 'prefix/suffix match pattern must be a string';
      if (item === '') return 'Null prefix/suffix not allowed';
    }
  }
  return undefined;
}

function isAnythingBut(operand: unknown, value: unknown): boolean {
  if (!isObject(operand)) return !(isList(operand) ? operand : [operand]).includes(value);
  const [name = '', excluded] = Object.entries(operand)[0] ?? [];
  const operator = OPERATORS[name];
  return !(isList(excluded) ? excluded : [excluded]).some((item) => operator?.matches(item, value));
}

// ---- kinds of JSON values

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}
