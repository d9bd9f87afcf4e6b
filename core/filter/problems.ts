import { type FilterNode, NOTHING } from './filter-node.ts';

/** Where in a filter: names and positions in lists. */
export type Place = readonly (string | number)[];

export interface FilterProblem {
  readonly path: Place;
  readonly message: string;
}

/** More would only repeat themselves. */
const MAX_PROBLEMS = 20;

/** What is wrong with a filter, each with its place. */
export class Problems {
  readonly list: FilterProblem[] = [];

  add(path: Place, message: string): FilterNode {
    if (this.list.length < MAX_PROBLEMS) this.list.push({ path, message });
    return NOTHING;
  }
}
