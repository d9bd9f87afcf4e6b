/** How late npm may pass the signal on. */
const PASSED_ON_MS = 1_000;

/**
 * Counts how often Ctrl-C was pressed, from the signals it causes. If npm also passes on what the terminal has sent to this
 * process anyway, one press causes two signals, or one: a signal is lost while the same signal is still pending.
 * https://man7.org/linux/man-pages/man7/signal.7.html ("Queueing and delivery semantics for standard signals")
 */
export class CtrlCCounter {
  readonly #isPassedOn: boolean;
  #count = 0;
  #passedOnUntilMs = Number.NEGATIVE_INFINITY;

  constructor(isPassedOn: boolean) {
    this.#isPassedOn = isPassedOn;
  }

  /** @returns how often it was pressed; `undefined` if this is the second signal of one press */
  countSignal(nowMs: number): number | undefined {
    if (nowMs < this.#passedOnUntilMs) {
      this.#passedOnUntilMs = Number.NEGATIVE_INFINITY;
      return undefined;
    }
    if (this.#isPassedOn) this.#passedOnUntilMs = nowMs + PASSED_ON_MS;
    this.#count += 1;
    return this.#count;
  }
}
