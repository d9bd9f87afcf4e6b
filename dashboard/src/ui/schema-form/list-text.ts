import type { Detail } from '../../api/problem.ts';
import { formatNumber } from '../format.ts';
import { rangeOf } from './hint.ts';
import type { ListShape } from './schema.ts';

/** A list as it is typed: `5, 25, 120`. */
export function textOfList(entries: unknown): string {
  return Array.isArray(entries) ? entries.join(', ') : '';
}

/**
 * The inverse, with commas or white space between entries. An entry that should be a number but is not stays text, which the API
 * refuses.
 */
export function listOfText(text: string, of: ListShape['of']): (string | number)[] {
  return entriesOf(text).map((entry) => (of === 'number' && isNumber(entry) ? Number(entry) : entry));
}

/** What is wrong with a list while it is still being typed; `undefined` if nothing is. */
export function slipOf(text: string, { of, entries, each }: ListShape): string | undefined {
  const typed = entriesOf(text);
  if (of === 'number') {
    const noNumber = typed.find((entry) => !isNumber(entry));
    if (noNumber !== undefined) return `“${noNumber}” is not a number`;
    const beyond = typed.find((entry) => !isIn(Number(entry), each));
    if (beyond !== undefined) return `“${beyond}” is not in ${rangeOf(each)}`;
  }
  const { maximum } = entries;
  return maximum !== undefined && typed.length > maximum ? `has more than ${formatNumber(maximum)} entries` : undefined;
}

/** The API's problem with a list, or with one of its entries, which it counts from 0. */
export function listProblem(details: readonly Detail[], path: string): string | undefined {
  const detail = details.find((each) => each.path === path || each.path.startsWith(`${path}.`));
  if (!detail) return undefined;
  const index = detail.path.slice(path.length + 1);
  return /^\d+$/.test(index) ? `Entry ${Number(index) + 1} ${detail.problem}` : detail.problem;
}

function entriesOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((entry) => entry !== '');
}

function isNumber(entry: string): boolean {
  return /^-?\d+(\.\d+)?$/.test(entry);
}

function isIn(value: number, { minimum = -Infinity, maximum = Infinity }: ListShape['each']): boolean {
  return value >= minimum && value <= maximum;
}
