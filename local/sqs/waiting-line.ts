import type { Clock, EpochMs, Timer } from '../clock.ts';

/** What the line needs to ask its queue. */
export interface LineOwner {
  /** Whether a message could be received now, within the waiting receive's limit. */
  isReady(maxGroupShare: number | undefined): boolean;
  /** When the next delayed or in-flight message becomes visible. */
  nextVisibleMs(): EpochMs | undefined;
}

/**
 * The receives that wait for a message (long polling), first come, first served. A single timer serves them all. It is set for
 * the moment when the next message becomes visible, and only while somebody waits.
 */
export class WaitingLine {
  readonly #clock: Clock;
  readonly #owner: LineOwner;
  /** A function for each waiting receive that ends its wait, with the receive's limit. */
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
   * To be called after every change of the queue. If a message is ready, wakes the first receive that can take one. This happens
   * in a microtask, so that all sends of one group commit are in before that receive looks, and it gets a full batch.
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

  /** Ends all waits, so that everybody looks again, because the queue is gone. */
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
    this.#timer = this.#clock.setAlarm(dueMs, () => {
      this.#timerDueMs = undefined;
      this.changed();
    });
  }
}
