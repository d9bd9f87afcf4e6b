/** How late npm may pass it on. */
const PASSED_ON_MS = 1_000;

/**
 * Counts how often Ctrl-C was pressed, by the signals that come of it. Where npm passes on what the terminal has sent to this process,
 * too, those are two or one: a signal that comes while the same one waits to be taken is lost.
 * https://man7.org/linux/man-pages/man7/signal.7.html ("Queueing and delivery semantics for standard signals")
 */
export class Presses {
  readonly #isPassedOn: boolean;
  #count = 0;
  #passedOnUntilMs = Number.NEGATIVE_INFINITY;

  constructor(isPassedOn: boolean) {
    this.#isPassedOn = isPassedOn;
  }

  /** @returns how often it was pressed; `undefined` where this signal is the second one of a press */
  signal(nowMs: number): number | undefined {
    if (nowMs < this.#passedOnUntilMs) {
      this.#passedOnUntilMs = Number.NEGATIVE_INFINITY;
      return undefined;
    }
    if (this.#isPassedOn) this.#passedOnUntilMs = nowMs + PASSED_ON_MS;
    this.#count += 1;
    return this.#count;
  }
}
