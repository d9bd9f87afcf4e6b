import { MAX_DETAIL_DEPTH } from './limits.ts';
import { isObject } from './pattern-condition.ts';

/** The detail of an event: its text, which reaches the targets unchanged, and its value, which patterns match. */
export interface EventDetail {
  readonly json: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** The tokens of valid JSON that matter: strings (so that their content is skipped), brackets and numbers. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const LONG_INTEGER = /^-?\d{19,}$/;

/** @returns `undefined` for what EventBridge calls malformed: no JSON object, too deep, or an integer beyond 64 bits */
export function parseDetail(json: string): EventDetail | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // The text isn't JSON, which is one of the possible results.
    return undefined;
  }
  return isObject(value) && isWithinLimits(json) ? { json, value } : undefined;
}

function isWithinLimits(json: string): boolean {
  let depth = 0;
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    if (depth > MAX_DETAIL_DEPTH || isBeyond64Bits(token)) return false;
  }
  return true;
}

function isBeyond64Bits(token: string): boolean {
  if (!LONG_INTEGER.test(token)) return false;
  // The longest 64-bit integer is -9223372036854775808.
  return token.length > 20 || BigInt.asIntN(64, BigInt(token)) !== BigInt(token);
}
