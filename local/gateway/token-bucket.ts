import type { Clock } from '../clock.ts';
import type { ThrottleSpec } from './rest-api.ts';

/** Lets `burstLimit` requests through at once, and `rateLimit` per second in the long run. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #spec: ThrottleSpec;
  #tokens: number;
  #refilledMs: number;

  constructor(clock: Clock, spec: ThrottleSpec) {
    this.#clock = clock;
    this.#spec = spec;
    this.#tokens = spec.burstLimit;
    this.#refilledMs = clock.nowMs();
  }

  /** Takes one token; false when there is none. */
  take(): boolean {
    const nowMs = this.#clock.nowMs();
    const earned = (Math.max(0, nowMs - this.#refilledMs) / 1000) * this.#spec.rateLimit;
    this.#tokens = Math.min(this.#spec.burstLimit, this.#tokens + earned);
    this.#refilledMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
