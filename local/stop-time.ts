/**
 * How long a stop may take. What is in flight ends first: answers, then batches and schedules, each kind in turn. What doesn't is not
 * lost: its message becomes visible again. Then invocations that still run have their time, and the database is closed, a second before
 * main.ts ends the process whatever runs: what is between the parts has taken 0.2 s. The contract is 10 s from the signal to the end.
 */
export const stopMs = { answers: 5_000, batches: 3_000, inFlight: 6_000, invocations: 2_000, process: 9_000 };

/**
 * The time that the parts of a stop share, from its first part on: however long each takes, the last one ends before somebody ends the
 * process. In real time, as nobody drives a clock that is injected while a stack stops.
 */
export class StopTime {
  readonly #allMs: number;
  #endsMs: number | undefined;

  constructor(allMs: number) {
    this.#allMs = allMs;
  }

  /** Waits for a part that is ending: for `mostMs`, or as long as there is time. What has not ended by then goes on by itself. */
  async wait(ending: Promise<unknown>, mostMs: number): Promise<void> {
    const nowMs = performance.now();
    this.#endsMs ??= nowMs + this.#allMs;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.max(0, Math.min(mostMs, (this.#endsMs ?? nowMs) - nowMs)));
    });
    await Promise.race([ending, timeout]);
    clearTimeout(timer);
  }
}
