import type { Clock, EpochMs, Timer } from '../clock.ts';

export interface DueWork {
  /** When the earliest piece of work is due. */
  nextDueMs(): EpochMs | undefined;
  /** Does all work that is due. The timer waits for it before it looks for the next. */
  run(nowMs: EpochMs): Promise<void>;
}

/** The pause before a retry if the work itself has failed (the disk is full, say), rather than a target. */
const FAILURE_PAUSE_MS = 1000;

/** Runs work when it falls due, with a single timer for the earliest piece of work. */
export class DueTimer {
  readonly #clock: Clock;
  readonly #work: DueWork;
  #timer: Timer | undefined;
  #armedForMs = Number.POSITIVE_INFINITY;
  #running: Promise<void> | undefined;
  #isStopped = true;

  constructor(clock: Clock, work: DueWork) {
    this.#clock = clock;
    this.#work = work;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.dueAt(this.#work.nextDueMs());
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#disarm();
    await this.#running;
  }

  /** Announces new work. The timer then fires at `dueMs` at the latest. */
  dueAt(dueMs: EpochMs | undefined): void {
    if (this.#isStopped || this.#running || dueMs === undefined || dueMs >= this.#armedForMs) return;
    this.#disarm();
    this.#armedForMs = dueMs;
    this.#timer = this.#clock.setAlarm(dueMs, () => this.#goOff());
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#armedForMs = Number.POSITIVE_INFINITY;
  }

  #goOff(): void {
    this.#disarm();
    this.#running = this.#run().then((nextDueMs) => {
      this.#running = undefined;
      this.dueAt(nextDueMs);
    });
  }

  async #run(): Promise<EpochMs | undefined> {
    try {
      await this.#work.run(this.#clock.nowMs());
      return this.#work.nextDueMs();
    } catch (error) {
      process.stderr.write(`hawser: local Scheduler: ${error instanceof Error ? error.stack : error}\n`);
      return this.#clock.nowMs() + FAILURE_PAUSE_MS;
    }
  }
}
