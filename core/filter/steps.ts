import { grouped } from '../grouped.ts';
import { FilterFailure } from './filtered-request.ts';
import { MAX_STEPS } from './limits.ts';

/** Counts what a filter costs for one event. No clock: the same filter and event come to the same end on any machine. */
export class Steps {
  #left = MAX_STEPS;

  /** @throws FilterFailure when it costs too much */
  take(count: number): void {
    this.#left -= count;
    if (this.#left < 0) throw new FilterFailure(`it takes more than ${grouped(MAX_STEPS)} steps for this event`);
  }

  get taken(): number {
    return MAX_STEPS - this.#left;
  }
}
