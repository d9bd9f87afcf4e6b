import { AwsError } from '../wire/aws-error.ts';
import { ALTERNATIVES, isObject, matchesCondition, requireCondition } from './pattern-condition.ts';

/**
 * Whether an event matches an event pattern. The pattern must be valid: see `validatePattern`.
 *
 * A pattern names fields. Each must be in the event with a value that meets one of its conditions. An array in the event matches
 * if one of its elements does, and conditions on several fields of an array of objects must be met by the same object.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 *
 * Two oddities of the real matcher are left out: here a field name with a dot (`"a.b"`) doesn't mean the path a → b, and no
 * wildcard is refused for its complexity. Lambda's event source filters use the same language, so its event source mappings call
 * this too.
 */
export function matchesPattern(pattern: unknown, event: unknown): boolean {
  if (!isObject(pattern)) return false;
  if (Array.isArray(event)) return event.some((element) => matchesPattern(pattern, element));
  const fields = isObject(event) ? event : {};
  return Object.entries(pattern).every(([name, wanted]) => {
    if (isAlternatives(name, wanted)) return wanted.some((alternative) => matchesPattern(alternative, fields));
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return Array.isArray(wanted) ? matchesField(wanted, value) : matchesPattern(wanted, value);
  });
}

function matchesField(conditions: readonly unknown[], value: unknown): boolean {
  const leaves = leavesOf(value);
  return conditions.some((condition) => matchesCondition(condition, leaves));
}

/** The scalar values of a field. Arrays are looked into; objects are not values. */
function leavesOf(value: unknown): unknown[] {
  if (value === undefined || isObject(value)) return [];
  return Array.isArray(value) ? value.flatMap(leavesOf) : [value];
}

/** @throws AwsError InvalidEventPatternException, in EventBridge's own words */
export function validatePattern(pattern: unknown): void {
  const problem = problemOf(pattern);
  if (problem) throw new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${problem}`);
}

/** Reads a pattern written as JSON text. @throws as `validatePattern` */
export function parsePattern(json: string): Readonly<Record<string, unknown>> {
  let pattern: unknown;
  try {
    pattern = JSON.parse(json);
  } catch {
    throw new AwsError('InvalidEventPatternException', 'Event pattern is not valid. Reason: Filter is not valid JSON');
  }
  validatePattern(pattern);
  return isObject(pattern) ? pattern : {};
}

function problemOf(pattern: unknown): string | undefined {
  if (!isObject(pattern)) return 'Filter is not an object';
  const entries = Object.entries(pattern);
  if (entries.length === 0) return 'Empty objects are not allowed';
  for (const [name, wanted] of entries) {
    const problem = isAlternatives(name, wanted) ? firstProblem(wanted, problemOf) : fieldProblem(name, wanted);
    if (problem) return problem;
  }
  return undefined;
}

function fieldProblem(name: string, wanted: unknown): string | undefined {
  if (isObject(wanted)) return problemOf(wanted);
  if (!Array.isArray(wanted)) return `"${name}" must be an object or an array`;
  if (wanted.length === 0) return 'Empty arrays are not allowed';
  return firstProblem(wanted, requireCondition);
}

function firstProblem(items: readonly unknown[], check: (item: unknown) => string | undefined): string | undefined {
  for (const item of items) {
    const problem = check(item);
    if (problem) return problem;
  }
  return undefined;
}

/** `$or` with at least two patterns is a choice between them; anything else under that name is an ordinary field. */
function isAlternatives(name: string, wanted: unknown): wanted is Record<string, unknown>[] {
  return name === ALTERNATIVES && Array.isArray(wanted) && wanted.length >= 2 && wanted.every(isObject);
}
