import { formatInteger } from '../format-integer.ts';
import { FilterFailure } from './filtered-request.ts';
import { MAX_STEPS, MIN_STEPS } from './limits.ts';

/** Counts the work of a filter for one event. In steps rather than time, so the result is the same on any machine. */
export class Steps {
  readonly #limit: number;
  #taken = 0;

  constructor(limit = MAX_STEPS) {
    this.#limit = limit;
  }

  /** To be called before the work that it counts. @throws FilterFailure if the limit is exceeded */
  take(count: number): void {
    if (this.#taken + count > this.#limit) throw new FilterFailure(this.#problem);
    this.#taken += count;
  }

  get taken(): number {
    return this.#taken;
  }

  get #problem(): string {
    const limit = formatInteger(this.#limit);
    return this.#limit === MAX_STEPS
      ? `it takes more than ${limit} steps for this event`
      : `it takes more than the ${limit} steps that the filters before it have left of ${formatInteger(MAX_STEPS)} for this event`;
  }
}

/** The steps that all filters of an event share. A cheap filter is evaluated no matter how many the others have taken. */
export class StepBudget {
  #left = MAX_STEPS;
  #last: Promise<unknown> = Promise.resolve();

  /** Runs evaluations one after the other, even if they are requested at once: each gets what those before it have left. */
  use<Result>(evaluate: (steps: Steps) => Promise<Result>): Promise<Result> {
    const evaluated = this.#last.then(() => this.#use(evaluate));
    this.#last = evaluated.catch(() => {});
    return evaluated;
  }

  async #use<Result>(evaluate: (steps: Steps) => Promise<Result>): Promise<Result> {
    const steps = new Steps(Math.max(MIN_STEPS, this.#left));
    try {
      return await evaluate(steps);
    } finally {
      this.#left -= steps.taken;
    }
  }
}
