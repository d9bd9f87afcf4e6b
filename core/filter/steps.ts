import { formatInteger } from '../format-integer.ts';
import { FilterFailure } from './filtered-request.ts';
import { MAX_STEPS, MIN_STEPS } from './limits.ts';

/** Counts what a filter costs for one event. Steps, not time: the same filters and event give the same result on any machine. */
export class Steps {
  readonly #limit: number;
  #taken = 0;

  constructor(limit = MAX_STEPS) {
    this.#limit = limit;
  }

  /** Called before the work that it counts. @throws FilterFailure if it costs too much */
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

/** What all filters of an event's connections may cost together. A cheap filter is evaluated whatever the others have taken. */
export class StepBudget {
  #left = MAX_STEPS;
  #last: Promise<unknown> = Promise.resolve();

  /** One filter after the other, however they are asked: each has what those before it have left. */
  use<Result>(ask: (steps: Steps) => Promise<Result>): Promise<Result> {
    const asked = this.#last.then(() => this.#use(ask));
    this.#last = asked.catch(() => {});
    return asked;
  }

  async #use<Result>(ask: (steps: Steps) => Promise<Result>): Promise<Result> {
    const steps = new Steps(Math.max(MIN_STEPS, this.#left));
    try {
      return await ask(steps);
    } finally {
      this.#left -= steps.taken;
    }
  }
}
