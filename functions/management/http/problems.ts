import type * as z from 'zod';
import type { ErrorDetail } from '../../../core/api-error.ts';
import { formatInteger } from '../../../core/format-integer.ts';

/** What is wrong with a request, in the words of the API. */

type Issue = z.core.$ZodIssue;
export type Noun = 'field' | 'query parameter';

const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

/** To be passed to a parse as `error`. A message that the schema itself gives takes precedence. */
export function wordsOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of: '}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return issue.minimum === 1 && unitOf(issue) ? 'must not be empty' : sizeOf(issue, 'at least', issue.minimum);
    case 'too_big':
      return sizeOf(issue, 'at most', issue.maximum);
    case 'invalid_union':
      return Array.isArray(issue.options)
        ? `must be one of: ${issue.options.map(String).join(', ')}`
        : 'has none of the forms that it may have';
    default:
      return undefined;
  }
}

function sizeOf(issue: { readonly origin: string }, relation: string, bound: number | bigint): string {
  const unit = unitOf(issue);
  const limit = `${relation} ${formatInteger(Number(bound))}`;
  return unit ? `must have ${limit} ${unit}` : `must be ${limit}`;
}

function unitOf({ origin }: { readonly origin: string }): string | undefined {
  if (origin === 'string') return 'characters';
  return origin === 'array' ? 'entries' : undefined;
}

/**
 * Each problem with its path.
 * @param issue of a parse with `reportInput`
 * @param noun what the names in the request stand for
 */
export function detailsOf(issue: Issue, noun: Noun): ErrorDetail[] {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: path ? `${path}.${key}` : key, problem: `is not a known ${noun}` }));
  }
  if (isMissing(issue)) {
    // Where the missing field tells several forms apart, it helps to list them.
    const choice = issue.code === 'invalid_union' && issue.discriminator ? `; ${issue.message}` : '';
    return [{ path, problem: `is required${choice}` }];
  }
  const intended = issue.code === 'invalid_union' ? intendedForm(issue.errors) : undefined;
  if (intended) return intended.flatMap((error) => detailsOf({ ...error, path: [...issue.path, ...error.path] }, noun));
  return [{ path, problem: issue.message }];
}

function isMissing(issue: Issue): boolean {
  if (issue.code === 'invalid_union' && issue.discriminator) {
    const { input } = issue;
    return isObject(input) && Reflect.get(input, issue.discriminator) === undefined;
  }
  return 'input' in issue && issue.input === undefined;
}

/**
 * Where a value may have one of several forms: what is wrong by the rules of the one that was evidently meant, if there is one.
 */
function intendedForm(errorsByForm: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const possible = errorsByForm.filter((errors) => errors.every((error) => error.path.length > 0 || isInside(error)));
  const withItsFields = possible.find((errors) => !errors.some(isOfAnotherForm));
  return withItsFields ?? (possible.length === 1 ? possible[0] : undefined);
}

function isInside({ code }: Issue): boolean {
  return code !== 'invalid_type' && code !== 'invalid_value' && code !== 'invalid_union';
}

/** The value has fields that this form doesn't know, or lacks one that it requires. */
function isOfAnotherForm(error: Issue): boolean {
  return error.path.length === 0 ? error.code === 'unrecognized_keys' : error.path.length === 1 && isMissing(error);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
