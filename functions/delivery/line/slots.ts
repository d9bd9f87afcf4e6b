import { intervalMicroseconds, type RateLimit, takeSlot } from '../../../core/pace.ts';

export interface SlotsOptions {
  /** `null`: there is always one. */
  readonly rateLimit: RateLimit | null;
  readonly freeFromUs: number;
  /** None is given out at or after this time. */
  readonly endMs: number;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** How long before the next slot it is worth getting ready. */
const AHEAD_MS = 250;

/** The slots of a rate limit, one after the other: where one is late, so are the next. */
export class Slots {
  readonly #options: SlotsOptions;
  #freeFromUs: number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: SlotsOptions) {
    const { rateLimit, freeFromUs, now } = options;
    this.#options = options;
    // Of a rate limit that was lower, the next one may be an hour away.
    const longestUs = rateLimit ? now() * 1000 + intervalMicroseconds(rateLimit) : freeFromUs;
    this.#freeFromUs = Math.min(freeFromUs, longestUs);
  }

  /** When the next one is free, in microseconds since the epoch. */
  get freeFromUs(): number {
    return this.#freeFromUs;
  }

  /** When the next one is free, if that is not before the end. */
  get tooLateMs(): number | undefined {
    const { rateLimit, endMs } = this.#options;
    const nextMs = Math.floor(this.#freeFromUs / 1000);
    return rateLimit && nextMs >= endMs ? nextMs : undefined;
  }

  /** How many there are in so long. */
  countWithin(ms: number): number {
    const { rateLimit } = this.#options;
    return rateLimit ? Math.floor((ms * 1000) / intervalMicroseconds(rateLimit)) : Number.POSITIVE_INFINITY;
  }

  /** Whether it is nearly time for the next one. */
  get isNear(): boolean {
    return this.#earlyMs <= 0;
  }

  /** Resolves when it is nearly time for the next one. */
  async near(): Promise<void> {
    if (!this.isNear) await this.#options.pause(this.#earlyMs);
  }

  get #earlyMs(): number {
    const { rateLimit, now } = this.#options;
    return rateLimit ? Math.floor(this.#freeFromUs / 1000) - AHEAD_MS - now() : 0;
  }

  /** Resolves when it is time; to `false` when that is not before the end, or there is no use for it any more. */
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
