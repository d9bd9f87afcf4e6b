/** Milliseconds since the Unix epoch. */
export type EpochMs = number;

/** A pending callback; `cancel` is idempotent. */
export interface Timer {
  cancel(): void;
}

/**
 * The only source of time in `local/`: visibility timeouts, delays, schedules, batching windows and function timeouts
 * all pass through one clock, so that a test can drive a day of retries in milliseconds.
 */
export interface Clock {
  nowMs(): EpochMs;
  /** Milliseconds since an arbitrary moment. Unlike the time of day, it is monotonic, so use it to measure durations. */
  elapsedMs(): number;
  /** Calls `fire` once, at or after `nowMs() + delayMs`. A delay of 0 or less still fires asynchronously. */
  setTimer(delayMs: number, fire: () => void): Timer;
}

/**
 * The longest wait on a single Node timer; after it, the time of day is checked again. Node's timers stop while the machine
 * sleeps, don't notice when its clock is set, and fire at once for delays over 24.8 days.
 */
const MAX_NODE_TIMER_MS = 30_000;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  elapsedMs: () => performance.now(),
  setTimer(delayMs, fire) {
    const dueMs = Date.now() + delayMs;
    let handle: NodeJS.Timeout;
    const arm = () => {
      const remainingMs = dueMs - Date.now();
      handle =
        remainingMs > MAX_NODE_TIMER_MS
          ? setTimeout(arm, MAX_NODE_TIMER_MS)
          : setTimeout(fire, Math.max(0, remainingMs));
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  },
};

interface PendingTimer {
  readonly dueMs: EpochMs;
  readonly order: number;
  readonly fire: () => void;
}

/** A clock that stands still until a test advances it; timers fire in order of their due time. */
export class ManualClock implements Clock {
  #nowMs: EpochMs;
  #order = 0;
  readonly #pending = new Set<PendingTimer>();

  constructor(startMs: EpochMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  nowMs(): EpochMs {
    return this.#nowMs;
  }

  elapsedMs(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    const timer: PendingTimer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, fire };
    this.#pending.add(timer);
    return { cancel: () => void this.#pending.delete(timer) };
  }

  /** When the next timer is due, or `undefined` when none is pending. */
  nextDueMs(): EpochMs | undefined {
    return this.#next()?.dueMs;
  }

  /**
   * Moves time forward by `byMs`, stopping at each timer that falls due on the way. After each one the event loop runs for a few
   * turns, so that what the timer starts (a poll, a write) can set timers of its own before time moves on.
   */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    await settle();
    for (let next = this.#next(); next && next.dueMs <= untilMs; next = this.#next()) {
      this.#pending.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.fire();
      await settle();
    }
    this.#nowMs = untilMs;
    await settle();
  }

  #next(): PendingTimer | undefined {
    let first: PendingTimer | undefined;
    for (const timer of this.#pending) {
      if (!first || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.order < first.order)) {
        first = timer;
      }
    }
    return first;
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
