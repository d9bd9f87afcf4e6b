/**
 * JSON whose integers are exact: beyond 2^53 they are BigInts, below they are numbers. So `===` compares any two integers, and
 * `<` any two of both kinds, as JavaScript compares them by value.
 */

/** Doubles have at most 309 digits before the point; longer ones are no number of anybody's, and cost to be read. */
const MAX_DIGITS = 320;
const INTEGER = /^-?\d+$/;

/** @throws SyntaxError; RangeError when it is nested too deeply for the stack */
export function parseExactJson(text: string): unknown {
  const parsed: unknown = JSON.parse(text);
  // A reviver makes parsing ten times as slow, and only numbers of 16 digits and more, or with an exponent, need it.
  return MAY_BE_BIG.test(text) ? JSON.parse(text, exactNumber) : parsed;
}

const MAY_BE_BIG = /\d{16}|\d[eE]/;

function exactNumber(_: string, value: unknown, { source }: { readonly source?: string } = {}): unknown {
  if (typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value)) return value;
  return source !== undefined && INTEGER.test(source) && source.length <= MAX_DIGITS ? BigInt(source) : BigInt(value);
}

/** The same for an integer that is written out. @param digits a decimal integer */
export function exactInteger(digits: string): number | bigint {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt(digits);
}
