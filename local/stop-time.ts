/**
 * How long a stop may take. Work in flight may finish first: responses, then batches and schedules, in this order. Nothing that
 * doesn't finish in time is lost: its message becomes visible again. Then running invocations get their time, and the database is
 * closed. That leaves a second before main.ts ends the process whatever still runs; the steps in between have taken 0.2 s. The
 * contract is 10 s from the signal to the end.
 */
export const stopMs = { responses: 5_000, batches: 3_000, inFlight: 6_000, invocations: 2_000, process: 9_000 };

/**
 * The time budget that the parts of a stop share, counted from its first part. However long each part takes, the last one ends
 * before the process is killed. This is real time, because nothing advances an injected clock while a stack stops.
 */
export class StopTime {
  readonly #totalMs: number;
  #endsMs: number | undefined;

  constructor(totalMs: number) {
    this.#totalMs = totalMs;
  }

  /**
   * Waits for a part to end, at most `maxMs` and only while there is time left. A part that hasn't ended by then continues on its
   * own.
   */
  async wait(ending: Promise<unknown>, maxMs: number): Promise<void> {
    const nowMs = performance.now();
    this.#endsMs ??= nowMs + this.#totalMs;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.max(0, Math.min(maxMs, (this.#endsMs ?? nowMs) - nowMs)));
    });
    await Promise.race([ending, timeout]);
    clearTimeout(timer);
  }
}
