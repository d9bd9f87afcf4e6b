import { MAX_TIMEOUT_SECONDS } from '../../core/destination-schema.ts';
import { DELIVERY_SECONDS } from '../lifetimes.ts';
import { ByteBudget, type Share } from '../shared/byte-budget.ts';

/**
 * Of the 512 MB of the function: what is loaded before the first attempt takes about 120, and a transform 64 in its thread. The rest is
 * for garbage that is not collected yet.
 */
const BODIES_UNDER_WAY_BYTES = 200_000_000;

/** An attempt that begins later has not the time that its destination may take, and ten seconds to be written down. */
const MAX_WAIT_MS = (DELIVERY_SECONDS - MAX_TIMEOUT_SECONDS - 10) * 1_000;

export interface BodiesUnderWayOptions {
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** For tests. */
  readonly bodiesUnderWayBytes?: number;
}

/**
 * Keeps the bodies of all attempts that are under way within the function's memory, whichever lines and messages they are of: else a
 * function that dies of them takes all other deliveries of its batch along, and is called with the same ones again.
 */
export class BodiesUnderWay {
  readonly #options: BodiesUnderWayOptions;
  readonly #budget: ByteBudget;

  constructor(options: BodiesUnderWayOptions) {
    this.#options = options;
    this.#budget = new ByteBudget(options.bodiesUnderWayBytes ?? BODIES_UNDER_WAY_BYTES);
  }

  /** @param untilMs how long it makes sense to wait for room, where there is such a time */
  async use<Result>(
    work: (room: BodyRoom) => Promise<Result>,
    untilMs = this.#options.now() + MAX_WAIT_MS,
  ): Promise<Result> {
    const room = new BodyRoom(this.#budget, () => this.#options.pause(Math.max(0, untilMs - this.#options.now())));
    try {
      return await work(room);
    } finally {
      room.leave();
    }
  }
}

/** Where one delivery has its body, from before it is loaded until its attempt has ended. */
export class BodyRoom {
  readonly #budget: ByteBudget;
  readonly #waitingEnds: () => Promise<void>;
  #share: Share | undefined;
  /** Whether it had to be waited for: then what was known before may not be so any more. */
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

  /** What a transform has made may be larger or smaller than the webhook. */
  become(bytes: number): void {
    this.#share?.become(bytes);
  }

  leave(): void {
    this.#share?.release();
  }
}
