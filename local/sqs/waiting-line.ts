import type { Clock, EpochMs, Timer } from '../clock.ts';

/** What the line asks of the queue that it stands before. */
export interface LineOwner {
  /** Whether a message could be received now, under the limit that the waiting receive came with. */
  isReady(maxGroupShare: number | undefined): boolean;
  /** When a message that is delayed or in flight becomes visible next. */
  nextVisibleMs(): EpochMs | undefined;
}

/**
 * The receives that wait for a message (long polling), first come first served. One timer stands for all of them, armed
 * for the moment when the next message becomes visible, and only while somebody waits.
 */
export class WaitingLine {
  readonly #clock: Clock;
  readonly #owner: LineOwner;
  /** How to send a waiting receive away, each with its limit. */
  readonly #waiting = new Map<() => void, number | undefined>();
  #timer: Timer | undefined;
  #timerDueMs: EpochMs | undefined;
  #callIsQueued = false;

  constructor(clock: Clock, owner: LineOwner) {
    this.#clock = clock;
    this.#owner = owner;
  }

  /** Resolves when it is this caller's turn to look again, when `waitMs` have passed, or when `signal` is aborted. */
  wait(waitMs: number, signal: AbortSignal | undefined, maxGroupShare?: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const leave = () => {
      timeout.cancel();
      signal?.removeEventListener('abort', leave);
      this.#waiting.delete(leave);
      this.#arm();
      resolve();
    };
    const timeout = this.#clock.setTimer(waitMs, leave);
    signal?.addEventListener('abort', leave, { once: true });
    this.#waiting.set(leave, maxGroupShare);
    this.changed();
    return promise;
  }

  /**
   * To be called after every change of the queue. Calls the first in line if a message is ready: in a microtask, so that
   * all sends of one group commit are in before the first receive looks, and it gets a full batch.
   */
  changed(): void {
    if (this.#waiting.size === 0) return;
    this.#arm();
    if (this.#callIsQueued || !this.#nextInLine()) return;
    this.#callIsQueued = true;
    queueMicrotask(() => {
      this.#callIsQueued = false;
      this.#nextInLine()?.();
    });
  }

  /** The first that could receive something now. */
  #nextInLine(): (() => void) | undefined {
    for (const [leave, maxGroupShare] of this.#waiting) if (this.#owner.isReady(maxGroupShare)) return leave;
    return undefined;
  }

  /** Sends everybody away to look again, since the queue is gone. */
  dismiss(): void {
    for (const leave of [...this.#waiting.keys()]) leave();
  }

  #arm(): void {
    const dueMs = this.#waiting.size > 0 ? this.#owner.nextVisibleMs() : undefined;
    if (dueMs === this.#timerDueMs) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerDueMs = dueMs;
    if (dueMs === undefined) return;
    this.#timer = this.#clock.setTimer(dueMs - this.#clock.nowMs(), () => {
      this.#timerDueMs = undefined;
      this.changed();
    });
  }
}
