/** The longest that a reply may take. */
const ANSWER_MS = 10_000;
const LONGEST_TICK_MS = 2_500;

export interface WatchOptions {
  /** How long the connection may be silent before it is pinged. */
  readonly pingMs: number;
  readonly ask: () => void;
  readonly giveUp: () => void;
}

/** Pings a connection that has been silent, and gives it up when there is no answer. */
export class Watch {
  /** How often `tick` is to be called. */
  readonly tickMs: number;
  readonly #options: WatchOptions;
  #heardMs: number;
  #tickedMs: number;
  #askedMs: number | undefined;

  constructor(options: WatchOptions, nowMs: number) {
    this.#options = options;
    this.tickMs = Math.min(options.pingMs / 2, LONGEST_TICK_MS);
    this.#heardMs = nowMs;
    this.#tickedMs = nowMs;
  }

  heard(nowMs: number): void {
    this.#heardMs = nowMs;
    this.#askedMs = undefined;
  }

  /** @param nowMs by the wall clock, because the machine's timers stand still while it sleeps */
  tick(nowMs: number): void {
    const { pingMs, ask, giveUp } = this.#options;
    const hasSlept = nowMs - this.#tickedMs > 4 * this.tickMs;
    this.#tickedMs = nowMs;
    // After a sleep, a ping from before it has had no time to be answered.
    if (this.#askedMs !== undefined && !hasSlept) {
      if (nowMs - this.#askedMs >= Math.min(ANSWER_MS, pingMs)) giveUp();
      return;
    }
    if (!hasSlept && nowMs - this.#heardMs < pingMs) return;
    this.#askedMs = nowMs;
    ask();
  }
}
