import { randomUUID } from 'node:crypto';

/**
 * JSON whose integers are exact: beyond 2^53 they are BigInts, below they are numbers. So `===` compares any two integers, and
 * `<` any two of both kinds, as JavaScript compares them by value.
 */

/** A string, which may lack its end, or a number that is not a name. The rest is left alone, so that text that is not JSON stays so. */
const TOKEN = /"(?:[^"\\]|\\.)*"?|-?\d[\d.eE+-]*(?!\s*:)/gs;
/** Shorter integers are exact, and longer ones infinite. */
const MAY_BE_ROUNDED = /^-?[1-9]\d{15,308}$/;

/**
 * Integers that may be rounded are made strings with a mark that no sender can guess, for `JSON.parse`, and are made numbers again
 * afterwards. A reviver, which is told what a number looked like, takes five times as long: 400 ms for the worst body of 1 MiB.
 * @throws SyntaxError
 */
export function parseExactJson(text: string): unknown {
  const mark = randomUUID();
  const marked = text.replace(TOKEN, (token) => (MAY_BE_ROUNDED.test(token) ? `"${mark}${token}"` : token));
  const root = { value: JSON.parse(marked) as unknown };
  // Not by recursion: a body may be nested deeper than the stack.
  const containers: Record<string, unknown>[] = [root];
  for (let container = containers.pop(); container; container = containers.pop()) {
    for (const key in container) {
      const value = container[key];
      if (isContainer(value)) containers.push(value);
      else if (typeof value === 'string' && value.startsWith(mark))
        container[key] = exactInteger(value.slice(mark.length));
      // Written as 1e20, for example.
      else if (isRounded(value)) container[key] = BigInt(value);
    }
  }
  return root.value;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Whether a value may be another integer than JSON had. One of more than 309 digits is infinite, and stays so. */
export function isRounded(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
}

/** The same for an integer that is written out. @param digits a decimal integer */
export function exactInteger(digits: string): number | bigint {
  const value = Number(digits);
  return Number.isSafeInteger(value) || !Number.isFinite(value) ? value : BigInt(digits);
}
