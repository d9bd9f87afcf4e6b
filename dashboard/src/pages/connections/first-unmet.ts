import type { Filter } from './filter-parts.ts';

/**
 * The first of the conditions of a filter that is not met, by halves: 7 questions for the 100 that a filter may have. Those before it are
 * met, so a question is never about one that can't be evaluated, as long as the filter as a whole can be.
 * @param parts in the order in which they are looked at; one of them is not met
 */
export async function firstUnmet(
  parts: readonly Filter[],
  isMet: (filter: Filter) => Promise<boolean>,
): Promise<Filter | undefined> {
  let left = parts;
  while (left.length > 1) {
    const half = left.slice(0, Math.ceil(left.length / 2));
    left = (await isMet({ $and: half })) ? left.slice(half.length) : half;
  }
  return left[0];
}
