interface Line {
  readonly waiting: (() => Promise<void>)[];
  /** How far along its runs have come, of those who have all waited since the beginning. */
  usedMs: number;
}

/**
 * One run at a time. Of those who wait it is the turn of whose runs have used least time, not of who came first: a backlog of
 * runs that take seconds each keeps the others waiting for one of them, not for all.
 * Start-time fair queueing, https://doi.org/10.1145/248156.248171: who comes late has no arrears to claim, so nobody starves.
 */
export class FairTurns {
  readonly #now: () => number;
  readonly #lines = new Map<string, Line>();
  #reachedMs = 0;
  #isRunning = false;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  run<Result>(whose: string, act: () => Promise<Result>): Promise<Result> {
    const { promise, resolve } = Promise.withResolvers<Result>();
    const line = this.#lines.get(whose) ?? { waiting: [], usedMs: this.#reachedMs };
    this.#lines.set(whose, line);
    line.waiting.push(async () => {
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
      const [whose, line] = next;
      this.#reachedMs = line.usedMs;
      const startedMs = this.#now();
      await line.waiting.shift()?.();
      line.usedMs += this.#now() - startedMs;
      if (line.waiting.length === 0) this.#lines.delete(whose);
    }
    this.#isRunning = false;
  }

  #next(): [string, Line] | undefined {
    let least: [string, Line] | undefined;
    for (const entry of this.#lines) if (!least || entry[1].usedMs < least[1].usedMs) least = entry;
    return least;
  }
}
