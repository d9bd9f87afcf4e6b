/**
 * How long a stop may take. What is in flight may end first: answers, then batches and schedules, each kind in turn. What doesn't
 * end in time is not lost: its message becomes visible again. Then invocations that still run get their time, and the database is
 * closed. That leaves a second before main.ts ends the process whatever still runs; the steps in between have taken 0.2 s. The
 * contract is 10 s from the signal to the end.
 */
export const stopMs = { answers: 5_000, batches: 3_000, inFlight: 6_000, invocations: 2_000, process: 9_000 };

/**
 * The time that the parts of a stop share, counted from its first part. However long each part takes, the last one ends before
 * the process is killed. It is real time, because nobody moves an injected clock while a stack stops.
 */
export class StopTime {
  readonly #allMs: number;
  #endsMs: number | undefined;

  constructor(allMs: number) {
    this.#allMs = allMs;
  }

  /**
   * Waits for a part that is ending: at most `mostMs`, and only while there is time left. A part that hasn't ended by then goes
   * on by itself.
   */
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
