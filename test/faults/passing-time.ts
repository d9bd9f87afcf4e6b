import { setTimeout as sleep } from 'node:timers/promises';
import type { ManualClock } from '../../local/clock.ts';
import type { LocalStack } from '../../local/stack.ts';

/** A jump skips no timer and is no longer than this, so that messages that wait in queues for others are noticed. */
const LONGEST_JUMP_MS = 20_000;

/** Lets the time of a stack pass: in real time, or in jumps from timer to timer while no function runs. */
export class PassingTime {
  readonly #clock: ManualClock;
  readonly #driver: Promise<void>;
  #jumps = false;
  #ended = false;

  constructor(clock: ManualClock, stack: LocalStack) {
    this.#clock = clock;
    this.#driver = this.#drive(stack);
  }

  get nowMs(): number {
    return this.#clock.nowMs();
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#driver;
  }

  pass(ms: number): Promise<boolean> {
    const toMs = this.nowMs + ms;
    return this.until(async () => this.nowMs >= toMs, ms * 2);
  }

  /** Jumps until the condition holds. @returns whether it does within the given time */
  async until(holds: () => Promise<boolean>, withinMs: number): Promise<boolean> {
    const deadlineMs = this.nowMs + withinMs;
    try {
      for (;;) {
        // Checked while time nearly stands still, because the check itself makes calls.
        this.#jumps = false;
        if (await holds()) return true;
        if (this.nowMs > deadlineMs) return false;
        this.#jumps = true;
        await sleep(50);
      }
    } finally {
      this.#jumps = false;
    }
  }

  async #drive({ runner }: LocalStack): Promise<void> {
    let lastMs = performance.now();
    while (!this.#ended) {
      const isIdle = await Promise.race([runner.whenIdle().then(() => true), sleep(15, false)]);
      const elapsedMs = performance.now() - lastMs;
      lastMs = performance.now();
      if (isIdle && this.#jumps) await this.#clock.advance(this.#nextJumpMs());
      else {
        await this.#clock.advance(Math.max(1, Math.round(elapsedMs * (this.#jumps ? 5 : 1))));
        if (isIdle) await sleep(5);
      }
    }
  }

  #nextJumpMs(): number {
    const dueMs = this.#clock.nextDueMs() ?? this.nowMs + 1_000;
    return Math.min(LONGEST_JUMP_MS, Math.max(1, dueMs - this.nowMs));
  }
}
