/** Somebody whose runs wait. */
interface Claimant {
  readonly waiting: (() => Promise<void>)[];
  /** How far along its runs have come, as if all claimants had waited since the beginning. */
  usedMs: number;
}

/**
 * One run at a time. The next turn is that of the claimant whose runs have used least time, not of the one who came first: a
 * backlog of runs that take seconds each keeps the others waiting for one of them, not for all.
 * Start-time fair queueing, https://doi.org/10.1145/248156.248171: whoever comes late has no arrears to claim, so nobody starves.
 */
export class FairTurns {
  readonly #now: () => number;
  readonly #claimants = new Map<string, Claimant>();
  #reachedMs = 0;
  #isRunning = false;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  run<Result>(whose: string, act: () => Promise<Result>): Promise<Result> {
    const { promise, resolve } = Promise.withResolvers<Result>();
    const claimant = this.#claimants.get(whose) ?? { waiting: [], usedMs: this.#reachedMs };
    this.#claimants.set(whose, claimant);
    claimant.waiting.push(async () => {
      const result = act();
      resolve(result);
      await Promise.allSettled([result]);
    });
    if (!this.#isRunning) void this.#takeTurns();
    return promise;
  }

  async #takeTurns(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#next(); next; next = this.#next()) {
      const [whose, claimant] = next;
      this.#reachedMs = claimant.usedMs;
      const startedMs = this.#now();
      await claimant.waiting.shift()?.();
      claimant.usedMs += this.#now() - startedMs;
      if (claimant.waiting.length === 0) this.#claimants.delete(whose);
    }
    this.#isRunning = false;
  }

  #next(): [string, Claimant] | undefined {
    let least: [string, Claimant] | undefined;
    for (const entry of this.#claimants) if (!least || entry[1].usedMs < least[1].usedMs) least = entry;
    return least;
  }
}
