import { intervalMicroseconds, type RateLimit, takeSlot } from '../../../core/pace/pace.ts';

export interface SlotsOptions {
  /** `null`: there is no limit. */
  readonly rateLimit: RateLimit | null;
  readonly freeFromUs: number;
  /** No slot is given out at or after this time. */
  readonly endMs: number;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** How long before a slot it is worth preparing for it. */
const AHEAD_MS = 250;

/** The slots of a rate limit. They are given out one after the other, so one that is late delays the next. */
export class Slots {
  readonly #options: SlotsOptions;
  #freeFromUs: number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: SlotsOptions) {
    const { rateLimit, freeFromUs, now } = options;
    this.#options = options;
    // If the rate limit was lower until now, the stored next slot may be an hour away.
    const longestUs = rateLimit ? now() * 1000 + intervalMicroseconds(rateLimit) : freeFromUs;
    this.#freeFromUs = Math.min(freeFromUs, longestUs);
  }

  /** When the next slot is free, in microseconds since the epoch. */
  get freeFromUs(): number {
    return this.#freeFromUs;
  }

  /** When the next slot is free, if that is not before the end. */
  get tooLateMs(): number | undefined {
    const { rateLimit, endMs } = this.#options;
    const nextMs = Math.floor(this.#freeFromUs / 1000);
    return rateLimit && nextMs >= endMs ? nextMs : undefined;
  }

  /** How many slots there are in this time. */
  countWithin(ms: number): number {
    const { rateLimit } = this.#options;
    return rateLimit ? Math.floor((ms * 1000) / intervalMicroseconds(rateLimit)) : Number.POSITIVE_INFINITY;
  }

  /** Whether it is nearly time for the next slot. */
  get isNear(): boolean {
    return this.#earlyMs <= 0;
  }

  /** Resolves when it is nearly time for the next slot. */
  async near(): Promise<void> {
    if (!this.isNear) await this.#options.pause(this.#earlyMs);
  }

  get #earlyMs(): number {
    const { rateLimit, now } = this.#options;
    return rateLimit ? Math.floor(this.#freeFromUs / 1000) - AHEAD_MS - now() : 0;
  }

  /**
   * Resolves to `true` when it is time for a slot; to `false` if that is not before the end, or the slot is no longer wanted.
   */
  take(isWanted: () => boolean): Promise<boolean> {
    const { rateLimit, now } = this.#options;
    if (!rateLimit) return Promise.resolve(true);
    const readyMs = now();
    const mine = this.#last.then(() => isWanted() && this.#takeNext(readyMs, rateLimit));
    this.#last = mine;
    return mine;
  }

  async #takeNext(readyMs: number, rateLimit: RateLimit): Promise<boolean> {
    const { now, pause } = this.#options;
    if (this.tooLateMs !== undefined) return false;
    const slot = takeSlot(this.#freeFromUs, readyMs, now(), rateLimit);
    this.#freeFromUs = slot.nextFreeUs;
    if (slot.atMs > now()) await pause(slot.atMs - now());
    return true;
  }
}
