import type { Filter } from './filter-parts.ts';

/**
 * Finds the first unmet condition of a filter by bisection: 7 requests for the 100 that a filter may have. All conditions before
 * it are met. So as long as the filter as a whole can be evaluated, no request is about one that can't.
 * @param parts in the order of evaluation; at least one is not met
 */
export async function findFirstUnmet(
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
