import type { Clock, Timer } from '../clock.ts';

/** How many batches may be in flight until more prove necessary. */
const STARTING_LIMIT = 2;

/**
 * How long the queue must have waited for a place in total before there is one more. A batch that takes longer than this is slow.
 */
const WIDEN_AFTER_MS = 100;

/** One place in this many is reserved for groups with few messages in flight. */
const RESERVED_PART = 4;

/**
 * How many batches of one queue may be in flight. The gate begins with few, so that a queue under load fills its batches instead
 * of spreading single messages over many invocations. It widens step by step while some batch in flight is slow and the queue
 * waits for a place, because slow deliveries must not hold up the rest. What counts is the time waited, not whether a place
 * becomes free meanwhile: quick batches come and go between the slow ones, and slow ones end one after another. With nothing in
 * flight the gate is narrow again.
 *
 * AWS has places for hundreds of batches. One machine has a few dozen, and one hanging destination could take them all. So the
 * last quarter of all places is reserved. Before the gate has widened that far, the last two places of a widened gate are
 * reserved, so that quick groups have as many places as if they were alone. The caller decides what may take reserved places.
 */
export class ConcurrencyGate {
  readonly #clock: Clock;
  readonly #maximum: number;
  #limit: number;
  /** When each batch in flight began, the oldest first, by the time elapsed. */
  readonly #taken = new Map<symbol, number>();
  #waitedMs = 0;
  #wake: (() => void) | undefined;
  #reserved: AbortController | undefined;
  #reservedSinceMs = 0;
  #widening: Timer | undefined;

  constructor(clock: Clock, maximum: number) {
    this.#clock = clock;
    this.#maximum = maximum;
    this.#limit = Math.min(STARTING_LIMIT, maximum);
  }

  /** Waits for a place without taking it. One caller at a time. Resolves with `false` if `signal` ended the wait. */
  async waitForPlace(signal: AbortSignal): Promise<boolean> {
    while (this.#taken.size >= this.#limit && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = () => resolve();
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
      const sinceMs = this.#clock.elapsedMs();
      const timer = this.#clock.setTimer(WIDEN_AFTER_MS - this.#waitedMs, wake);
      await promise;
      timer.cancel();
      signal.removeEventListener('abort', wake);
      this.#countWait(this.#clock.elapsedMs() - sinceMs);
    }
    return !signal.aborted;
  }

  #countWait(waitedMs: number): void {
    const [oldestMs = Number.POSITIVE_INFINITY] = this.#taken.values();
    const isSlow = this.#clock.elapsedMs() - oldestMs >= WIDEN_AFTER_MS;
    this.#waitedMs = isSlow ? this.#waitedMs + waitedMs : 0;
    if (this.#waitedMs < WIDEN_AFTER_MS) return;
    this.#waitedMs = 0;
    this.#limit = Math.min(this.#limit + 1, this.#maximum);
  }

  /** Whether slow batches have made the gate wider than it began. */
  get isWide(): boolean {
    return this.#limit > STARTING_LIMIT;
  }

  /**
   * A signal while only reserved places are left. It is aborted when this changes; batches that may not take reserved places wait
   * until then.
   */
  reservedSignal(): AbortSignal | undefined {
    if (!this.#isReserved) return undefined;
    if (!this.#reserved) {
      this.#reserved = new AbortController();
      this.#startReservedWait();
    }
    return this.#reserved.signal;
  }

  /** Whether only the last quarter is left of all the places that there can ever be. */
  get isLastQuarter(): boolean {
    return this.#taken.size >= this.#maximum - Math.floor(this.#maximum / RESERVED_PART);
  }

  get #isReserved(): boolean {
    return this.isLastQuarter || (this.isWide && this.#taken.size >= this.#limit - STARTING_LIMIT);
  }

  #startReservedWait(): void {
    this.#reservedSinceMs = this.#clock.elapsedMs();
    this.#widening = this.#clock.setTimer(WIDEN_AFTER_MS - this.#waitedMs, () => this.#countReservedWait());
  }

  /** This wait counts too, including the time between two slow batches that end one after another. */
  #countReservedWait(): void {
    if (!this.#reserved) return;
    this.#widening?.cancel();
    this.#countWait(this.#clock.elapsedMs() - this.#reservedSinceMs);
    if (this.#isReserved) {
      this.#startReservedWait();
    } else {
      this.#reserved.abort();
      this.#reserved = undefined;
    }
  }

  /** Takes a place. @returns a function that gives it back */
  take(): () => void {
    const place = Symbol();
    this.#taken.set(place, this.#clock.elapsedMs());
    return () => this.#release(place);
  }

  #release(place: symbol): void {
    this.#taken.delete(place);
    if (this.#taken.size === 0) this.#limit = Math.min(STARTING_LIMIT, this.#maximum);
    this.#countReservedWait();
    this.#wake?.();
  }
}
