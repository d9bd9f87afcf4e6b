import type { Clock } from '../clock.ts';

/** Batches in flight before the gate has seen that more are needed. */
const STARTING_LIMIT = 2;

/** How long every place must have been taken before there is one more. */
const WIDEN_AFTER_MS = 100;

/** A quarter of all places is kept for groups that hold little of what is in flight. */
const RESERVED_PART = 4;

/**
 * How many batches of one queue are in flight. It begins with few, so that a queue under load fills its batches instead
 * of spreading single messages over many invocations, and widens step by step while all places stay taken: slow
 * deliveries must not hold up the rest. With nothing in flight it is narrow again.
 *
 * AWS has places for hundreds of batches, one machine for a few dozen, which one hanging destination could take. So the last
 * quarter of the places is reserved: what it is for, and for whom, is up to the caller.
 */
export class ConcurrencyGate {
  readonly #clock: Clock;
  readonly #maximum: number;
  #limit: number;
  #taken = 0;
  #wake: (() => void) | undefined;
  #reserved: AbortController | undefined;

  constructor(clock: Clock, maximum: number) {
    this.#clock = clock;
    this.#maximum = maximum;
    this.#limit = Math.min(STARTING_LIMIT, maximum);
  }

  /** Waits for a place, without taking it. One caller at a time. `false` when `signal` ended the wait. */
  async opening(signal: AbortSignal): Promise<boolean> {
    while (this.#taken >= this.#limit && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = () => resolve();
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
      const widening = this.#clock.setTimer(WIDEN_AFTER_MS, () => {
        this.#limit = Math.min(this.#limit + 1, this.#maximum);
        wake();
      });
      await promise;
      widening.cancel();
      signal.removeEventListener('abort', wake);
    }
    return !signal.aborted;
  }

  /** Whether batches have been slow enough to take all places, and some that were added. */
  get isWide(): boolean {
    return this.#limit > STARTING_LIMIT;
  }

  /** While only reserved places are left: a signal that is aborted when this has changed. */
  whileReserved(): AbortSignal | undefined {
    if (!this.#isReserved) return undefined;
    this.#reserved ??= new AbortController();
    return this.#reserved.signal;
  }

  get #isReserved(): boolean {
    return this.#taken >= this.#maximum - Math.floor(this.#maximum / RESERVED_PART);
  }

  take(): void {
    this.#taken += 1;
  }

  release(): void {
    this.#taken -= 1;
    if (this.#taken === 0) this.#limit = Math.min(STARTING_LIMIT, this.#maximum);
    if (!this.#isReserved) {
      this.#reserved?.abort();
      this.#reserved = undefined;
    }
    this.#wake?.();
  }
}
