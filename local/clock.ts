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
  /** Milliseconds since some moment. Unlike the time of day, it is never set, so that a duration can be measured by it. */
  elapsedMs(): number;
  /**
   * Calls `fire` once, after `delayMs`, which may be up to 24 days. For durations: they don't change when somebody sets the clock of
   * the machine, and go on after a sleep. A delay of 0 or less still fires asynchronously.
   */
  setTimer(delayMs: number, fire: () => void): Timer;
  /**
   * Calls `fire` once, when the time of day is `dueMs` or later. For what is due at a time: if that has passed while the machine was
   * asleep, `fire` is called soon after it wakes. A time in the past still fires asynchronously.
   */
  setAlarm(dueMs: EpochMs, fire: () => void): Timer;
}

/**
 * The longest wait of an alarm, after which the time of day is asked again. Node's timers stand still while the machine is asleep
 * and don't notice when its clock is set, and they fire at once after more than 24.8 days.
 */
const MAX_ALARM_WAIT_MS = 30_000;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  elapsedMs: () => performance.now(),
  setTimer(delayMs, fire) {
    const handle = setTimeout(fire, Math.max(0, delayMs));
    return { cancel: () => clearTimeout(handle) };
  },
  setAlarm(dueMs, fire) {
    let handle: NodeJS.Timeout;
    const arm = () => {
      const remainingMs = dueMs - Date.now();
      handle =
        remainingMs > MAX_ALARM_WAIT_MS
          ? setTimeout(arm, MAX_ALARM_WAIT_MS)
          : setTimeout(fire, Math.max(0, remainingMs));
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  },
};

interface PendingTimer {
  /** Negative once it is overdue. */
  remainingMs(): number;
  readonly fire: () => void;
}

/** A clock that stands still until a test advances it; timers fire in order of their due time, or else as they were set. */
export class ManualClock implements Clock {
  readonly #startMs: EpochMs;
  #elapsedMs = 0;
  /** By how much the time of day was set. */
  #setByMs = 0;
  readonly #pending = new Set<PendingTimer>();

  constructor(startMs: EpochMs = Date.UTC(2026, 0, 1)) {
    this.#startMs = startMs;
  }

  nowMs(): EpochMs {
    return this.#startMs + this.#setByMs + this.#elapsedMs;
  }

  elapsedMs(): number {
    return this.#elapsedMs;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    const dueElapsedMs = this.#elapsedMs + Math.max(0, delayMs);
    return this.#add(() => dueElapsedMs - this.#elapsedMs, fire);
  }

  setAlarm(dueMs: EpochMs, fire: () => void): Timer {
    return this.#add(() => dueMs - this.nowMs(), fire);
  }

  #add(remainingMs: () => number, fire: () => void): Timer {
    const timer = { remainingMs, fire };
    this.#pending.add(timer);
    return { cancel: () => void this.#pending.delete(timer) };
  }

  /** When the next timer is due, or `undefined` when none is pending. */
  nextDueMs(): EpochMs | undefined {
    const next = this.#next();
    return next && this.nowMs() + next.remainingMs();
  }

  /** Sets the time of day forward, as a sleep of the machine does, or back. No time elapses, and nothing fires before `advance`. */
  set(byMs: number): void {
    this.#setByMs += byMs;
  }

  /**
   * Moves time forward by `byMs`, stopping at each timer that falls due on the way. After each one the event loop runs for a few
   * turns, so that what the timer starts (a poll, a write) can set timers of its own before time moves on.
   */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#elapsedMs + byMs;
    await settle();
    for (let next = this.#next(); next && this.#elapsedMs + next.remainingMs() <= untilMs; next = this.#next()) {
      this.#pending.delete(next);
      this.#elapsedMs += Math.max(0, next.remainingMs());
      next.fire();
      await settle();
    }
    this.#elapsedMs = untilMs;
    await settle();
  }

  #next(): PendingTimer | undefined {
    let first: PendingTimer | undefined;
    for (const timer of this.#pending) {
      if (!first || timer.remainingMs() < first.remainingMs()) first = timer;
    }
    return first;
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
