import { type FilterNode, NOTHING } from './filter-node.ts';

/** A position in a filter: names, and indexes in lists. */
export type Place = readonly (string | number)[];

export interface FilterProblem {
  readonly path: Place;
  readonly message: string;
}

/** Further problems would only repeat the first ones. */
const MAX_PROBLEMS = 20;

/** Collects the problems of a filter, each with its position. */
export class Problems {
  readonly list: FilterProblem[] = [];

  add(path: Place, message: string): FilterNode {
    if (this.list.length < MAX_PROBLEMS) this.list.push({ path, message });
    return NOTHING;
  }
}
