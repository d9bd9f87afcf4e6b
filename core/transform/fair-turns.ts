/** Someone with waiting runs. */
interface Claimant {
  readonly waiting: (() => Promise<void>)[];
  /** Virtual time that its runs have used, as if all claimants had been waiting since the beginning. */
  usedMs: number;
}

/**
 * Runs one thing at a time. The next turn goes to the claimant whose runs have used the least time, not to the one who came first, so
 * a backlog of runs that take seconds each makes others wait for one of them, not for all.
 * This is start-time fair queueing, https://doi.org/10.1145/248156.248171: a latecomer has no claim to time before it came, so nobody
 * starves.
 */
export class FairTurns {
  readonly #now: () => number;
  readonly #claimants = new Map<string, Claimant>();
  #reachedMs = 0;
  #isRunning = false;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  run<Result>(claimantId: string, act: () => Promise<Result>): Promise<Result> {
    const { promise, resolve } = Promise.withResolvers<Result>();
    const claimant = this.#claimants.get(claimantId) ?? { waiting: [], usedMs: this.#reachedMs };
    this.#claimants.set(claimantId, claimant);
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
      const [claimantId, claimant] = next;
      this.#reachedMs = claimant.usedMs;
      const startedMs = this.#now();
      await claimant.waiting.shift()?.();
      claimant.usedMs += this.#now() - startedMs;
      if (claimant.waiting.length === 0) this.#claimants.delete(claimantId);
    }
    this.#isRunning = false;
  }

  #next(): [string, Claimant] | undefined {
    let least: [string, Claimant] | undefined;
    for (const entry of this.#claimants) if (!least || entry[1].usedMs < least[1].usedMs) least = entry;
    return least;
  }
}
