import { ByteBudget, type Share } from '../shared/byte-budget.ts';
import { TIME_TO_START_MS } from './time-to-start.ts';

/**
 * Of the function's 512 MB, what is loaded before the first attempt takes about 120, and a transform in its thread 64. The rest
 * is for garbage that has not been collected yet.
 */
const BODIES_UNDER_WAY_BYTES = 200_000_000;

export interface BodiesUnderWayOptions {
  /** By default what fits into the delivery function. */
  readonly maxBytes?: number | undefined;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/**
 * Keeps the bodies of all attempts under way within the function's memory, across all lines and messages. A function that runs
 * out of memory takes all other deliveries of its batch down with it, and is then called with the same ones again.
 */
export class BodiesUnderWay {
  readonly #options: BodiesUnderWayOptions;
  readonly #budget: ByteBudget;

  constructor(options: BodiesUnderWayOptions) {
    this.#options = options;
    this.#budget = new ByteBudget(options.maxBytes ?? BODIES_UNDER_WAY_BYTES);
  }

  /** @param untilMs when to stop waiting for room */
  async use<Result>(
    work: (room: BodyRoom) => Promise<Result>,
    untilMs = this.#options.now() + TIME_TO_START_MS,
  ): Promise<Result> {
    const room = new BodyRoom(this.#budget, () => this.#options.pause(Math.max(0, untilMs - this.#options.now())));
    try {
      return await work(room);
    } finally {
      room.leave();
    }
  }
}

/** The room for one delivery's body, from before the body is loaded until the attempt has ended. */
export class BodyRoom {
  readonly #budget: ByteBudget;
  readonly #waitingEnds: () => Promise<void>;
  #share: Share | undefined;
  /** Whether it had to wait for room: what was known before the wait may have changed. */
  hasWaited = false;

  constructor(budget: ByteBudget, waitingEnds: () => Promise<void>) {
    this.#budget = budget;
    this.#waitingEnds = waitingEnds;
  }

  /** @returns whether there was room in time */
  async take(bytes: number): Promise<boolean> {
    this.#share = await this.#budget.take(bytes, () => {
      this.hasWaited = true;
      return this.#waitingEnds();
    });
    return this.#share !== undefined;
  }

  /** A transform's output may be larger or smaller than the webhook. */
  resize(bytes: number): void {
    this.#share?.resize(bytes);
  }

  leave(): void {
    this.#share?.release();
  }
}
